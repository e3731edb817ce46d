"""What is told of a rule: equations, what they leave out, constants, units, and the known rules beside it."""

from typing import Any

from plastica.analysis.compare_rules import SMALL, angles_to_targets, constants, equations, left_out, units
from plastica.analysis.identify import nearest
from plastica.rules.base import Floats
from plastica.rules.equation import left_side
from plastica.tasks.task import Task


def told(task: Task, theta: Floats, threshold: float = SMALL) -> dict[str, Any]:
    """A rule [P] as plain data, by connection; an equation has the terms above `threshold` times its largest."""
    angles = angles_to_targets(task, theta)
    return {
        "theta": dict(zip(task.space.names, theta.tolist(), strict=True)),
        "equation": equations(task, theta, threshold),
        "equation_left_out": left_out(task, theta, threshold),
        "constants": constants(task, theta),
        "units": units(task),
        "change": {connection: left_side(task.rules[connection]) for connection in task.network.connections},
        "angle_deg": {connection: float(angle) for connection, angle in angles.items()},
        "nearest": nearest(task, theta),
    }
