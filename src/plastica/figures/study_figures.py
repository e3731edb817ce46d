"""The figures of a study: which data, on which axes, into which files."""

from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from plastica.analysis.families import ANGLE_DEG, FACTOR, tree
from plastica.errors import UserError
from plastica.figures import draw_study
from plastica.figures.canvas import LINE_INCHES, figure, figures_folder, files_of, make_place, taller
from plastica.figures.draw_legend import below
from plastica.figures.draw_search import labels_of, quantity
from plastica.figures.run_figures import draw, known_terms
from plastica.rules.base import Floats
from plastica.studies import Study
from plastica.studies.groups import Group, groups_of
from plastica.studies.table import angles, differences
from plastica.studies.variation import Setting
from plastica.tasks.task import Task

MOST_TERMS = 14  # of a unit, of which a figure shows all rules' values: the largest


def plot_study(study: Study, out: Path | None = None) -> list[Path]:
    """Draw how the searches went, the rules that were found, and their families, into `out` (default: the study's
    `figures` folder); returns the files. Raises UserError if nothing was run yet, or the files cannot be written."""
    groups = groups_of(study)
    if not any(group.curves() for group in groups):
        raise UserError(
            f"{study.folder.path} has no generation to draw yet: go on with: plastica resume {study.folder.path}"
        )
    folder = figures_folder(study, out)
    panels = {"search": list(_search(groups)), "rules": list(_rules(study)), "families": list(_families(study))}
    for name, own in panels.items():
        if own:
            rows = max((len(one.keywords.get("names", ())) for one in own), default=0)
            height = max(2.2, 0.8 + 1.4 * LINE_INCHES * rows)
            with figure(folder / name, panels=len(own), height=height, letters=len(own) > 1) as axes:
                draw(own, axes)
                _legend(axes[0], groups)
    return [file for name, own in panels.items() if own for file in files_of(folder / name)]


def plot_groups(groups: Sequence[Group], stem: Path) -> list[Path]:
    """Draw losses of groups of runs against trials and against seconds into `stem`.png and so on; returns the files."""
    make_place(stem)
    curves = {group.name: group.curves() for group in groups}
    if not any(curves.values()):
        raise UserError(f"{groups[0].folder} has no generation to draw yet: resume it first")
    with figure(stem, panels=2) as axes:
        for panel, unit in zip(axes, ("trials", "seconds"), strict=True):
            draw_study.loss_bands(panel, curves, unit)
        taller(axes[0].figure, below(axes[0]))
    return files_of(stem)


def _legend(axes: Any, groups: Sequence[Group]) -> None:
    """The colours, where there are several."""
    if len(groups) > 1:
        for k, group in enumerate(groups):
            axes.plot([], [], color=draw_study.colour(k), marker="o", markersize=3, label=group.name)
        taller(axes.figure, below(axes))


def _search(groups: Sequence[Group]) -> Iterator[partial[Any]]:
    """Losses of the searches, held-out losses, and angles to the known rules."""
    unnamed = {f"_{k}": group.curves() for k, group in enumerate(groups)}
    yield partial(draw_study.loss_bands, groups=unnamed, unit="trials")
    keys = dict.fromkeys(key for group in groups for row in group.rows for key in row if key.startswith("angle"))
    several = len(keys) > 1
    for key in ("held_out", *(key for key in keys if not several or key != "angle")):
        values = [np.array([row[key] for row in group.rows if row.get(key) is not None]) for group in groups]
        if any(map(len, values)):
            connection = key.removeprefix("angle_") if several else ""
            label = "held-out loss" if key == "held_out" else f"{connection} angle to known rule (°)".strip()
            yield partial(draw_study.dots, groups=values, label=label, log=key == "held_out")


def _rules(study: Study) -> Iterator[partial[Any]]:
    """The parameters of all found rules, those of each unit by themselves; of settings that share the first's."""
    task = study.settings[0].config.composed
    space, known = task.space, known_terms(task)
    thetas = [_thetas(study, setting, task) for setting in study.settings]
    found = np.concatenate(thetas)
    for unit in dict.fromkeys(parameter.unit for parameter in space.parameters) if len(found) else ():
        of_unit = np.array([k for k, parameter in enumerate(space.parameters) if parameter.unit == unit])
        size = np.maximum(np.abs(found[:, of_unit]).max(axis=0), np.abs(known[of_unit]))
        shown = of_unit[np.sort(np.argsort(-size, kind="stable")[:MOST_TERMS])]
        label = quantity([space.parameters[k] for k in shown], 0)
        smaller = len(of_unit) - len(shown)
        yield partial(
            draw_study.terms,
            groups=[own[:, shown] for own in thetas],
            known=np.where(known[shown] == 0, np.nan, known[shown]),
            names=labels_of([space.names[k] for k in shown]),
            label=f"{label}; {smaller} smaller ones left out" if smaller else label,
            log=not any(space.linear[shown]),
        )


def _thetas(study: Study, setting: Setting, task: Task) -> Floats:
    """[runs, P] of those that came to their end, where the setting has the parameters of the task."""
    names = task.space.names
    same = setting.config.composed.space.names == names
    found = [run.theta for run in study.runs_of(setting) if run.result()] if same else []
    return np.array(found).reshape(-1, len(names))


def _families(study: Study) -> Iterator[partial[Any]]:
    """The trees of all found rules, where there are at least two."""
    summaries = study.summaries()
    number = {setting.run_name(s): k for k, setting in enumerate(study.settings) for s in study.seeds}
    done = [name for name, summary in summaries.items() if summary.get("held_out")]
    if len(done) < 2:
        return
    found, numbers = [summaries[name] for name in done], [number[name] for name in done]
    by_angle, by_behaviour = tree(angles(found, study.coefficients)), tree(differences(found))
    yield partial(draw_study.families, tree=by_angle, numbers=numbers, cut=ANGLE_DEG, label="angle between rules (°)")
    label = "difference in behaviour"
    yield partial(draw_study.families, tree=by_behaviour, numbers=numbers, cut=1 - 1 / FACTOR, label=label)
