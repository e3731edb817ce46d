"""What the package imports is what `pip install` brings."""

import ast
import sys
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement

import plastica

ROOT = Path(plastica.__file__).parent
PROJECT = tomllib.loads((ROOT.parents[1] / "pyproject.toml").read_text())["project"]
# Files that need an extra begin so.
EXTRAS = {
    "engines/dask": "dask",
    "bench/spiking_brian2": "brian2",
    "findings/data_frame": "pandas",
    "inference/networks": "sbi",
}
BROUGHT = {"llvmlite": "numba", "cloudpickle": "distributed", "torch": "sbi"}  # by a library that cannot be without it


def required(extra: str = "") -> set[str]:
    names = PROJECT["optional-dependencies"][extra] if extra else PROJECT["dependencies"]
    return {Requirement(name).name.replace("-", "_") for name in names}


def imported(source: str) -> set[str]:
    """The libraries that a source imports anywhere, by their first name."""
    names = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            names |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names.add(str(node.module).partition(".")[0])
    return names - set(sys.stdlib_module_names) - {"plastica"}


@pytest.mark.parametrize("file", sorted(ROOT.rglob("*.py")), ids=lambda file: str(file.relative_to(ROOT)))
def test_what_is_imported_is_required(file):
    """By the package itself, or by the extra without which the file is not used."""
    name = str(file.relative_to(ROOT))
    extras = [extra for start, extra in EXTRAS.items() if name.startswith(start)]
    allowed = required().union(*map(required, extras))
    assert {BROUGHT.get(library, library) for library in imported(file.read_text())} <= allowed


def test_what_a_sentence_tells_to_install_exists():
    """`not_installed` names an extra."""
    calls = [
        node
        for file in ROOT.rglob("*.py")
        for node in ast.walk(ast.parse(file.read_text()))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "not_installed"
    ]
    assert calls
    assert {node.args[1].value for node in calls} <= set(PROJECT["optional-dependencies"])
