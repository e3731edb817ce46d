"""Several runs side by side, whatever their tasks and searches."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from plastica.analysis.draw_comparison import Curve
from plastica.config import Config
from plastica.errors import UserError
from plastica.experiment import Run


def compare(runs: Sequence[Run]) -> list[dict[str, Any]]:
    """A row for each run: task, search, seed, status, final and held-out loss, angles, trials, seconds."""
    return [_row(run) for run in runs]


def curves(runs: Sequence[Run]) -> list[Curve]:
    """How the loss of each run fell. Raises UserError for a run without a generation."""
    return [curve(run) for run in runs]


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


def open_runs(paths: Sequence[Path]) -> list[Run]:
    """Existing runs. Raises UserError for a path that is none, or that is given twice."""
    resolved = [path.resolve() for path in paths]
    for path, full in zip(paths, resolved, strict=True):
        if resolved.count(full) > 1:
            raise UserError(f"{path} is given twice: give each run once")
    return [Run.open(path) for path in paths]


def _row(run: Run) -> dict[str, Any]:
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
