"""How a found rule relates to the rule that was to be found."""

from typing import TYPE_CHECKING, Any

import numpy as np

from plastica.rules.base import Floats, Parameter, Rule
from plastica.rules.equation import are_coefficients, equation
from plastica.tasks.task import Task

if TYPE_CHECKING:
    import sympy

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


def readable(rule: Rule, theta: Floats, threshold: float = SMALL) -> "sympy.Expr":
    """The equation of a rule [P], without the terms of at most `threshold` times its largest coefficient."""
    return equation(rule, theta, _cut(rule, theta, threshold))


def equations(task: Task, theta: Floats, threshold: float = SMALL) -> dict[str, str]:
    """{connection: formula}, as `readable` makes it."""
    return {c: str(readable(task.rules[c], part, threshold)) for c, part in task.split(theta).items()}


def left_out(task: Task, theta: Floats, threshold: float = SMALL) -> dict[str, dict[str, Any]]:
    """{connection: {"terms", "share_of_norm"}}: how many coefficients that are not zero `equations` leaves out, and
    their norm as a share of that of all."""
    parts, whole = task.split(theta), equations(task, theta, 0.0)
    found = {}
    for connection, formula in equations(task, theta, threshold).items():
        rule = task.rules[connection]
        every, cut = _coefficients(rule, parts[connection]), _cut(rule, parts[connection], threshold)
        small = every[(np.abs(every) <= cut) & (every != 0) & (formula != whole[connection])]
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


def _cut(rule: Rule, theta: Floats, threshold: float) -> float:
    """`threshold` times the largest coefficient of a rule [P]."""
    return threshold * float(np.max(np.abs(_coefficients(rule, theta)), initial=0.0))


def _coefficients(rule: Rule, theta: Floats) -> Floats:
    return theta[are_coefficients(rule)]
