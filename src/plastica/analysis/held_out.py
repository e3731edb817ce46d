"""What a found rule is worth: its loss on datasets that no search has seen, beside baselines."""

from collections.abc import Callable, Sequence
from itertools import product
from typing import Any

import numpy as np
from pydantic import Field, PositiveInt

from plastica.inner.keys import Key
from plastica.inner.outcome import count_outcomes
from plastica.rules.base import Floats
from plastica.section import Section
from plastica.tasks.task import Evaluation, Task

Evaluate = Callable[[Floats, Sequence[Key]], Evaluation]
WIDEST_SCALE = 16.0


class HeldOut(Section):
    """How much is spent on the final evaluation."""

    count: PositiveInt = Field(200, description="held-out datasets")
    random_rules: PositiveInt = Field(100, description="random initial rules among the baselines")


def known_theta(task: Task) -> Floats | None:
    """The target rules as one theta [P]; None if there is none for some searched connection."""
    targets = task.target_thetas()
    searched = [c for c in task.network.connections if task.rules[c].parameters()]
    return np.concatenate([targets[c] for c in searched]) if all(c in targets for c in searched) else None


def evaluate_held_out(task: Task, theta: Floats, seed: int, section: HeldOut, evaluate: Evaluate) -> dict[str, Any]:
    """The learned rule [P] and its baselines on held-out datasets, as plain data.

    loss: mean over datasets; baselines: the same for no plasticity, the mean of random initial rules, the known rule
    and the known rule at its best scale; details: for each of them the standard error over datasets, the outcomes and
    the mean of every metric.
    """
    keys = task.keys(seed, "held-out", section.count)
    random_rules = task.space.draw(Key(seed, "baseline").generator(), section.random_rules)
    candidates = {"learned": theta[None], "no_plasticity": np.zeros_like(theta)[None], "random_rules": random_rules}
    known = known_theta(task)
    if known is not None:
        candidates["known_rule"] = known[None]
        candidates["known_rule_best_scale"] = best_scale(task, known, keys, evaluate)[None]
    evaluation = evaluate(np.concatenate(list(candidates.values())), keys)
    details = {}
    row = 0
    for name, thetas in candidates.items():
        rows = slice(row, row + len(thetas))
        row += len(thetas)
        details[name] = _summary(evaluation, rows)
    baselines = {name: details.get(name, {}).get("loss") for name in _BASELINES}
    if known is not None:
        scale = candidates["known_rule_best_scale"][0] / np.where(known, known, 1)
        scales = {c: float(np.max(part, initial=0.0)) for c, part in task.split(scale).items()}
        details["known_rule_best_scale"]["scale"] = scales
    return {"loss": details["learned"]["loss"], "datasets": section.count, "baselines": baselines, "details": details}


_BASELINES = ("no_plasticity", "random_rules", "known_rule", "known_rule_best_scale")


def best_scale(task: Task, known: Floats, keys: Sequence[Key], evaluate: Evaluate) -> Floats:
    """The known rule [P], the part of each connection times the factor that makes the loss on these datasets least.

    The factors are chosen on the very datasets that the rule is then scored on, which favours this baseline. A grid of
    factors from 1/16 to 16 on a quarter of the datasets, then a finer one around the best on all of them.
    """
    parts = [part for part in task.split(known).values() if part.size]
    steps = np.linspace(-np.log(WIDEST_SCALE), np.log(WIDEST_SCALE), 33 if len(parts) == 1 else 13)
    center = np.zeros(len(parts))
    for data, offsets in ((keys[: -(-len(keys) // 4)], steps), (keys, steps / (len(steps) - 1))):
        logs = center + np.array(list(product(offsets, repeat=len(parts))))
        factors = np.exp(logs)
        thetas = np.concatenate([factors[:, [k]] * part for k, part in enumerate(parts)], axis=1)
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
