"""How a found rule relates to the rule that was to be found."""

from typing import Any

import numpy as np

from plastica.rules.base import Floats, Parameter
from plastica.rules.equation import are_coefficients, equation
from plastica.tasks.task import Task

SMALL = 0.05  # of a connection's largest coefficient: formulas leave out what is not larger


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


def equations(task: Task, theta: Floats, threshold: float = SMALL) -> dict[str, str]:
    """{connection: formula}; leaves out terms of at most `threshold` times the connection's largest coefficient."""
    cuts = _cuts(task, theta, threshold)
    return {c: str(equation(task.rules[c], part, cuts[c])) for c, part in task.split(theta).items()}


def left_out(task: Task, theta: Floats, threshold: float = SMALL) -> dict[str, dict[str, Any]]:
    """{connection: {"terms", "share_of_norm"}}: how many coefficients that are not zero `equations` leaves out, and
    their norm as a share of that of all."""
    cuts, whole = _cuts(task, theta, threshold), equations(task, theta, 0.0)
    found = {}
    for connection, formula in equations(task, theta, threshold).items():
        every = _coefficients(task, theta, connection)
        small = every[(np.abs(every) <= cuts[connection]) & (every != 0) & (formula != whole[connection])]
        share = float(np.linalg.norm(small) / np.linalg.norm(every)) if small.size else 0.0
        found[connection] = {"terms": small.size, "share_of_norm": share}
    return found


def constants(task: Task, theta: Floats) -> dict[str, dict[str, str]]:
    """{connection: {parameter: value and unit}} of what is no coefficient: times, and the like."""
    return {
        connection: {
            p.name: f"{value:.3g} {p.unit}".removesuffix(" 1")
            for p, value in zip(task.rules[connection].parameters(), part, strict=True)
            if _is_constant(p)
        }
        for connection, part in task.split(theta).items()
    }


def units(task: Task) -> dict[str, dict[str, str]]:
    """{connection: {coefficient: unit}}, where it is not 1."""
    return {
        connection: {p.name: p.unit for p in rule.parameters() if p.unit != "1" and not _is_constant(p)}
        for connection, rule in task.rules.items()
    }


def _is_constant(parameter: Parameter) -> bool:
    return parameter.transform == "log" or parameter.unit == "ms"


def _cuts(task: Task, theta: Floats, threshold: float) -> dict[str, float]:
    """{connection: `threshold` times its largest coefficient}."""
    return {c: threshold * float(np.max(np.abs(_coefficients(task, theta, c)), initial=0.0)) for c in task.rules}


def _coefficients(task: Task, theta: Floats, connection: str) -> Floats:
    return task.split(theta)[connection][are_coefficients(task.rules[connection])]
