"""Polynomials as expressions: sums of coefficients times powers of variables."""

from collections.abc import Mapping, Sequence
from functools import reduce
from operator import mul

from plastica.rules.expression import Expression, name, number


def polynomial(terms: Mapping[tuple[int, ...], Expression], variables: Sequence[str]) -> Expression:
    """sum of coefficient * v1**a * v2**b * ... over terms {(a, b, ...): coefficient}; zero without any."""

    def term(powers: tuple[int, ...], coefficient: Expression) -> Expression:
        factors = [name(v) if p == 1 else name(v) ** p for v, p in zip(variables, powers, strict=True) if p]
        return reduce(mul, factors, coefficient)

    return _added([term(*item) for item in terms.items()]) if terms else number(0.0)


def _added(terms: Sequence[Expression]) -> Expression:
    """Half and half, so that a sum of many terms is not deep."""
    middle = len(terms) // 2
    return _added(terms[:middle]) + _added(terms[middle:]) if middle else terms[0]
