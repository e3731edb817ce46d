"""The figures of a run: which data, on which axes, into which files."""

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from plastica.analysis.ablation import Ablation
from plastica.analysis.compare_rules import angles_to_targets
from plastica.analysis.protocols import protocols, readable
from plastica.comparison import Curve
from plastica.errors import UserError
from plastica.figures import draw_ablation, draw_comparison, draw_family, draw_legend, draw_search
from plastica.figures.canvas import LINE_INCHES, figure, figures_folder, files_of, make_place, taller
from plastica.figures.portraits import PORTRAITS
from plastica.figures.protocol_figures import plot_rule
from plastica.kept import Run
from plastica.rules.base import Floats
from plastica.table import Table
from plastica.tasks.task import Task

Panel = Callable[[Any], Any]  # draws on its axes


def plot_run(run: Run, out: Path | None = None) -> list[Path]:
    """Draw how the search went, and the portrait of the learned rule, into `out` (default: the run's `figures` folder).

    Returns the files. Raises UserError if nothing was run yet, or the files cannot be written.
    """
    panels = search_panels(run)
    folder = figures_folder(run, out)
    search = folder / "search"
    with figure(search, len(panels)) as axes:
        draw(panels, axes)
    return [*files_of(search), *plot_portrait(run.task, run.theta, run.config.seed, folder, "learned rule")]


def plot_portrait(task: Task, theta: Floats, seed: int, folder: Path, label: str) -> list[Path]:
    """Draw what a rule [P] makes of its network, where that has a portrait, and of a single synapse; returns the files.

    `label` is what a legend calls it, beside the known rule.

    Raises UserError if they cannot be written.
    """
    learning, files = folder / "learning", []
    portray = PORTRAITS.get(getattr(task.network, "kind", ""))
    if portray:
        known = task.known_theta(task.targets)
        other = {} if known is None or np.array_equal(known, theta) else {"known rule": known}
        portray(task, {label: theta, **other}, seed, learning)
        files += files_of(learning)
    if any(readable(rule) for rule in task.rules.values()):
        files += plot_rule(protocols(task, theta, seed), folder / "rule")
    return files


def draw(panels: Sequence[Panel], axes: Any) -> None:
    """Each panel on axes of its own."""
    for panel, own in zip(panels, axes, strict=True):
        panel(own)


def search_panels(run: Run) -> list[Panel]:
    """How the search of one run went, as Figs. 1B-C, 2B-C and 3B: the favourite's parameters, a panel for each unit,
    the loss, and the angle to the known rule where there is one.

    Raises UserError if nothing was run yet.
    """
    records = run.searched()
    thetas, losses = np.array([record["favourite"] for record in records]), [np.array(r["loss"]) for r in records]
    panels: list[Panel] = [*_parameter_panels(run.task, thetas), partial(draw_search.loss, losses=losses)]
    angles = angles_to_targets(run.task, thetas)
    return [*panels, partial(draw_search.angle, angles=angles)] if angles else panels


def _parameter_panels(task: Task, thetas: Floats) -> Iterator[Panel]:
    """Parameters [generations, P], those of each unit by themselves."""
    space, known = task.space.parameters, known_terms(task)
    for unit in dict.fromkeys(parameter.unit for parameter in space):
        of_unit = [k for k, parameter in enumerate(space) if parameter.unit == unit]
        own = [space[k] for k in of_unit]
        yield partial(draw_search.parameters, thetas=thetas[:, of_unit], space=own, known=known[of_unit])


def known_terms(task: Task) -> Floats:
    """The known rule [P] of each connection that has one; zeros elsewhere."""
    known = task.known_thetas(task.targets)
    parts = task.split(np.zeros(task.space.size))
    return np.concatenate([known.get(connection, zeros) for connection, zeros in parts.items()])


def plot_ablation(ablation: Ablation, folder: Path) -> list[Path]:
    """Draw which terms matter into a folder; returns the files. Raises UserError if they cannot be written."""
    stem = folder / "ablation"
    with figure(stem, panels=1, width=4.2, height=1.0 + LINE_INCHES * draw_ablation.rows_of(ablation)) as axes:
        draw_ablation.ablation(axes[0], ablation)
    return files_of(stem)


def plot_family(table: Table, stem: Path) -> list[Path]:
    """Draw the rules of a table, every two parameters against each other, into `stem`.png and so on; returns the files.

    Raises UserError if there is no rule, or the files cannot be written.
    """
    if not len(table):
        raise UserError(f"--figure {stem}: there is no rule to draw: widen the windows")
    chosen = draw_family.shown(table.thetas)
    names, units = ([values[k] for k in chosen] for values in (table.names, table.units))
    loss = np.nan_to_num(table.metrics.get("loss", np.zeros(len(table))))
    make_place(stem, "--figure")
    with figure(stem, panels=len(chosen), rows=len(chosen), height=1.1, width=1.2) as axes:
        draw_family.pairs(axes, table.thetas[:, chosen], names, units, loss)
    return files_of(stem)


def plot_comparison(curves: Sequence[Curve], stem: Path) -> list[Path]:
    """Draw losses of several runs against trials and against seconds into `stem`.png and so on; returns the files.

    Raises UserError if they cannot be written.
    """
    make_place(stem)
    with figure(stem, panels=2) as axes:
        draw_comparison.loss_against_trials(axes[0], curves)
        draw_comparison.loss_against_seconds(axes[1], curves)
        taller(axes[0].figure, draw_legend.below(axes[0]))
    return files_of(stem)
