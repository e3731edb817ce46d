"""What a network of one constant rate scores that is to tell patterns apart, beside what was measured."""

from collections.abc import Mapping
from typing import Any

from plastica.rules.base import Floats
from plastica.tasks.task import Task


def theory(task: Task, theta: Floats, seed: int, measured: Mapping[str, float]) -> dict[str, Any]:
    """The floor that only a network that tells them apart can pass, the rate that reaches it, and the rates that were
    measured, as plain data."""
    network: Any = task.network
    loss: Any = task.loss
    lengths = {name: one.stop - one.start for name, one in network.recorded.items()}
    floor, rate_hz = loss.floor(*(sum(lengths[name] for name in names) for names in (loss.familiar, loss.novel)))
    return {
        "constant_rate_loss": floor,
        "constant_rate_hz": rate_hz,
        "measured_familiar_hz": measured["rate_familiar_hz"],
        "measured_novel_hz": measured["rate_novel_hz"],
        "beats_constant_rate": bool(measured["better_than_constant"] > 0),
    }
