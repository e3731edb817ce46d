"""What a found rule is worth: its loss on datasets that no search has seen, beside baselines."""

from collections.abc import Mapping
from typing import Annotated, Any

import numpy as np
from pydantic import Field, PositiveInt

from plastica.analysis.calibration import GENERATIONS, Evaluator, side_by_side
from plastica.analysis.standard_error import standard_error
from plastica.inner.keys import Key
from plastica.inner.outcome import count_outcomes
from plastica.rules.base import Floats
from plastica.section import Section
from plastica.tasks.task import Evaluation, Task

Json = dict[str, Any]


class HeldOut(Section):
    """How much is spent on the final evaluation."""

    count: Annotated[int, Field(ge=1, le=100_000)] = Field(default=200, description="held-out datasets")
    random_rules: Annotated[int, Field(ge=1, le=10_000)] = Field(
        default=100, description="random initial rules among the baselines"
    )
    selection: Annotated[int, Field(ge=1, le=10_000)] = Field(
        default=40, description="further datasets, on which the factors of calibrated baselines are chosen"
    )
    few: Annotated[int, Field(ge=0)] = Field(
        default=0, description="of these, how many a generation of that choice sees, where trials are long; 0: all"
    )
    generations: PositiveInt = Field(default=GENERATIONS, description="of that choice")


def evaluate_held_out(task: Task, theta: Floats, seed: int, section: HeldOut, evaluator: Evaluator) -> Json:
    """The learned rule [P] and its baselines on held-out datasets, as plain data.

    loss: mean over datasets; baselines: the same for no plasticity, the mean of random initial rules, the known rule as
    published and calibrated, and the task's own baselines, calibrated too; difference: learned minus each baseline,
    paired over datasets; details: for each of them the standard error over datasets, the outcomes and the mean of every
    metric, and theta where it is one rule. Calibration never sees the held-out datasets.
    """
    candidates = {
        "learned": theta[None],
        "no_plasticity": task.space.zero[None],
        "random_rules": task.space.draw(Key(seed, "baseline").generator(), section.random_rules),
        **_known_rules(task, seed, section, evaluator),
    }
    keys = task.keys(seed, "held-out", section.count)
    evaluation = evaluator.evaluate(np.concatenate(list(candidates.values())), keys)
    details, losses, first = {}, {}, 0
    for name, thetas in candidates.items():
        rows = slice(first, first := first + len(thetas))
        losses[name] = evaluation.loss[rows].mean(axis=0)
        details[name] = summarised(evaluation, rows)
        if len(thetas) == 1:
            details[name]["theta"] = dict(zip(task.space.names, thetas[0].tolist(), strict=True))
    names = ("no_plasticity", "random_rules", "known_rule", "known_rule_calibrated", *task.baselines)
    return {
        "loss": details["learned"]["loss"],
        "datasets": section.count,
        "baselines": {name: details[name]["loss"] if name in details else None for name in names},
        "difference": {
            name: mean_and_error(losses["learned"] - losses[name]) if name in losses else None for name in names
        },
        "details": details,
    }


def _known_rules(task: Task, seed: int, section: HeldOut, evaluator: Evaluator) -> Mapping[str, Floats]:
    """The known rule as published, and those that are calibrated, each [1, P]; those that the task can express."""
    published = task.known_theta(task.targets)
    forms = {"known_rule_calibrated": published}
    forms |= {name: task.known_theta(rules) for name, rules in task.baselines.items()}
    stated = {name: form for name, form in forms.items() if form is not None}
    keys = task.keys(seed, "selection", section.selection)
    if stated:
        evaluator.prepare(keys)
    best = side_by_side(task, list(stated.values()), keys, seed, evaluator, None, section.generations, section.few)
    evaluator.prepare(())
    found = {} if published is None else {"known_rule": published[None]}
    return found | {name: theta[None] for name, theta in zip(stated, best, strict=True)}


def summarised(evaluation: Evaluation, rows: slice) -> Json:
    """What some candidates of a population made of all datasets, taken together."""
    loss = evaluation.loss[rows]
    mean = mean_and_error(loss.mean(axis=0))
    return {
        "loss": mean["mean"],
        "standard_error": mean["standard_error"],
        "median": float(np.median(loss)),
        "outcomes": count_outcomes(evaluation.outcome[rows]),
        "metrics": {name: float(values[rows].mean()) for name, values in evaluation.metrics.items()},
    }


def mean_and_error(values: Floats) -> dict[str, float]:
    """The mean over datasets [D] and its standard error, which is 0 for a single one."""
    return {"mean": float(values.mean()), "standard_error": float(standard_error(values))}
