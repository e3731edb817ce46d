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
    """{connection: degrees [...]} of thetas [..., P], for each connection whose target its rule can express."""
    parts = task.split(thetas)
    known = task.known_thetas(task.targets)
    return {connection: angle_deg(parts[connection], target) for connection, target in known.items()}


def equations(task: Task, theta: Floats, threshold: float = 0.05) -> dict[str, str]:
    """{connection: formula}; leaves out terms below `threshold` times the connection's largest coefficient."""
    formulas = {}
    for connection, part in task.split(theta).items():
        rule = task.rules[connection]
        cut = threshold * float(np.max(np.abs(part), initial=0.0))
        formulas[connection] = str(rule.equation(part, cut))
    return formulas
