"""Polynomials in and out of trees: what is one is found, multiplied out, and worth the same."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from plastica.rules.expression import exp, name, number, where
from plastica.rules.polynomial import polynomial, terms_of
from plastica.rules.readers import NUMPY, read
from plastica.rules.volterra import Volterra

X, Y, W, A, B = map(name, "xywab")
VARIABLES = ("x", "y", "w")

coefficients = st.one_of(st.sampled_from([A, B, A / (B * B + 1), exp(A)]), st.floats(-2, 2).map(number))
trees = st.recursive(
    st.one_of(st.sampled_from([X, Y, W]), coefficients),
    lambda children: st.one_of(
        st.builds(lambda a, b: a + b, children, children),
        st.builds(lambda a, b: a - b, children, children),
        st.builds(lambda a, b: a * b, children, children),
        st.builds(lambda a, b: a / b, children, coefficients),
        st.builds(lambda a, n: -(a**n), children, st.integers(0, 3)),
    ),
    max_leaves=8,
)


@pytest.mark.parametrize("order", [1, 2, 4])
def test_the_terms_of_a_polynomial_are_those_it_was_made_of(order):
    rule = Volterra(order=order)
    terms = terms_of(rule.formulas["change"], VARIABLES, order)
    assert terms == {powers: name(f"A{''.join(map(str, powers))}") for powers in rule.powers()}


@given(trees)
def test_what_is_multiplied_out_is_worth_the_same(tree):
    """At some x, y, w, a, b; None only where a power goes beyond the order."""
    values = {"x": 0.7, "y": -1.3, "w": 0.4, "a": 0.6, "b": 1.7}
    terms = terms_of(tree, VARIABLES, 30)
    assert terms is not None
    with np.errstate(all="ignore"):
        wanted, found = read(tree, NUMPY, values), read(polynomial(terms, VARIABLES), NUMPY, values)
    np.testing.assert_allclose(found, wanted, rtol=1e-6, atol=1e-6 * max(1, abs(wanted)))


@pytest.mark.parametrize(
    "tree",
    [X / Y, A / X, exp(X), X**5, X ** number(0.5), X**A, X ** number(-1.0), where(X > 0, X, Y), (X + Y + W + 1) ** 12],
    ids=str,
)
def test_what_is_no_polynomial_is_none(tree):
    assert terms_of(tree, VARIABLES, 4) is None


def test_a_coefficient_may_be_any_formula_of_parameters():
    coefficient = where(A > 0, exp(A), B)
    assert terms_of(coefficient * X * Y, VARIABLES, 4) == {(1, 1, 0): coefficient}


def test_terms_that_would_be_too_long_are_none():
    """A bounded effort: a tree may be long only when it is multiplied out."""
    coefficient = A
    for _ in range(9):
        coefficient = coefficient + coefficient
    assert terms_of(coefficient * X, VARIABLES, 4) is not None
    assert terms_of((coefficient * X + coefficient) ** 4, VARIABLES, 4) is None
