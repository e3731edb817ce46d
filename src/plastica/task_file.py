"""A task from a user's Python file: which file and which preset in it. Nothing runs unless its user trusts the file."""

import re
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

from pydantic import Field

from plastica.errors import UserError
from plastica.python_file import PythonFile, check_confined, locate, read_file
from plastica.section import Section
from plastica.tasks import Preset, Task

ROOM = "task"  # where a run's folder keeps the file
NAME = "TASK"
MEMBERS = {
    "network": ("connections", "check", "footprint", "dataset", "simulate"),
    "data": ("count", "refresh"),
    "loss": ("score",),
    "rule": ("parameters", "known", "formulas", "traces"),
}


class TaskFile(Section):
    """Where a task comes from that a Python file defines; the file's own parts have their tables as others have."""

    file: str = Field(description="Python file that defines the task; it runs as a program: read it, then use --trust")
    preset: str = Field(default=NAME, description="name of the Preset in that file")
    sha256: str = Field(
        default="", description="fingerprint of the file: another one is refused; empty: any file will do"
    )

    def in_folder(self, read: PythonFile) -> "TaskFile":
        """The same task as the config in a run's folder names it: from the copy that is kept there, and no other."""
        return TaskFile(file=f"{ROOM}/{read.path.name}", preset=self.preset, sha256=read.sha256)


def named_file(text: str) -> dict[str, Any] | None:
    """`my_task.py` or `my_task.py:NAME` as a config's tree; None for what names no Python file."""
    found = re.fullmatch(r"(.+\.py)(?::([^:/\\]+))?", text, re.DOTALL)
    return {"source": {"file": found[1], "preset": found[2] or NAME}} if found else None


def confined(tree: dict[str, Any], folder: Path) -> dict[str, Any]:
    """The config's tree of a run, whose task may come from a file in the `task/` of its own folder and no other.

    Raises UserError for any other file, and for one without a fingerprint: a run's folder may be a stranger's.
    """
    check_confined(_tables(tree), "task", ROOM, folder)
    return tree


def located(tree: dict[str, Any], folder: Path) -> dict[str, Any]:
    """A config's tree in which the file of the task has an absolute path; a relative one begins at `folder`."""
    locate(_tables(tree).values(), folder)
    return tree


def read_task(table: Any, trust: bool) -> tuple[Preset, PythonFile]:
    """The preset that the table `source` of a config names, and its file.

    Raises UserError for all that can be wrong with the file, and before anything of it runs where it is not trusted.
    """
    named = dict(table) if isinstance(table, dict) else {}
    named.setdefault("preset", NAME)
    for key in ("file", "preset"):
        if not isinstance(named.get(key), str):
            raise UserError(f"source.{key} = {named.get(key)!r}: give a Python file and the Preset in it, as text")
    if not trust:
        raise UserError(
            f"the task comes from {named['file']}, a Python file that runs as a program: read it, and if you trust it "
            "add --trust (in Python: trust=True)"
        )
    read = read_file("source", Path(named["file"]), named.get("sha256"))
    module = read.module()
    preset = getattr(module, named["preset"], None)
    if not isinstance(preset, Preset):
        others = [name for name, value in vars(module).items() if isinstance(value, Preset)]
        has = f"it has {', '.join(others)}" if others else "write TASK = plastica.Preset(...)"
        raise UserError(f"{read.path} has no Preset called {named['preset']}: {has}")
    check_preset(preset, str(read.path))
    if beside := next(_neighbours(module, read.path.parent), None):
        raise UserError(f"{read.path} imports {beside}, which a run's folder would lack: put both into one file")
    return preset, read


def check_preset(preset: Preset, where: str) -> None:
    """Raise UserError where a part of a task lacks what is asked of such parts; `where` is its file, or the like."""
    task = preset.task
    if not isinstance(task, Task):
        raise UserError(f"{where}: task = {task!r} of the Preset is not a Task: write task=plastica.Task(...)")
    if not isinstance(task.name, str) or not re.fullmatch(r"[A-Za-z0-9][\w.-]{0,63}", task.name):
        raise UserError(f"{where}: the task's name {task.name!r} must be a word of letters, digits, '-' and '.'")
    parts = {"network": task.network, "data": task.data, "loss": task.loss}
    asked = [*((what, what, part) for what, part in parts.items())]
    asked += [("rule", f"rule {connection}", rule) for connection, rule in task.rules.items()]
    for kind, what, part in asked:
        missing = [name for name in MEMBERS[kind] if not hasattr(part, name)]
        if missing:
            raise UserError(f"{where}: the {what} of {task.name}, {type(part).__name__}, lacks {', '.join(missing)}")


def _tables(tree: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """The table that names the file of a task, where there is one, by its key."""
    table = tree.get("source")
    return {"source": table} if isinstance(table, dict) and "file" in table else {}


def _neighbours(module: ModuleType, folder: Path) -> Iterator[str]:
    """Modules beside a file, and not of an installed package, that it uses."""
    for value in list(vars(module).values()):
        name = value.__name__ if isinstance(value, ModuleType) else getattr(value, "__module__", None)
        top = sys.modules.get(str(name).partition(".")[0])
        file = getattr(top, "__file__", None)
        if file and top is not module:
            place = Path(file).parent.parent if hasattr(top, "__path__") else Path(file).parent
            if place == folder and "site-packages" not in place.parts:
                yield str(top.__name__ if top else name)
