"""Where a task comes from: plastica itself, an installed package, a Python file, a table of parts, or an object."""

import sys
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from plastica import installed
from plastica.complaint import sentence
from plastica.errors import UserError
from plastica.parts import Parts, parts_of, source_of
from plastica.python_file import PythonFile
from plastica.section import Section
from plastica.task_file import TaskFile, check_preset, read_task
from plastica.tasks import TASKS, Preset, Task


@dataclass(frozen=True)
class Found:
    """A preset, and what a config must say for it to be found again: the task's name, or a table besides."""

    preset: Preset
    name: str
    tables: dict[str, type[Section]]
    file: PythonFile | None = None

    @property
    def packages(self) -> dict[str, str]:
        """{distribution: version} of the installed packages that the task, or a part of it, comes from."""
        words = parts_of(self.preset.task).words if "parts" in self.tables else (self.name,)
        return installed.versions(words) if words[0] not in TASKS else {}


def find(tree: dict[str, Any], trust: bool, given: Preset | None = None) -> Found:
    """The preset that a config's tree names, with or without a table that says more; `given` is one that is at hand.

    Raises UserError, with the nearest name, if there is none, and for a Python file that is not to be trusted.
    """
    if "source" in tree:
        preset, file = read_task(tree["source"], trust)
        return Found(preset, _named(tree, preset), {"source": TaskFile}, file)
    if "parts" in tree:
        preset = given or _of_parts(tree)
        return Found(preset, preset.task.name, {"parts": Parts})
    return Found(_called(tree.get("task")), tree["task"], {})


def tree_of(preset: Preset) -> dict[str, Any]:
    """What a config must say for a preset that is at hand to be found again. Raises UserError if nothing would do."""
    check_preset(preset, "the Preset")
    for name, own in TASKS.items():
        if own is preset:
            return {"task": name}
    sources = [source_of(part) for part in _parts(preset.task)]
    for name, point in installed.offered().items():
        if point.module in sys.modules and installed.load(point) is preset:
            return {"task": name}
    for source in sources:
        module = sys.modules.get(source.__module__)
        names = [name for name, value in vars(module).items() if value is preset] if module else []
        file = str(getattr(module, "__file__", None))
        if names and Path(file).is_file():  # no file has a notebook, or what is typed in
            return {"source": {"file": file, "preset": names[0]}}
    return {"task": preset.task.name, "parts": parts_of(preset.task).model_dump()}


def _parts(task: Task) -> list[Any]:
    """Those that are not plastica's."""
    every = (task.network, task.data, task.loss, *task.rules.values())
    return [part for part in every if not source_of(part).__module__.startswith("plastica.")]


def _named(tree: dict[str, Any], preset: Preset) -> str:
    name = preset.task.name
    if tree.get("task", name) != name:
        raise UserError(f"task = {tree['task']!r}: the task of {tree['source']['file']} is called {name}; leave it out")
    return name


def _of_parts(tree: dict[str, Any]) -> Preset:
    try:
        parts = Parts.model_validate(tree["parts"])
    except ValidationError as error:
        said = sentence(error, tree["parts"] if isinstance(tree["parts"], dict) else {})
        raise UserError(f"parts.{said}" if isinstance(tree["parts"], dict) else f"parts{said}") from None
    preset = parts.preset(str(tree.get("task", "")))
    check_preset(preset, "the config")
    return preset


def _called(name: Any) -> Preset:
    """The preset of a task by name."""
    if isinstance(name, str) and name in TASKS:
        return TASKS[name]
    if name is None:
        raise UserError(f'the config names no task: add task = "...", one of {", ".join(TASKS)}')
    points = installed.offered()
    if name in points:
        preset = installed.load(points[name])
        where = f"the task {name} of {installed.package(points[name])}"
        if not isinstance(preset, Preset):
            raise UserError(f"{where} is a {type(preset).__name__}, not a Preset: mend or reinstall its package")
        check_preset(preset, where)
        return preset
    known = (*TASKS, *points)
    near = get_close_matches(str(name), known, n=1, cutoff=0.4)
    hint = f"did you mean {near[0]}?" if near else f"choose from {', '.join(known)}"
    raise UserError(f"there is no task {name}: {hint}")
