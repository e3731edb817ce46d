"""Which theory speaks of a task, and what it says of the learned rule."""

from collections.abc import Callable, Mapping
from typing import Any

from plastica.analysis import balance, constant_rate, recurrent_balance
from plastica.rules.base import Floats
from plastica.tasks.task import Task

Theory = Callable[[Task, Floats, int, Mapping[str, float]], dict[str, Any]]

PAIRS = frozenset({"spike-pair"})
SPIKING = PAIRS | {"formula", "spike-polynomial", "spike-perceptron"}
# Of the kinds of network and of loss: the kinds of rules that a theory can speak of, and what it says.
THEORIES: Mapping[tuple[str, str], tuple[frozenset[str], Theory]] = {
    ("spiking-neuron", "target-rate"): (PAIRS, balance.theory),
    ("recurrent", "population-rate"): (SPIKING, recurrent_balance.theory),
    ("recurrent", "familiarity"): (SPIKING, constant_rate.theory),
}


def theory(task: Task, theta: Floats, seed: int, measured: Mapping[str, float]) -> dict[str, Any] | None:
    """What theory says of a rule [P], beside its `measured` metrics, as plain data; None where there is no theory."""
    kinds, speaks = THEORIES.get((_kind(task.network), _kind(task.loss)), (PAIRS, None))
    if speaks is None or not {_kind(rule) for rule in task.rules.values()} <= kinds:
        return None
    return speaks(task, theta, seed, measured)


def _kind(part: Any) -> str:
    """A user's own part may have none."""
    return getattr(part, "kind", "")
