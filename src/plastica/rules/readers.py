"""The readers of a formula: one tree, and what it is worth in numpy, in JAX and in sympy. Compiled code reads it too:
that reader stands with the kernels (`inner/compiled_formula`).

A reader is a dict of operations; `read` walks the tree with one.
"""

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

import numpy as np

from plastica.rules.expression import Expression, fold

Reader = Mapping[str, Callable[..., Any]]


def read(tree: Expression, reader: Reader, values: Mapping[str, Any]) -> Any:
    """What the tree is worth where its names have these values. Raises KeyError for a name without one."""

    def leaf(operation: str, value: Any) -> Any:
        return values[value] if operation == "name" else reader["number"](value)

    return fold(tree, leaf, lambda operation, *arguments: reader[operation](*arguments))


def _arrays(library: Any) -> dict[str, Callable[..., Any]]:
    """Of numpy, and of JAX, whose functions have the same names."""
    same = ("negative", "add", "subtract", "multiply", "divide", "less", "less_equal", "greater", "greater_equal")
    functions = ("where", "exp", "log", "tanh", "sqrt", "abs", "minimum", "maximum")
    return {"number": float, "power": _power(library.power)} | {n: getattr(library, n) for n in (*same, *functions)}


def _power(general: Callable[..., Any]) -> Callable[..., Any]:
    """Small whole exponents are products, whose gradient has no logarithm."""

    def power(base: Any, exponent: Any) -> Any:
        if isinstance(exponent, float) and exponent.is_integer() and 0 <= exponent <= 16:
            return base ** int(exponent)
        return general(base, exponent)

    return power


NUMPY: Reader = _arrays(np)


@cache
def jax_reader() -> Reader:
    """Arrays of JAX, to be differentiated or to run on a device."""
    import jax.numpy as jnp

    return _arrays(jnp)


@cache
def sympy_reader() -> Reader:
    """Formulas of sympy, to be printed, simplified and exported; whole numbers stay whole."""
    import operator

    import sympy

    return {
        "number": lambda value: sympy.Integer(int(value)) if float(value).is_integer() else sympy.Float(value),
        "negative": operator.neg,
        "add": operator.add,
        "subtract": operator.sub,
        "multiply": operator.mul,
        "divide": operator.truediv,
        "power": operator.pow,
        "less": sympy.StrictLessThan,
        "less_equal": sympy.LessThan,
        "greater": sympy.StrictGreaterThan,
        "greater_equal": sympy.GreaterThan,
        "where": lambda condition, a, b: sympy.Piecewise((a, condition), (b, True)),
        "exp": sympy.exp,
        "log": sympy.log,
        "tanh": sympy.tanh,
        "sqrt": sympy.sqrt,
        "abs": sympy.Abs,
        "minimum": sympy.Min,
        "maximum": sympy.Max,
    }
