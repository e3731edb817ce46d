"""Runs to look at: the program as a user starts it, in a process of its own or, where that is the same, in this one."""

import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest
from processes import command
from small import options, small

import plastica
from plastica import cli


@dataclass(frozen=True)
class Said:
    """How a command ended."""

    status: int
    out: str
    err: str


@pytest.fixture
def call(monkeypatch, capsys):
    """A command in this process: the same entry point, its exit status and what it printed."""

    def run(*arguments: object) -> Said:
        monkeypatch.setattr(sys, "argv", ["plastica", *map(str, arguments)])
        status = 0
        try:
            cli.main()
        except SystemExit as end:
            status = end.code if isinstance(end.code, int) else int(bool(end.code))
        return Said(status, *capsys.readouterr())

    return run


@pytest.fixture(scope="session")
def started(tmp_path_factory) -> tuple[Path, subprocess.CompletedProcess]:
    """A small run of Oja's task by the command line, in its default folder; and what the program said."""
    home = tmp_path_factory.mktemp("home")
    done = subprocess.run(
        command("run", "oja", "--seed", 3, "--generations", 5, "--threads", 2, *options("oja")),
        cwd=home, capture_output=True, text=True, timeout=300,
    )  # fmt: skip
    (folder,) = (home / "runs").iterdir()
    return folder, done


@pytest.fixture(scope="session")
def finished(started) -> Path:
    """The folder of that run: look, but do not touch."""
    return started[0]


@pytest.fixture(scope="session")
def pair(tmp_path_factory) -> Path:
    """The folder of a small run of the task with two connections, made from Python."""
    folder = tmp_path_factory.mktemp("pair") / "run"
    plastica.run("principal-components", small("principal-components"), out=folder)
    return folder
