"""Heavy libraries load where they are used: help is instant, and importing the package costs nothing."""

import json
import os
import subprocess
import sys
from importlib.metadata import version

import pytest
from processes import command

from plastica import cli

HEAVY = ("numba", "llvmlite", "matplotlib", "sympy", "jax", "pydantic", "scipy", "cma", "numpy")
PROGRAM = """
import json, runpy, sys
sys.argv = ["plastica", *sys.argv[1:]]
try:
    runpy.run_module("plastica", run_name="__main__")
except SystemExit as end:
    status = end.code or 0
print(json.dumps([status, sorted(sys.modules)]))
"""


@pytest.mark.parametrize("arguments", [["--help"], ["--version"], ["run", "--help"]], ids=" ".join)
def test_help_loads_nothing_heavy(arguments):
    """Neither numba nor matplotlib, sympy or jax, nor even numpy; typer itself asks for pydantic to show options."""
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, *arguments], capture_output=True, text=True, check=True, timeout=60
    )
    *text, last = done.stdout.splitlines()
    status, modules = json.loads(last)
    assert status == 0
    assert ("Usage: plastica" if "--help" in arguments else f"plastica {version('plastica')}") in "\n".join(text)
    assert not set(HEAVY) & set(modules) - ({"pydantic"} if "run" in arguments else set())


def test_a_run_does_without_drawing_libraries():
    """Config, task and engine of a run come without matplotlib, sympy, cma and jax."""
    program = (
        "import json, sys; from plastica.config import load; load('oja').composed; import plastica.experiment;"
        "print(json.dumps(sorted(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60)
    assert not {"matplotlib", "sympy", "jax", "cma"} & set(json.loads(done.stdout))


@pytest.mark.parametrize("columns", [40, 60, 80])
def test_help_is_told_to_the_end(call, monkeypatch, columns):
    """The list of commands folds each sentence instead of cutting it."""
    monkeypatch.setenv("COLUMNS", str(columns))
    text = call("--help").out
    unfolded = " ".join(text.split())
    for registered in cli.app.registered_commands:
        assert f"{registered.callback.__name__} {registered.callback.__doc__}" in unfolded


@pytest.mark.parametrize("arguments", [["tasks"], ["config", "oja"], ["--help"], ["--version"]], ids=" ".join)
def test_a_reader_who_goes_away_hears_nothing(arguments):
    """`plastica tasks | head -1`: no traceback, and no noise of the interpreter's at its end."""
    reader, writer = os.pipe()
    os.close(reader)
    surroundings = {name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"}
    done = subprocess.run(
        command(*arguments), env=surroundings, stdout=writer, stderr=subprocess.PIPE, timeout=60, check=False
    )
    os.close(writer)
    assert done.stderr == b""
    assert done.returncode == 1


def test_the_cma_package_comes_without_its_plots():
    """A second of a search's beginning; whoever draws later finds what was not loaded."""
    program = """
import sys
from plastica.cma_package import load_cma
assert load_cma() is load_cma()
assert not {"matplotlib", "scipy.stats"} & set(sys.modules), sorted(sys.modules)
import matplotlib, scipy.stats
"""
    done = subprocess.run([sys.executable, "-W", "error", "-c", program], capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stderr) == (0, "")
