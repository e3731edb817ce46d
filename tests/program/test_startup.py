"""Heavy libraries load where they are used: help is instant, and importing the package costs nothing."""

import json
import subprocess
import sys

import pytest

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


@pytest.mark.parametrize("arguments", [["--help"], ["run", "--help"]], ids=" ".join)
def test_help_loads_nothing_heavy(arguments):
    """Neither numba nor matplotlib, sympy or jax, nor even numpy; typer itself asks for pydantic to show options."""
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, *arguments], capture_output=True, text=True, check=True, timeout=60
    )
    *text, last = done.stdout.splitlines()
    status, modules = json.loads(last)
    assert status == 0
    assert "Usage: plastica" in "\n".join(text)
    assert not set(HEAVY) & set(modules) - ({"pydantic"} if "run" in arguments else set())


def test_a_run_does_without_drawing_libraries():
    """Config, task and engine of a run come without matplotlib, sympy, cma and jax."""
    program = (
        "import json, sys; from plastica.config import load; load('oja').composed; import plastica.experiment;"
        "print(json.dumps(sorted(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60)
    assert not {"matplotlib", "sympy", "jax", "cma"} & set(json.loads(done.stdout))
