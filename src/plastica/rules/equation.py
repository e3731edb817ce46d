"""The equation of a rule of any kind, by sympy: what is printed, and what LaTeX and exports are made from."""

from collections.abc import Mapping
from math import inf
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from plastica.rules.base import Floats, Rule
from plastica.rules.expression import Expression, fold
from plastica.rules.readers import read, sympy_reader

if TYPE_CHECKING:
    import sympy

DIGITS = 3
TRAINS = {"on_pre": "S_pre", "on_post": "S_post"}  # the spikes at which an event happens


def left_side(rule: Rule) -> str:
    """What the equation is equal to."""
    return "dw / eta" if "change" in rule.formulas else "dw / dt"


def equation(rule: Rule, theta: Floats, threshold: float = 0.0) -> "sympy.Expr":
    """The rule with the numbers of theta [P], without the terms whose coefficient is at most `threshold` in absolute
    value. Of a spiking rule, the change of the weight: what each spike of S_pre and of S_post adds to it."""
    import sympy

    numbers = _numbers(rule, theta, threshold)
    events = [_at(event, tree, numbers) for event, tree in rule.formulas.items()]
    terms = sympy.Add(*(_with_point(term) for event in events for term in sympy.Add.make_args(event)))
    rounded = {value: sympy.Float(float(f"{value:.{DIGITS}g}"), DIGITS) for value in terms.atoms(sympy.Float)}
    return terms.xreplace(rounded)


def are_coefficients(rule: Rule) -> NDArray[np.bool_]:
    """Which parameters [P] only multiply: a term whose coefficient is zero is not there, but 1 / tau and tanh(a x) are
    no terms of tau and of a."""
    degrees = [fold(tree, _leaf_degrees, _degrees) for tree in rule.formulas.values()]
    return np.array(
        [
            parameter.transform != "log" and all(one.get(parameter.name, 0) <= 1 for one in degrees)
            for parameter in rule.parameters()
        ],
        dtype=bool,
    )


def _at(event: str, tree: Expression, numbers: Mapping[str, Any]) -> "sympy.Expr":
    """What happens at one event, times the spikes at which it does."""
    import sympy

    symbols = {word: numbers.get(word, sympy.Symbol(word)) for word in tree.names}
    value = read(tree, sympy_reader(), symbols)
    if event == "change":
        return value
    change = sympy.expand(sympy.piecewise_fold(value - sympy.Symbol("w")))
    return sympy.expand(sympy.Symbol(TRAINS[event]) * change)


def _with_point(term: "sympy.Expr") -> "sympy.Expr":
    """1.0*x*y for x*y: a rule's coefficients are no whole numbers, also where one happens to be."""
    import sympy

    coefficient, rest = term.as_coeff_Mul()
    return sympy.Float(coefficient) * rest if coefficient.is_Integer and not rest.has(sympy.Function) else term


def _numbers(rule: Rule, theta: Floats, threshold: float) -> dict[str, Any]:
    """{parameter: number}, zero for coefficients that are small."""
    import sympy

    small = are_coefficients(rule) & (np.abs(theta) <= threshold)
    return {
        parameter.name: sympy.Integer(0) if zero else sympy.Float(float(value))
        for parameter, value, zero in zip(rule.parameters(), theta, small, strict=True)
    }


Degrees = Mapping[str, float]  # of an expression in each of its names; infinite where it is no polynomial in one


def _leaf_degrees(operation: str, value: Any) -> Degrees:
    return {value: 1} if operation == "name" else {}


def _degrees(operation: str, *parts: Degrees) -> Degrees:
    if operation in ("add", "subtract", "negative"):
        return _highest(*parts)
    if operation == "multiply":
        return {word: parts[0].get(word, 0) + parts[1].get(word, 0) for word in _highest(*parts)}
    if operation == "divide":
        return _highest(parts[0], dict.fromkeys(parts[1], inf))
    if operation == "where":
        return _highest(dict.fromkeys(parts[0], inf), *parts[1:])
    return dict.fromkeys(_highest(*parts), inf)  # also of powers: a coefficient has none


def _highest(*parts: Degrees) -> Degrees:
    return {word: max(part.get(word, 0) for part in parts) for word in dict.fromkeys(w for part in parts for w in part)}
