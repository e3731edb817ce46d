"""Python functions as formulas: called with names, once for each way through them."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from plastica import exp, maximum, where
from plastica.rules.expression import name
from plastica.rules.grammar import parse, written
from plastica.rules.readers import NUMPY, read
from plastica.rules.tracing import MOST_PATHS, traced

HALF = np.float64(0.5)


def test_names_are_those_of_the_arguments():
    """In arithmetic, plastica's functions and Python's abs; an argument with a default value is a number."""

    def change(x, y, w, rate, power=2, scale=HALF):
        return rate * (exp(-abs(x)) - maximum(y, 0) ** power) * scale * w + math.pi

    assert traced(change) == parse(f"rate*(exp(-abs(x)) - maximum(y, 0)**2)*0.5*w + {math.pi}")
    assert traced(lambda x, y: 3.0) == parse("3")
    assert traced(change, ["a", "b", "c", "d"]) == parse(f"d*(exp(-abs(a)) - maximum(b, 0)**2)*0.5*c + {math.pi}")


def branching(x, y, w):
    """Ifs in ifs, chained comparisons, and, or, not, and what min and max do inside."""
    if 0 < x < 1 or not y > 2:
        return y + 1 if w < y else min(x, w)
    if x >= w and y <= 3:
        return max(x, y)
    return x + y if x > -1 else w


@given(st.tuples(*[st.integers(-8, 12).map(lambda one: one / 4)] * 3))
def test_an_if_takes_both_ways(values):
    """The formula is the function, for whatever numbers, at every border."""
    tree = traced(branching)
    values = dict(zip("xyw", values, strict=True))
    assert read(tree, NUMPY, values) == branching(**values)
    assert read(parse(written(tree)), NUMPY, values) == branching(**values)


def test_where_an_if_is_where():
    """The example's rule in both spellings."""
    assert traced(lambda w, x, enough: w + 1 if x > enough else w) == traced(
        lambda w, x, enough: where(x > enough, w + 1, w)
    )


def no_end(x):
    while x > 0:
        x = x - 1
    return x


def too_many(x):
    return sum(1 if x > k else 2 for k in range(8))


def equal(x, y):
    return 1 if x == y else 0


def number_of(x):
    return math.exp(x)


def nothing(x):
    pass


def truth(x):
    return x if x else 1


def product(x):
    for _ in range(50):
        x = x * x
    return x


WRONG = [
    (no_end, "no_end cannot be read as a formula in line {1}: it asks more than 64 comparisons in a row"),
    (too_many, f"too_many cannot be read as a formula: it has more than {MOST_PATHS} paths: use where("),
    (equal, "equal cannot be read as a formula in line {1}: whether two quantities are equal cannot be asked"),
    (number_of, "number_of cannot be read as a formula in line {1}: a quantity has no value while a formula is read"),
    (lambda x: np.exp(x), "<lambda> cannot be read as a formula in line"),
    (nothing, "nothing cannot be read as a formula: None cannot stand in a formula"),
    (truth, "truth cannot be read as a formula in line {1}: whether this holds is not known while a formula is read"),
    (product, "product cannot be read as a formula in line {2}: the formula is too long"),
    (lambda x: "x", "<lambda> cannot be read as a formula: 'x' cannot stand in a formula"),
    (lambda x: x / math.inf, "<lambda> cannot be read as a formula in line"),
    (lambda x: nowhere, "<lambda> cannot be read as a formula in line"),  # noqa: F821
    (lambda x: (x > 0) * x, "<lambda> cannot be read as a formula in line"),
    (lambda *x: 1, "<lambda>: give each quantity and parameter an argument of its own"),
    (lambda **x: 1, "<lambda>: give each quantity and parameter an argument of its own"),
]  # fmt: skip


@pytest.mark.parametrize(("function", "says"), WRONG, ids=[says[:40] for _, says in WRONG])
def test_what_is_no_formula_is_one_sentence(function, says):
    """With the line of the function where it fails; and whatever it was, the next function is traced as ever."""
    line = function.__code__.co_firstlineno
    with pytest.raises(ValueError, match=r"formula|argument") as caught:
        traced(function)
    assert str(caught.value).startswith(says.format(line, line + 1, line + 2))
    assert str(caught.value).isprintable()
    assert name("x") == name("x")
    with pytest.raises(TypeError, match=r"write where\(condition, a, b\)"):
        bool(name("x") > 0)
