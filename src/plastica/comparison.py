"""Several runs side by side, whatever their tasks and searches."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from plastica.config import Config
from plastica.errors import UserError
from plastica.kept import Run
from plastica.rules.base import Floats
from plastica.terminal import printable

GENERAL = ("task", "search")  # what a run is told by before its settings
TOLD = 6  # settings in the name of a run, at most
LONGEST = 16  # characters of a setting's value in the name of a run
SILENT = ("engine.", "held_out.")  # what these set changes no search
OWN = ("search.", "first_datasets")  # the search's own, of which some follow from settings of the task


@dataclass(frozen=True)
class Curve:
    """The favourite's loss after each generation, and the trials and seconds spent until then; each [generations]."""

    label: str
    loss: Floats
    trials: Floats
    seconds: Floats


def curve(run: Run, name: str) -> Curve:
    """How the loss of a run fell, under a name. Raises UserError if nothing was run yet."""
    records = run.searched()
    loss, trials, seconds = np.array(
        [(record["loss"][0], sum(record["outcomes"].values()), record["seconds"]) for record in records]
    ).T
    return Curve(name, loss, np.cumsum(trials), seconds)


def search_label(config: Config) -> str:
    """The search, and where it has a choice of gradients, which: `adam (exact)`."""
    search: Any = config.search_section
    gradient = getattr(search, "gradient", "")
    return f"{search.name} ({gradient})" if gradient else search.name


def open_runs(paths: Sequence[Path], trust: bool = False) -> list[Run]:
    """Existing runs. Raises UserError for a path that is none or given twice, or a rule's file without `trust`."""
    check_once(paths)
    return [Run.open(path, trust) for path in paths]


def check_once(paths: Sequence[Path]) -> None:
    """Raise UserError for a path that is given twice, under whatever name."""
    resolved = [path.resolve() for path in paths]
    for path, full in zip(paths, resolved, strict=True):
        if resolved.count(full) > 1:
            raise UserError(f"{path} is given twice: give each run once")


def named(runs: Sequence[Run]) -> dict[str, Run]:
    """Runs by names of their own, in order: task, search and settings where they differ, seed 2 before seed 10."""
    told = [_told(run.config) for run in runs]
    general = [key for key in GENERAL if key in _differing(told)]
    keys = {task: _settings_of_task(task, told) for task in {one["task"] for one in told}}
    names = [_name(one, [*general, *keys[one["task"]]][:TOLD]) or one["search"] for one in told]
    names = _told_apart(names, told, [run.folder.path for run in runs])
    ranks = [
        ([_rank(one[key]) for key in (*GENERAL, *keys[one["task"]])], _rank(name))
        for one, name in zip(told, names, strict=True)
    ]
    return {printable(names[k]): runs[k] for k in sorted(range(len(runs)), key=ranks.__getitem__)}


def row(run: Run, name: str) -> dict[str, Any]:
    """Name, task, search, seed, status, final and held-out loss, angles, trials and seconds of a run."""
    summary = run.summary()
    held_out = summary["held_out"]
    return {
        "name": name,
        "folder": summary["folder"],
        "task": summary["task"],
        "search": search_label(run.config),
        "seed": summary["seed"],
        "status": summary["status"],
        "loss": summary["loss"],
        "held_out": held_out["loss"] if held_out else None,
        "angle_deg": summary["angle_deg"],
        "trials": summary["trials"],
        "seconds": summary["seconds"],
    }


Told = Mapping[str, Any]  # what may tell a run from others, by dotted key, in the order in which a name has it


def _told(config: Config) -> Told:
    """Task and search, settings of the parts, seed and length, settings of the search."""
    settings = dict(_flat(config.model_dump(mode="json")))
    general = {"task": config.task, "search": search_label(config)}
    last = {key: settings.pop(key) for key in ("seed", "generations")}
    known = {*general, "search.name", "search.gradient"}  # the label says them
    others = {key: value for key, value in settings.items() if key not in known and not key.startswith(SILENT)}
    own = {key: value for key, value in others.items() if key.startswith(OWN)}
    return general | {key: value for key, value in others.items() if key not in own} | last | own


def _settings_of_task(task: str, told: Sequence[Told]) -> list[str]:
    """Settings, but for the search's own, in which runs of one task differ."""
    keys = _differing([one for one in told if one["task"] == task])
    return [key for key in keys if key not in GENERAL and not key.startswith(OWN)]


def _told_apart(names: Sequence[str], told: Sequence[Told], folders: Sequence[Path]) -> list[str]:
    """Names of which no two are alike: by whatever else differs among the runs of a name, or by their folders."""
    apart = list(names)
    for alike in _alike(apart):
        own = _differing([told[k] for k in alike])[:TOLD]
        for k in alike:
            apart[k] = ", ".join(filter(None, (apart[k], _name(told[k], own))))
    for alike in _alike(apart):
        short = len({folders[k].name for k in alike}) == len(alike)
        for k in alike:
            apart[k] = f"{apart[k]}, {folders[k].name if short else folders[k]}"
    return apart


def _flat(tree: Mapping[str, Any], path: str = "") -> Iterator[tuple[str, Any]]:
    for key, value in tree.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{path}{key}.")
        else:
            yield path + key, value


def _alike(names: Sequence[str]) -> list[list[int]]:
    """The places of each name that occurs more than once."""
    places = [[k for k, other in enumerate(names) if other == name] for name in dict.fromkeys(names)]
    return [alike for alike in places if len(alike) > 1]


def _differing(told: Sequence[Told]) -> list[str]:
    """Keys that all runs have, with values that are not all the same."""
    return [key for key in told[0] if all(key in one for one in told) and any(one[key] != told[0][key] for one in told)]


def _name(told: Told, keys: Sequence[str]) -> str:
    """`cma, inputs 3, seed 2`: of task and search the value, of settings the last part of the key too."""
    parts = []
    for key in keys:
        value = f"{told[key]:g}" if isinstance(told[key], float) else str(told[key])
        parts.append(value if key in GENERAL else f"{key.rpartition('.')[2]} {value[:LONGEST]}")
    return ", ".join(parts)


def _rank(value: Any) -> tuple[int, list[tuple[int, float, str]]]:
    """A key to sort by: numbers by value, text with its numbers by value."""
    if isinstance(value, int | float):
        return 0, [(0, float(value), "")]
    pieces = re.split(r"(\d+(?:\.\d+)?(?:e[-+]?\d+)?)", str(value))  # every second one is a number
    return 1, [(0, float(piece), "") if k % 2 else (1, 0.0, piece) for k, piece in enumerate(pieces)]
