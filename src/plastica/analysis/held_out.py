"""What a found rule is worth: its loss on datasets that no search has seen, beside baselines."""

from collections.abc import Callable, Sequence
from itertools import product
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, PositiveInt

from plastica.inner.keys import Key
from plastica.inner.outcome import count_outcomes
from plastica.rules.base import Floats
from plastica.section import Section
from plastica.tasks.task import Evaluation, Task

Evaluate = Callable[[Floats, Sequence[Key]], Evaluation]
Indices = NDArray[np.int64]
WIDEST_SCALE = 16.0


class HeldOut(Section):
    """How much is spent on the final evaluation."""

    count: PositiveInt = Field(200, description="held-out datasets")
    random_rules: PositiveInt = Field(100, description="random initial rules among the baselines")


def evaluate_held_out(task: Task, theta: Floats, seed: int, section: HeldOut, evaluate: Evaluate) -> dict[str, Any]:
    """The learned rule [P] and its baselines on held-out datasets, as plain data.

    loss: mean over datasets; baselines: the same for no plasticity, the mean of random initial rules, the known rule,
    the known rule at its best scale, and the task's own baselines; details: for each of them the standard error over
    datasets, the outcomes and the mean of every metric.
    """
    keys = task.keys(seed, "held-out", section.count)
    candidates = {
        "learned": theta[None],
        "no_plasticity": task.space.zero[None],
        "random_rules": task.space.draw(Key(seed, "baseline").generator(), section.random_rules),
    }
    known = task.known_theta(task.targets)
    if known is not None:
        candidates["known_rule"] = known[None]
        candidates["known_rule_best_scale"] = best_scale(task, known, by_connection(task), keys, evaluate)[None]
    for name, rules in task.baselines.items():
        point = task.known_theta(rules)
        if point is not None:
            candidates[name] = best_scale(task, point, _by_coefficient(task, point), keys, evaluate)[None]
    evaluation = evaluate(np.concatenate(list(candidates.values())), keys)
    ends = np.cumsum([len(thetas) for thetas in candidates.values()])
    details = {
        name: _summary(evaluation, slice(end - len(thetas), end))
        for (name, thetas), end in zip(candidates.items(), ends, strict=True)
    }
    for name, thetas in candidates.items():
        if len(thetas) == 1:
            details[name]["theta"] = dict(zip(task.space.names, thetas[0].tolist(), strict=True))
    names = ("no_plasticity", "random_rules", "known_rule", "known_rule_best_scale", *task.baselines)
    baselines = {name: details[name]["loss"] if name in details else None for name in names}
    return {"loss": details["learned"]["loss"], "datasets": section.count, "baselines": baselines, "details": details}


def by_connection(task: Task) -> list[Indices]:
    """The coefficients of each searched connection, which a change of its learning rate scales together."""
    everything = task.split(np.arange(task.space.size))
    groups = [part[task.space.linear[part]] for part in everything.values()]
    return [group for group in groups if group.size]


def _by_coefficient(task: Task, theta: Floats) -> list[Indices]:
    """Each coefficient that is not zero, by itself."""
    return [np.array([k]) for k in np.flatnonzero(task.space.linear & (theta != 0))]


def best_scale(task: Task, known: Floats, groups: list[Indices], keys: Sequence[Key], evaluate: Evaluate) -> Floats:
    """A known rule [P], each group of its coefficients times the factor that makes the loss on these datasets least.

    The factors are chosen on the very datasets that the rule is then scored on, which favours this baseline. A grid of
    factors from 1/16 to 16 on a quarter of the datasets, then a finer one around the best on all of them.
    """
    steps = np.linspace(-np.log(WIDEST_SCALE), np.log(WIDEST_SCALE), 33 if len(groups) == 1 else 13)
    center = np.zeros(len(groups))
    for data, offsets in ((keys[: -(-len(keys) // 4)], steps), (keys, steps / (len(steps) - 1))):
        logs = center + np.array(list(product(offsets, repeat=len(groups))))
        thetas = np.tile(known, (len(logs), 1))
        for k, group in enumerate(groups):
            thetas[:, group] *= np.exp(logs[:, [k]])
        best = int(np.argmin(evaluate(thetas, data).loss.mean(axis=1)))
        center = logs[best]
    return thetas[best]


def _summary(evaluation: Evaluation, rows: slice) -> dict[str, Any]:
    loss = evaluation.loss[rows]
    per_dataset = loss.mean(axis=0)
    return {
        "loss": float(loss.mean()),
        "standard_error": float(per_dataset.std(ddof=1) / np.sqrt(len(per_dataset))) if len(per_dataset) > 1 else 0.0,
        "median": float(np.median(loss)),
        "outcomes": count_outcomes(evaluation.outcome[rows]),
        "metrics": {name: float(values[rows].mean()) for name, values in evaluation.metrics.items()},
    }
