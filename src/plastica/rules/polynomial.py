"""Polynomials as expressions: sums of coefficients times powers of variables, and back."""

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache, reduce
from operator import add, mul
from typing import Any

from plastica.rules.expression import Expression, fold, name, number

Powers = tuple[int, ...]
Terms = Mapping[Powers, Expression]
_ONE = number(1.0)


def polynomial(terms: Terms, variables: Sequence[str]) -> Expression:
    """sum of coefficient * v1**a * v2**b * ... over terms {(a, b, ...): coefficient}; zero without any."""

    def term(powers: Powers, coefficient: Expression) -> Expression:
        factors = [name(v) if p == 1 else name(v) ** p for v, p in zip(variables, powers, strict=True) if p]
        return reduce(mul, factors, coefficient)

    return _added([term(*item) for item in terms.items()]) if terms else number(0.0)


def _added(terms: Sequence[Expression]) -> Expression:
    """Half and half, so that a sum of many terms is not deep."""
    middle = len(terms) // 2
    return _added(terms[:middle]) + _added(terms[middle:]) if middle else terms[0]


@lru_cache(maxsize=256)
def terms_of(tree: Expression, variables: tuple[str, ...], order: int) -> Terms | None:
    """The tree as terms {(a, b, ...): coefficient}, sums and products multiplied out; the inverse of `polynomial`.

    None where it is no polynomial in the variables, or one with a power above `order`, or too long when written so.
    Coefficients are expressions in the other names.
    """
    algebra = _Algebra(variables, order)
    try:
        return fold(tree, algebra.leaf, algebra.node)
    except (_NoPolynomialError, ValueError):  # ValueError: a coefficient with too many operations
        return None


class _NoPolynomialError(Exception):
    """The tree is none, or not within the order."""


class _Algebra:
    """Arithmetic of terms; whatever else is done to what has no variable makes a coefficient."""

    def __init__(self, variables: tuple[str, ...], order: int) -> None:
        self._variables = variables
        self._order = order
        self._constant = (0,) * len(variables)

    def leaf(self, operation: str, value: Any) -> Terms:
        if operation == "name" and value in self._variables:
            return {tuple(int(value == variable) for variable in self._variables): _ONE}
        return {self._constant: name(value) if operation == "name" else number(value)}

    def node(self, operation: str, *arguments: Terms) -> Terms:
        if all(set(terms) == {self._constant} for terms in arguments):
            return {self._constant: Expression(operation, *(terms[self._constant] for terms in arguments))}
        rules: Mapping[str, Callable[..., Terms]] = {
            "negative": _negative,
            "add": _sum,
            "subtract": lambda a, b: _sum(a, _negative(b)),
            "multiply": self._product,
            "divide": self._quotient,
            "power": self._power,
        }
        if operation not in rules:
            raise _NoPolynomialError
        return rules[operation](*arguments)

    def _product(self, a: Terms, b: Terms) -> Terms:
        total: Terms = {}
        for powers, coefficient in a.items():
            shifted = {tuple(map(add, powers, other)): _times(coefficient, c) for other, c in b.items()}
            if any(power > self._order for shift in shifted for power in shift):
                raise _NoPolynomialError
            total = _sum(total, shifted)
        return total

    def _quotient(self, a: Terms, b: Terms) -> Terms:
        if set(b) != {self._constant}:
            raise _NoPolynomialError
        return {powers: c / b[self._constant] for powers, c in a.items()}

    def _power(self, base: Terms, exponent: Terms) -> Terms:
        whole = exponent.get(self._constant, _ONE)
        value = whole.arguments[0] if whole.operation == "number" and len(exponent) == 1 else -1.0
        if not (value.is_integer() and 0 <= value <= len(self._variables) * self._order):
            raise _NoPolynomialError
        return reduce(self._product, [base] * int(value), {self._constant: _ONE})


def _times(a: Expression, b: Expression) -> Expression:
    return b if a is _ONE else a if b is _ONE else a * b


def _sum(a: Terms, b: Terms) -> Terms:
    both = {powers: a[powers] + b[powers] for powers in a if powers in b}
    return {**a, **b, **both}


def _negative(a: Terms) -> Terms:
    return {powers: -coefficient for powers, coefficient in a.items()}
