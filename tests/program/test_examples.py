"""The example of every public name does what it shows, as a newcomer would paste it."""

import os
from collections.abc import Iterator
from doctest import ELLIPSIS, DocTest, DocTestFinder, DocTestRunner
from pathlib import Path
from typing import Any

import pytest

import plastica
from plastica import findings, tasks

VALUES = ("HeldOutRow", "HeldOutTable", "History", "LearnedRule")  # what a run gives, beside the public names
NAMES = {name: getattr(plastica, name) for name in plastica.__all__} | {n: getattr(findings, n) for n in VALUES}


def examples(name: str) -> list[DocTest]:
    """Those of a name and of its methods; a name without a docstring of its own has them where it is defined."""
    what = tasks if name == "TASKS" else NAMES[name]
    found = DocTestFinder(recurse=name != "TASKS").find(what, name, globs={})
    return [test for test in found if test.examples]


def told(tests: list[DocTest]) -> str:
    """What went otherwise than the examples show."""
    said: list[str] = []
    for test in tests:
        DocTestRunner(optionflags=ELLIPSIS).run(test, out=said.append)
    return "".join(said)


@pytest.fixture(scope="module")
def home(tmp_path_factory: Any) -> Iterator[str]:
    """A folder in which the example of `run` was pasted first, whose run the others look at; and what it said."""
    before = Path.cwd()
    os.chdir(tmp_path_factory.mktemp("newcomer"))
    yield told(examples("run"))
    os.chdir(before)


@pytest.mark.parametrize("name", NAMES)
def test_the_example_of_a_public_name_works(home, name):
    """Each has one, in its own docstring, and it begins by importing what it uses."""
    tests = examples(name)
    assert name in [test.name for test in tests], f"{name} has no example"
    assert (home if name == "run" else told(tests)) == ""
