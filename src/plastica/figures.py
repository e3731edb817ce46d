"""The figures of a run: which data, on which axes, into which files."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from plastica.analysis import draw_ablation, draw_learning, draw_search
from plastica.analysis.ablation import Ablation
from plastica.analysis.compare_rules import angles_to_targets
from plastica.analysis.learning_course import learning_course
from plastica.errors import UserError
from plastica.experiment import Run
from plastica.inner.rate_network import RateNetwork

HELD_OUT_DATASETS = 20  # enough for a smooth curve
FORMATS = ("png", "svg")


def plot_run(run: Run) -> list[Path]:
    """Draw how the search went into the run's `figures` folder; returns the files. Raises UserError if none."""
    run.folder.figures.mkdir(exist_ok=True)
    with figure(run.folder.figures / "search", panels=3) as axes:
        draw_run(run, axes)
    drawn = ["search"]
    if isinstance(run.task.network, RateNetwork):
        _plot_learning(run)
        drawn.append("learning")
    return [run.folder.figures / f"{name}.{suffix}" for name in drawn for suffix in FORMATS]


def _plot_learning(run: Run) -> None:
    """How the learned rule trains its network, beside the known rule."""
    task = run.task
    rules = {"learned rule": run.theta}
    known = task.known_theta(task.targets)
    if known is not None:
        rules["known rule"] = known
    keys = task.keys(run.config.seed, "held-out", HELD_OUT_DATASETS)
    course = learning_course(task, np.stack(list(rules.values())), keys)
    with figure(run.folder.figures / "learning", panels=len(course.values)) as axes:
        for panel, name in zip(axes, course.values, strict=True):
            draw_learning.learning_course(panel, course, name, list(rules))


def plot_ablation(run: Run, ablation: Ablation) -> list[Path]:
    """Draw which terms matter into the run's `figures` folder; returns the files."""
    run.folder.figures.mkdir(exist_ok=True)
    with figure(run.folder.figures / "ablation", panels=1, height=4.0) as axes:
        draw_ablation.ablation(axes[0], ablation)
    return [run.folder.figures / f"ablation.{suffix}" for suffix in FORMATS]


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
def figure(stem: Path, panels: int, rows: int = 1, height: float = 2.2) -> Iterator[Any]:
    """Axes [rows * panels] to draw on, each `height` inches high, saved as `stem`.png and `stem`.svg at the end."""
    import matplotlib as mpl
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    with mpl.rc_context(fname=Path(draw_search.__file__).parent / "plastica.mplstyle"):
        canvas = Figure(figsize=(2.6 * panels, height * rows))
        FigureCanvasAgg(canvas)  # no window, no global state
        yield np.atleast_1d(canvas.subplots(rows, panels)).ravel()
        for suffix in FORMATS:
            canvas.savefig(stem.with_suffix(f".{suffix}"), metadata={"Date": None} if suffix == "svg" else None)
