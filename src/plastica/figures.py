"""The figures of a run: which data, on which axes, into which files."""

import errno
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from plastica.analysis import draw_ablation, draw_comparison, draw_learning, draw_legend, draw_search, draw_spiking
from plastica.analysis.ablation import Ablation
from plastica.analysis.balance import rectified_excitation
from plastica.analysis.compare_rules import angles_to_targets
from plastica.analysis.draw_comparison import Curve
from plastica.analysis.draw_legend import beside
from plastica.analysis.learning_course import learning_course
from plastica.errors import UserError
from plastica.inner.spiking_neuron import SpikingNeuron
from plastica.inner.spiking_recording import record
from plastica.kept import Run
from plastica.rules.base import Floats
from plastica.tasks.task import Task

HELD_OUT_DATASETS = 20  # enough for a smooth curve
SPAN_MS = 1000.0  # of currents shown
FORMATS = ("png", "svg", "pdf")
UNDATED = {".png": {}, ".svg": {"Date": None}, ".pdf": {"CreationDate": None}}  # the same figure is the same file
ABOVE_SPIKES = 10.0  # points between the axes of currents and their title
LINE_INCHES = 0.14  # of a legend, or of a list of terms
ELSEWHERE = "draw elsewhere with --out DIR"

Panel = Callable[[Any], Any]  # draws on its axes


def plot_run(run: Run, out: Path | None = None) -> list[Path]:
    """Draw how the search went, and what the learned rule does, into `out` (default: the run's `figures` folder).

    Returns the files. Raises UserError if nothing was run yet, or the files cannot be written.
    """
    panels = search_panels(run)
    folder = figures_folder(run, out)
    search, learning = folder / "search", folder / "learning"
    with figure(search, len(panels)) as axes:
        draw(panels, axes)
    if isinstance(run.task.network, SpikingNeuron):
        _plot_balance(run, learning)
    else:
        _plot_learning(run, learning)
    return [*files_of(search), *files_of(learning)]


def figures_folder(run: Run, out: Path | None = None) -> Path:
    """Where the figures of a run go: `out`, or else its own folder for them; made where there is none.

    Raises UserError if it cannot be written, or the run's own is a link, which could lead out of the run's folder.
    """
    folder = out or run.folder.figures
    if out is None and folder.is_symlink():
        raise UserError(f"{folder} is a symbolic link, and what it leads to is left alone: delete it, or {ELSEWHERE}")
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise _unwritable(folder, error) from None
    if not os.access(folder, os.W_OK):
        raise _unwritable(folder, PermissionError(errno.EACCES, os.strerror(errno.EACCES)))
    return folder


def draw(panels: Sequence[Panel], axes: Any) -> None:
    """Each panel on axes of its own."""
    for panel, own in zip(panels, axes, strict=True):
        panel(own)


def search_panels(run: Run) -> list[Panel]:
    """How the search of one run went, as Figs. 1B-C, 2B-C and 3B: the favourite's parameters, a panel for each unit,
    the loss, and the angle to the known rule where there is one.

    Raises UserError if nothing was run yet.
    """
    records = run.records()
    if not records:
        raise UserError(
            f"{run.folder.path} has no generation to draw yet: go on with: plastica resume {run.folder.path}"
        )
    thetas, losses = np.array([record["favourite"] for record in records]), [np.array(r["loss"]) for r in records]
    panels: list[Panel] = [*_parameter_panels(run.task, thetas), partial(draw_search.loss, losses=losses)]
    angles = angles_to_targets(run.task, thetas)
    return [*panels, partial(draw_search.angle, angles=angles)] if angles else panels


def _parameter_panels(task: Task, thetas: Floats) -> Iterator[Panel]:
    """Parameters [generations, P], those of each unit by themselves."""
    space, known = task.space.parameters, _known_terms(task)
    for unit in dict.fromkeys(parameter.unit for parameter in space):
        of_unit = [k for k, parameter in enumerate(space) if parameter.unit == unit]
        own = [space[k] for k in of_unit]
        yield partial(draw_search.parameters, thetas=thetas[:, of_unit], space=own, known=known[of_unit])


def _known_terms(task: Task) -> Floats:
    """The known rule [P] of each connection that has one; zeros elsewhere."""
    known = task.known_thetas(task.targets)
    parts = task.split(np.zeros(task.space.size))
    return np.concatenate([known.get(connection, zeros) for connection, zeros in parts.items()])


