"""The figures of a run: which data, on which axes, into which files."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from plastica.analysis import draw_search
from plastica.analysis.compare_rules import angles_to_targets
from plastica.errors import UserError
from plastica.experiment import Run

FORMATS = ("png", "svg")


def plot_run(run: Run) -> list[Path]:
    """Draw how the search went into the run's `figures` folder; returns the files. Raises UserError if none."""
    run.folder.figures.mkdir(exist_ok=True)
    with figure(run.folder.figures / "search", panels=3) as axes:
        draw_run(run, axes)
    return [run.folder.figures / f"search.{suffix}" for suffix in FORMATS]


def draw_run(run: Run, axes: Any) -> None:
    """Figs. 1B and 1C of one run, on three axes: coefficients, loss, angle."""
    records = run.records()
    if not records:
        raise UserError(f"{run.folder.path} has no generation to draw yet: resume it with: plastica resume")
    thetas = np.array([record["favourite"] for record in records])
    draw_search.coefficients(axes[0], thetas, run.task.space.names)
    draw_search.loss(axes[1], [np.array(record["loss"]) for record in records])
    draw_search.angle(axes[2], angles_to_targets(run.task, thetas))


@contextmanager
def figure(stem: Path, panels: int, rows: int = 1) -> Iterator[Any]:
    """Axes [rows * panels] to draw on, saved as `stem`.png and `stem`.svg at the end."""
    import matplotlib as mpl
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    with mpl.rc_context(fname=Path(draw_search.__file__).parent / "plastica.mplstyle"):
        canvas = Figure(figsize=(2.6 * panels, 2.2 * rows))
        FigureCanvasAgg(canvas)  # no window, no global state
        yield np.atleast_1d(canvas.subplots(rows, panels)).ravel()
        for suffix in FORMATS:
            canvas.savefig(stem.with_suffix(f".{suffix}"), metadata={"Date": None} if suffix == "svg" else None)
