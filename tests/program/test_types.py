"""The package is typed: mypy, which knows nothing of pydantic here, accepts what the documentation writes."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from plastica.parts import DATA, LOSSES, NETWORKS, RULES

SOURCE = Path(__file__).parents[2] / "src"
SETTINGS = """
[mypy]
ignore_missing_imports = true
follow_imports = silent
[mypy-numpy.*,jax.*,numba.*,rich.*,typer.*,scipy.*,matplotlib.*,dask.*,distributed.*,pandas.*,llvmlite.*,sympy.*]
follow_imports = skip
follow_imports_for_stubs = true
"""
PARTS = sorted(kind.__name__ for registry in (NETWORKS, DATA, LOSSES, RULES) for kind in registry.values())
USE = f"""
import plastica
from plastica import Preset, Task
from plastica.parts import StepwiseNetwork, {", ".join(PARTS)}

defaults = [{", ".join(f"{part}()" for part in PARTS)}]


def loss(trials, datasets):
    return abs(trials.w).sum(axis=-1)


rule = Volterra(terms=("100", "010", "001"))
TASK = Preset(
    summary="weights end small",
    task=Task("small", RateNetwork(inputs=3, updates=200), {{"feedforward": rule}}, GaussianData(count=5), loss),
    search={{"name": "cma", "population": 40, "l1": 0.01}},
)
print(plastica.run(TASK, {{"seed": 2}}).summary()["equation"])
plastica.formula(change=lambda x, y, w, a: a * plastica.tanh(x) * y - w, parameters={{"a": {{"sd": 1.0}}}})
Formula(change="a*x*z", quantities=("z",), known={{"hebb": {{"a": 1.0}}}})


class Recurrent(StepwiseNetwork):
    units: int = 8
    connections = ("recurrent",)


Task("own", Recurrent(units=3), {{"recurrent": rule}}, GaussianData(count=5), loss)
"""


@pytest.fixture(scope="module")
def complaints(tmp_path_factory):
    """What mypy says of a script outside the tree."""
    home = tmp_path_factory.mktemp("typed")
    (home / "mypy.ini").write_text(SETTINGS)

    def check(text):
        (home / "use.py").write_text(text)
        command = [sys.executable, "-m", "mypy", "--no-error-summary", "--config-file", "mypy.ini", "use.py"]
        said = subprocess.run(
            command, cwd=home, env={**os.environ, "MYPYPATH": str(SOURCE)}, capture_output=True, text=True, timeout=300
        )
        return said.stdout.splitlines() + said.stderr.splitlines()

    return check


def test_what_has_a_default_may_be_left_out(complaints):
    assert complaints(USE) == []


def test_a_wrong_name_or_type_is_seen(complaints):
    wrong = (
        "from plastica.parts import RateNetwork, StepwiseNetwork\n"
        'RateNetwork(input=3)\nRateNetwork(updates="many")\n'
        'class Own(StepwiseNetwork):\n    connections = "recurrent"\n'
    )
    errors = [line for line in complaints(wrong) if ": error: " in line]
    assert [line.split("[")[-1] for line in errors] == ["call-arg]", "arg-type]", "assignment]"]
