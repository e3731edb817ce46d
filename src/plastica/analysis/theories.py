"""Which theory speaks of a task, and what it says of the learned rule."""

from collections.abc import Callable, Mapping
from typing import Any

from plastica.analysis import balance, constant_rate, recurrent_balance
from plastica.rules.base import Floats
from plastica.tasks.task import Task

# Of the kinds of network, of its rules and of the loss: what a theory can speak of.
THEORIES: Mapping[tuple[str, ...], Callable[[Task, Floats, int, Mapping[str, float]], dict[str, Any]]] = {
    ("spiking-neuron", "spike-pair", "target-rate"): balance.theory,
    **{("recurrent", *("spike-pair",) * n, "population-rate"): recurrent_balance.theory for n in range(1, 5)},
    **{("recurrent", *("spike-pair",) * n, "familiarity"): constant_rate.theory for n in range(1, 5)},
}


def theory(task: Task, theta: Floats, seed: int, measured: Mapping[str, float]) -> dict[str, Any] | None:
    """What theory says of a rule [P], beside its `measured` metrics, as plain data; None where there is no theory."""
    parts: tuple[Any, ...] = (task.network, *task.rules.values(), task.loss)
    speaks = THEORIES.get(tuple(getattr(part, "kind", "") for part in parts))  # parts of a user's own may have none
    return speaks(task, theta, seed, measured) if speaks else None