def _plot_learning(run: Run, stem: Path) -> None:
    """How the learned rule trains its network, beside the known rule."""
    task = run.task
    rules = {"learned rule": run.theta}
    known = task.known_theta(task.targets)
    if known is not None:
        rules["known rule"] = known
    keys = task.keys(run.config.seed, "held-out", HELD_OUT_DATASETS)
    course = learning_course(task, np.stack(list(rules.values())), keys)
    names = [name for name in course.values if name != "explained_variance" or _spans_a_part(task)]
    with figure(stem, len(names)) as axes:
        for panel, name in zip(axes, names, strict=True):
            draw_learning.learning_course(panel, course, name, list(rules))
        beside(axes[-1])


def _spans_a_part(task: Task) -> bool:
    """Whether the outputs' weights leave directions of the inputs out; all directions explain all variance."""
    network: Any = task.network
    return bool(network.outputs < network.inputs)


def _plot_balance(run: Run, stem: Path) -> None:
    with figure(stem, panels=2, rows=2) as axes:
        draw_balance(run.task, run.theta, run.config.seed, axes)


def draw_balance(task: Task, theta: Floats, seed: int, axes: Any) -> None:
    """Fig. 3C on four axes: currents and weights at the start, and at the end of the training phase."""
    _draw_balance_at(task, theta, seed, 0.0, axes[:2])
    axes[0].set_title("before learning", pad=ABOVE_SPIKES)
    draw_learned_balance(task, theta, seed, axes[2:])
    axes[2].set_title("after learning", pad=ABOVE_SPIKES)


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


def plot_ablation(ablation: Ablation, folder: Path) -> list[Path]:
    """Draw which terms matter into a folder; returns the files. Raises UserError if they cannot be written."""
    stem = folder / "ablation"
    with figure(stem, panels=1, width=4.2, height=1.0 + LINE_INCHES * draw_ablation.rows_of(ablation)) as axes:
        draw_ablation.ablation(axes[0], ablation)
    return files_of(stem)


def plot_comparison(curves: Sequence[Curve], stem: Path) -> list[Path]:
    """Draw losses of several runs against trials and against seconds into `stem`.png and so on; returns the files.

    Raises UserError if they cannot be written.
    """
    if stem.name in ("", ".."):
        raise UserError(f"--out {stem}: name the figure without a suffix, such as --out {stem / 'comparison'}")
    try:
        stem.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise _unwritable(stem.parent, error) from None
    with figure(stem, panels=2) as axes:
        draw_comparison.loss_against_trials(axes[0], curves)
        draw_comparison.loss_against_seconds(axes[1], curves)
        taller(axes[0].figure, draw_legend.below(axes[0]))
    return files_of(stem)


def taller(canvas: Any, lines: int) -> None:
    """Give a figure room for lines of text, so that its axes keep theirs."""
    canvas.set_figheight(canvas.get_figheight() + LINE_INCHES * lines)


def files_of(stem: Path) -> list[Path]:
    """The files of the figure that is called `stem`."""
    return [stem.with_name(f"{stem.name}.{suffix}") for suffix in FORMATS]


@contextmanager
def figure(
    stem: Path, panels: int, rows: int = 1, height: float = 2.2, width: float = 2.8, letters: bool = False
) -> Iterator[Any]:
    """Axes [rows * panels] to draw on, each `width` x `height` inches with all that belongs to them.

    Saved at the end as the files of `stem`. Raises UserError if they cannot be written.
    """
    import matplotlib as mpl
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    with mpl.rc_context(fname=Path(draw_search.__file__).parent / "plastica.mplstyle"):
        canvas = Figure(figsize=(width * panels, height * rows))
        FigureCanvasAgg(canvas)  # no window, no global state
        axes = np.atleast_1d(canvas.subplots(rows, panels)).ravel()
        yield axes
        if letters:
            draw_legend.letters(axes)
        for file in files_of(stem):
            _save(canvas, file)


def _save(canvas: Any, file: Path) -> None:
    if file.is_symlink():
        raise UserError(f"{file} is a symbolic link, and what it leads to is left alone: delete it, or {ELSEWHERE}")
    try:
        canvas.savefig(file, metadata=UNDATED[file.suffix])
    except OSError as error:
        raise _unwritable(file, error) from None


def _unwritable(path: Path, error: OSError) -> UserError:
    return UserError(f"{path} cannot be written ({error.strerror or error}): free some space, or {ELSEWHERE}")
