"""Which rules of the literature a found one resembles, ranked; and what the nearest of them are worth in its task."""

from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager, suppress
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from plastica.analysis.calibration import Evaluator, calibrated
from plastica.analysis.held_out import HeldOut, mean_and_error, summarised
from plastica.analysis.resemblance import Found, Resemblance, resemblance
from plastica.rules.base import Floats, Rule
from plastica.rules.catalogue import CATALOGUE
from plastica.rules.catalogue.entry import Entry
from plastica.rules.formula import formula_of
from plastica.tasks.task import Task

Json = dict[str, Any]
Start = Callable[[Task], AbstractContextManager[Evaluator]]

TIE_DEG = 0.5  # angles that differ by less are equal: the rule with fewer factors comes first
NEAREST = 5  # rules of each connection that are tried in the task
MOST_SELECTION = 20  # datasets on which their factors are chosen, at most
GENERATIONS = 20  # of that choice


def compared(task: Task, theta: Floats) -> dict[str, list[Json]]:
    """{connection: known rules, the nearest first} for each searched connection of a rule [P]; simulates nothing.

    Known rules that read what the network does not offer are left out (`beyond_reach`), and so is no plasticity. They
    are ranked by the angle with free factors; among those within `TIE_DEG` of the nearest that is left, the one with
    the fewest factors is next.
    """
    parts = task.split(theta) if np.isfinite(theta).all() and theta.any() else {}
    found = {c: Found(rule, parts[c]) for c, rule in task.rules.items() if c in parts and rule.parameters()}
    return {
        connection: _ranked(_row(entry, resemblance(one, entry)) for entry in within_reach(task, connection))
        for connection, one in found.items()
    }


def nearest(task: Task, theta: Floats) -> dict[str, Json]:
    """{connection: the nearest known rule} of those that have any."""
    return {connection: rows[0] for connection, rows in compared(task, theta).items() if rows}


def identify(task: Task, theta: Floats, seed: int, section: HeldOut, start: Start) -> dict[str, list[Json]]:
    """As `compared`, and of the nearest of each connection that the network can run, their `behaviour`: what becomes of
    the task with that rule in the place of the found one, while all other connections keep theirs.

    Its factors are chosen by `calibrated` on datasets of the purpose `selection`, from those of the nearest rule and
    from the published ones. On the run's held-out datasets: loss, standard error and outcomes as in
    `evaluate_held_out`, `difference`: the found rule minus this, paired over datasets; and the chosen `parameters`.
    """
    found = compared(task, theta)
    keys = task.keys(seed, "held-out", section.count)
    with start(task) as evaluator:
        learned = evaluator.evaluate(theta[None], keys).loss[0]
    for connection, rows in found.items():
        for row in _tried(task, connection, rows):
            row["behaviour"] = _behaviour(task, theta, connection, row, learned, seed, section, start)
    return found


def within_reach(task: Task, connection: str) -> list[Entry]:
    """The known rules that have something to compare, and read what the network offers."""
    events, offered = set(task.rules[connection].formulas), _offered(task, task.rules[connection])
    return [one for one in _of(events) if one.factors and not _lacking(one, offered)]


def beyond_reach(task: Task, connection: str) -> dict[str, list[str]]:
    """{known rule of the same events: quantities that it reads and the network does not offer}."""
    events, offered = set(task.rules[connection].formulas), _offered(task, task.rules[connection])
    return {one.name: lacking for one in _of(events) if (lacking := _lacking(one, offered))}


def _of(events: set[str]) -> list[Entry]:
    return [entry for entry in CATALOGUE.values() if set(entry.formulas) == events]


def _lacking(entry: Entry, offered: set[str]) -> list[str]:
    return [word for word in entry.reads if word not in offered]


def _offered(task: Task, rule: Rule) -> set[str]:
    """The quantities that the network states; where it states none, those that the rule reads."""
    stated: Mapping[str, Iterable[str]] = getattr(task.network, "quantities", {})
    if stated:
        return {word for words in stated.values() for word in words}
    own = {p.name for p in rule.parameters()} | {trace.name for trace in rule.traces}
    return {word for tree in rule.formulas.values() for word in tree.names} - own


def _row(entry: Entry, found: Resemblance) -> Json:
    return {
        "rule": entry.name,
        "title": entry.title,
        "source": entry.source,
        "angle_deg": found.angle_deg,
        "angle_free_deg": found.angle_free_deg,
        "factors": found.factors,
        "space": found.space,
    }


def _ranked(rows: Iterable[Json]) -> list[Json]:
    left, ranked = sorted(rows, key=lambda row: row["angle_free_deg"]), []
    while left:
        tied = [row for row in left if row["angle_free_deg"] <= left[0]["angle_free_deg"] + TIE_DEG]
        ranked.append(min(tied, key=lambda row: (len(row["factors"]), row["angle_free_deg"])))
        left.remove(ranked[-1])
    return ranked


def _with(task: Task, connection: str, rule: Rule) -> Task:
    """The task with another rule of a connection."""
    return replace(task, rules={**task.rules, connection: rule}, targets={}, baselines={})


def _tried(task: Task, connection: str, rows: Iterable[Json]) -> list[Json]:
    """The nearest that the network takes."""
    found: list[Json] = []
    for row in rows:
        with suppress(ValueError):
            _with(task, connection, formula_of(CATALOGUE[row["rule"]])).check()
            found.append(row)
        if len(found) == NEAREST:
            break
    return found


def _behaviour(
    task: Task, theta: Floats, connection: str, row: Json, learned: Floats, seed: int, section: HeldOut, start: Start
) -> Json:
    entry = CATALOGUE[row["rule"]]
    rule = formula_of(entry)
    changed, names = _with(task, connection, rule), [parameter.name for parameter in rule.parameters()]
    nearest_values = entry.parameters | {name: value for name, value in row["factors"].items() if value}
    parts = [[values[name] for name in names] for values in (entry.parameters, nearest_values)]
    forms = np.stack([_joined(task, task.split(theta), connection, np.array(part)) for part in parts])
    fixed = {c: np.zeros(part.size, bool) for c, part in task.split(theta).items()}
    free = _joined(task, fixed, connection, np.array([name in entry.factors for name in names]))
    selection = changed.keys(seed, "selection", min(section.selection, MOST_SELECTION))
    with start(changed) as evaluator:
        evaluator.prepare(selection)
        best = calibrated(changed, forms, selection, seed, evaluator, free, GENERATIONS, section.few)
        evaluator.prepare(())
        evaluation = evaluator.evaluate(best[None], changed.keys(seed, "held-out", section.count))
    summary = summarised(evaluation, slice(None))
    return {
        **{key: summary[key] for key in ("loss", "standard_error", "median", "outcomes")},
        "difference": mean_and_error(learned - evaluation.loss[0]),
        "parameters": dict(zip(names, changed.split(best)[connection].tolist(), strict=True)),
    }


def _joined(task: Task, parts: Mapping[str, NDArray[Any]], connection: str, own: NDArray[Any]) -> NDArray[Any]:
    """What each connection has, side by side, with `own` for one of them."""
    return np.concatenate([own if c == connection else parts[c] for c in task.network.connections])
