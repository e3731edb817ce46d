"""A rule of a rate network as a polynomial in x, y and w, where it is one: what the fast kernels compute with."""

from collections.abc import Iterable
from functools import lru_cache

import numpy as np

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
    every = [terms(rule) for rule in rules]
    powers = [power for found in every if found is not None for each in found for power in each]
    return None if None in every else max(1, *powers)


def dense_coefficients(rule: Rule, thetas: Floats, order: int) -> Floats:
    """Coefficients [R, order + 1, order + 1, order + 1] of x^a y^b w^d of thetas [R, P].

    Raises ValueError for a rule that is no polynomial.
    """
    found = terms(rule)
    if found is None:
        raise ValueError(f"a rule of the kind {rule.kind} is no polynomial in {', '.join(VARIABLES)}")
    values = {parameter.name: thetas[:, k] for k, parameter in enumerate(rule.parameters())}
    dense = np.zeros((len(thetas), *(order + 1,) * len(VARIABLES)))
    with np.errstate(all="ignore"):  # an infinite coefficient is a trial's outcome, not an error
        for powers, coefficient in found.items():
            dense[(slice(None), *powers)] = read(coefficient, NUMPY, values)
    return dense
