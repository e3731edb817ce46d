"""Several runs side by side, whatever their tasks and searches."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from plastica.analysis.draw_comparison import Curve
from plastica.config import Config
from plastica.errors import UserError
from plastica.experiment import Run


def curve(run: Run) -> Curve:
    """How the loss of a run fell. Raises UserError if nothing was run yet."""
    records = run.records()
    if not records:
        raise UserError(f"{run.folder.path} has no generation yet: go on with: plastica resume {run.folder.path}")
    loss, trials, seconds = np.array(
        [(record["loss"][0], sum(record["outcomes"].values()), record["seconds"]) for record in records]
    ).T
    return Curve(search_label(run.config), loss, np.cumsum(trials), seconds)


def search_label(config: Config) -> str:
    """The search, and where it has a choice of gradients, which: `adam (exact)`."""
    search: Any = config.search_section
    gradient = getattr(search, "gradient", "")
    return f"{search.name} ({gradient})" if gradient else search.name


def open_runs(paths: Sequence[Path], trust: bool = False) -> list[Run]:
    """Existing runs. Raises UserError for a path that is none or given twice, or a rule's file without `trust`."""
    resolved = [path.resolve() for path in paths]
    for path, full in zip(paths, resolved, strict=True):
        if resolved.count(full) > 1:
            raise UserError(f"{path} is given twice: give each run once")
    return [Run.open(path, trust) for path in paths]


def row(run: Run) -> dict[str, Any]:
    """Task, search, seed, status, final and held-out loss, angles, trials and seconds of a run."""
    summary = run.summary()
    held_out = summary["held_out"]
    return {
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
