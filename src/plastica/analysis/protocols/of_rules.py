"""Which protocols the rule of each connection of a task goes through: those of the events that it states."""

from typing import Any

import numpy as np

from plastica.analysis.protocols.activities import of_activities
from plastica.analysis.protocols.response import Response
from plastica.analysis.protocols.spikes import of_spikes
from plastica.errors import UserError
from plastica.inner.stepwise.activation import ACTIVATIONS
from plastica.rules.base import Floats, Rule
from plastica.tasks.task import Task

WEIGHTS = np.array([0.1, 0.5, 0.9])  # initial ones, in units of the largest weight, or of 1 where there is none
CHANGE, SPIKES = {"change"}, {"on_pre", "on_post"}


def protocols(task: Task, theta: Floats, seed: int = 1) -> dict[str, dict[str, Response]]:
    """{connection: {protocol: response}} of a rule [P]; Poisson trains are drawn from the seed.

    Of rules for spikes: window, frequency, triplets, quadruplets, rates (`spikes`). Of rules for rates: change, one
    against each further quantity, mean, fixed-points (`activities`). Raises UserError where no connection has a rule
    that states such events in quantities that protocols give a value.
    """
    parts = task.split(np.asarray(theta, dtype=float))
    found = {
        c: _of_rule(task.network, task.rules[c], part, seed) for c, part in parts.items() if readable(task.rules[c])
    }
    if not found:
        events = ", ".join(f"rules.{c} states {' and '.join(rule.formulas)}" for c, rule in task.rules.items())
        raise UserError(
            f"{events}: a protocol reads a change in activities, or on_pre and on_post in traces and the weight"
        )
    return found


def readable(rule: Rule) -> bool:
    """Whether a protocol gives a value to all that the rule reads."""
    events = set(rule.formulas)
    if events != SPIKES:
        return events == CHANGE
    own = {"w", *(trace.name for trace in rule.traces), *(parameter.name for parameter in rule.parameters())}
    return all(set(tree.names) <= own for tree in rule.formulas.values())


def _of_rule(network: Any, rule: Rule, theta: Floats, seed: int) -> dict[str, Response]:
    if set(rule.formulas) == SPIKES:
        return of_spikes(rule, theta, WEIGHTS * (np.max(getattr(network, "weight_max", 0.0)) or 1.0), seed)
    activation = str(getattr(network, "activation", "linear"))
    return of_activities(rule, theta, activation if activation in ACTIVATIONS else "linear")
