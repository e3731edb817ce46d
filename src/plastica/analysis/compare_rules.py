"""How a found rule relates to the rule that was to be found."""

import numpy as np

from plastica.rules.base import Floats
from plastica.tasks.task import Task


def angle_deg(a: Floats, b: Floats) -> Floats:
    """Angle between vectors of coefficients along the last axis, in degrees (Fig. 1C); 90 if one is zero."""
    norms = np.linalg.norm(a, axis=-1) * np.linalg.norm(b, axis=-1)
    cosine = np.divide((a * b).sum(axis=-1), norms, out=np.zeros(np.shape(norms)), where=norms > 0)
    return np.degrees(np.arccos(np.clip(cosine, -1.0, 1.0)))


def angles_to_targets(task: Task, thetas: Floats) -> dict[str, Floats]:
    """{connection: degrees [...]} between the coefficients of thetas [..., P] and those of each expressible target."""
    parts, linear = task.split(thetas), task.split(task.space.linear)
    return {
        connection: angle_deg(parts[connection][..., linear[connection]], target[linear[connection]])
        for connection, target in task.known_thetas(task.targets).items()
    }


def equations(task: Task, theta: Floats, threshold: float = 0.05) -> dict[str, str]:
    """{connection: formula}; leaves out terms below `threshold` times the connection's largest coefficient."""
    formulas = {}
    linear = task.split(task.space.linear)
    for connection, part in task.split(theta).items():
        rule = task.rules[connection]
        cut = threshold * float(np.max(np.abs(part[linear[connection]]), initial=0.0))
        formulas[connection] = str(rule.equation(part, cut))
    return formulas
