"""A rule of a rate network as a polynomial in x, y and w, where it is one: what the fast kernels compute with."""

from collections.abc import Iterable
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from plastica.rules.base import Floats, Rule
from plastica.rules.polynomial import Terms, terms_of
from plastica.rules.readers import NUMPY, read

VARIABLES = ("x", "y", "w")
HIGHEST = 4  # power of a variable that the kernels are made for


@lru_cache(maxsize=256)
def terms(rule: Rule) -> Terms | None:
    """{(powers of x, y, w): coefficient} of the change of a weight; None for any other rule."""
    return terms_of(rule.formulas["change"], VARIABLES, HIGHEST)


def order_of(rules: Iterable[Rule]) -> int | None:
    """The highest power in any of the rules, at least 1; None where one of them is no such polynomial."""
    orders = [_order(rule) for rule in rules]
    return None if None in orders else max(order for order in orders if order is not None)


def dense_coefficients(rule: Rule, thetas: Floats, order: int) -> Floats:
    """Coefficients [R, order + 1, order + 1, order + 1] of x^a y^b w^d of thetas [R, P].

    Raises ValueError for a rule that is no polynomial.
    """
    places, columns, others = _reading(rule)
    dense = np.zeros((len(thetas), *(order + 1,) * len(VARIABLES)))
    dense[:, places[0], places[1], places[2]] = thetas[:, columns]
    if others:
        values = {parameter.name: thetas[:, k] for k, parameter in enumerate(rule.parameters())}
        with np.errstate(all="ignore"):  # an infinite coefficient is a trial's outcome, not an error
            for (a, b, d), coefficient in others.items():
                dense[:, a, b, d] = read(coefficient, NUMPY, values)
    return dense


@lru_cache(maxsize=256)
def _order(rule: Rule) -> int | None:
    found = terms(rule)
    return None if found is None else max(1, *(power for powers in found for power in powers))


@lru_cache(maxsize=256)
def _reading(rule: Rule) -> tuple[NDArray[np.int64], list[int], Terms]:
    """Coefficients that are parameters themselves, as their powers [3, n] and columns of theta [n]; and all others."""
    found = terms(rule)
    if found is None:
        raise ValueError(f"a rule of the kind {rule.kind} is no polynomial in {', '.join(VARIABLES)}")
    names = [parameter.name for parameter in rule.parameters()]
    plain = {powers: names.index(c.arguments[0]) for powers, c in found.items() if c.operation == "name"}
    places = np.array(list(plain), dtype=np.int64).reshape(-1, len(VARIABLES)).T
    return places, list(plain.values()), {powers: c for powers, c in found.items() if powers not in plain}
