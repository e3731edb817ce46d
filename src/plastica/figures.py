"""The figures of a run: which data, on which axes, into which files."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from plastica.analysis import draw_ablation, draw_comparison, draw_learning, draw_search, draw_spiking
from plastica.analysis.ablation import Ablation
from plastica.analysis.balance import rectified_excitation
from plastica.analysis.compare_rules import angles_to_targets
from plastica.analysis.draw_comparison import Curve
from plastica.analysis.learning_course import learning_course
from plastica.errors import UserError
from plastica.experiment import Run
from plastica.inner.spiking_neuron import SpikingNeuron
from plastica.inner.spiking_recording import record
from plastica.rules.base import Floats
from plastica.rules.spike_pair import SpikePair
from plastica.tasks.task import Task

HELD_OUT_DATASETS = 20  # enough for a smooth curve
SPAN_MS = 1000.0  # of currents shown
FORMATS = ("png", "svg")


def plot_run(run: Run) -> list[Path]:
    """Draw a run into its `figures` folder: how the search went, and what the learned rule does; returns the files.

    Raises UserError if nothing was run yet.
    """
    run.folder.figures.mkdir(exist_ok=True)
    with figure(run.folder.figures / "search", panels=3) as axes:
        draw_run(run, axes)
    if isinstance(run.task.network, SpikingNeuron):
        _plot_balance(run)
    else:
        _plot_learning(run)
    return [file for name in ("search", "learning") for file in files_of(run.folder.figures / name)]


def draw_run(run: Run, axes: Any) -> None:
    """How the search of one run went, on three axes: Figs. 1B-C and 2B-C, or Fig. 3B of a spike-pair rule."""
    records = run.records()
    if not records:
        raise UserError(
            f"{run.folder.path} has no generation to draw yet: go on with: plastica resume {run.folder.path}"
        )
    thetas, task = np.array([record["favourite"] for record in records]), run.task
    losses = [np.array(record["loss"]) for record in records]
    if type(next(iter(task.rules.values()))) is SpikePair:
        draw_spiking.coefficients(axes[0], thetas)
        draw_spiking.time_constants(axes[1], thetas)
        draw_search.loss(axes[2], losses)
    else:
        draw_search.coefficients(axes[0], thetas, task.space.names)
        draw_search.loss(axes[1], losses)
        draw_search.angle(axes[2], angles_to_targets(task, thetas))


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


def _plot_balance(run: Run) -> None:
    with figure(run.folder.figures / "learning", panels=2, rows=2) as axes:
        draw_balance(run.task, run.theta, run.config.seed, axes)


def draw_balance(task: Task, theta: Floats, seed: int, axes: Any) -> None:
    """Fig. 3C on four axes: currents and weights at the start, and at the end of the training phase."""
    _draw_balance_at(task, theta, seed, 0.0, axes[:2])
    axes[0].set_title("before learning")
    draw_learned_balance(task, theta, seed, axes[2:])
    axes[2].set_title("after learning")


def draw_learned_balance(task: Task, theta: Floats, seed: int, axes: Any) -> None:
    """The lower half of Fig. 3C on two axes: currents and weights at the end of the training phase."""
    neuron: Any = task.network
    _draw_balance_at(task, theta, seed, neuron.training_s * 1e3, axes)


def _draw_balance_at(task: Task, theta: Floats, seed: int, start_ms: float, axes: Any) -> None:
    neuron: Any = task.network
    data: Any = task.data
    dataset: Any = task.dataset(task.keys(seed, "held-out", 1)[0])
    span = min(SPAN_MS, neuron.scoring_s * 1e3, neuron.training_s * 1e3)
    recording = record(neuron, task.rules, theta, dataset, start_ms, start_ms + span, sample_ms=span)
    draw_spiking.currents(axes[0], recording)
    at = np.searchsorted(recording.weight_time_ms, start_ms)
    excitation = rectified_excitation(neuron, data, dataset.tuning)
    draw_spiking.group_weights(axes[1], recording.group_weights[at], excitation, "inhibitory")


def plot_ablation(run: Run, ablation: Ablation) -> list[Path]:
    """Draw which terms matter into the run's `figures` folder; returns the files."""
    run.folder.figures.mkdir(exist_ok=True)
    with figure(run.folder.figures / "ablation", panels=1, height=4.0) as axes:
        draw_ablation.ablation(axes[0], ablation)
    return files_of(run.folder.figures / "ablation")


def plot_comparison(curves: Sequence[Curve], stem: Path) -> list[Path]:
    """Draw losses of several runs against trials and against seconds into `stem`.png and .svg; returns the files."""
    stem.parent.mkdir(parents=True, exist_ok=True)
    with figure(stem, panels=2, height=2.6) as axes:
        draw_comparison.loss_against_trials(axes[0], curves)
        draw_comparison.loss_against_seconds(axes[1], curves)
    return files_of(stem)


def files_of(stem: Path) -> list[Path]:
    """The files of the figure that is called `stem`."""
    return [stem.with_name(f"{stem.name}.{suffix}") for suffix in FORMATS]


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
        for file in files_of(stem):
            canvas.savefig(file, metadata={"Date": None} if file.suffix == ".svg" else None)
