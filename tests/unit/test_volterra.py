"""The Volterra rule: names, masks, coefficients and formulas; and the space that several rules make together."""

from itertools import product

import numpy as np
import pytest
import sympy
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from plastica.inner.rate.coefficients import dense_coefficients
from plastica.rules.base import Parameter, Space
from plastica.rules.equation import equation
from plastica.rules.volterra import Volterra

TERMS = ["".join(digits) for digits in product("012", repeat=3)]


@pytest.mark.parametrize("order", [1, 2, 3, 4])
def test_there_is_a_coefficient_for_each_combination_of_powers(order):
    """(K + 1)^3 of them, named by powers of pre, post and weight: A000 to AKKK."""
    names = [p.name for p in Volterra(order=order).parameters()]
    assert names == ["A" + "".join(map(str, powers)) for powers in product(range(order + 1), repeat=3)]
    assert [p.name for p in Volterra(letter="B").parameters()][:2] == ["B000", "B001"]


@given(st.sets(st.sampled_from(TERMS), min_size=1))
def test_a_mask_keeps_its_terms_and_their_order(terms):
    """theta has the kept terms only; all other coefficients are zero, for every candidate."""
    rule = Volterra(terms=tuple(sorted(terms, reverse=True)))
    assert [p.name[1:] for p in rule.parameters()] == [term for term in TERMS if term in terms]
    thetas = np.random.default_rng(1).standard_normal((3, len(terms)))
    dense = dense_coefficients(rule, thetas, 2)
    assert dense.shape == (3, 3, 3, 3)
    for k, term in enumerate(term for term in TERMS if term in terms):
        np.testing.assert_array_equal(dense[:, int(term[0]), int(term[1]), int(term[2])], thetas[:, k])
    assert np.count_nonzero(dense) == thetas.size


def test_a_rule_fits_into_a_higher_order():
    """Two rules of different orders share one kernel: the lower one has zeros in the higher terms."""
    theta = np.arange(1.0, 9.0)
    dense = dense_coefficients(Volterra(order=1), theta[None], 4)[0]
    np.testing.assert_array_equal(dense[:2, :2, :2].ravel(), theta)
    assert np.count_nonzero(dense) == 8


def test_a_random_rule_has_the_sd_of_the_config():
    """N(0, 0.1) by default."""
    for rule, sd in ((Volterra(), 0.1), (Volterra(initial_sd=0.5), 0.5), (Volterra(initial_sd=0), 0.0)):
        draws = Space(rule.parameters()).draw(np.random.default_rng(1), 400)
        assert draws.std() == pytest.approx(sd, rel=0.05)
        assert abs(draws.mean()) < 0.01


@given(hnp.arrays(float, 27, elements=st.floats(-3, 3).map(lambda value: round(value, 2))))
def test_the_formula_computes_what_the_coefficients_do(theta):
    """sympy's expression at some x, y, w equals the sum over terms."""
    rule = Volterra()
    x, y, w = sympy.symbols("x y w")
    at = {x: 0.5, y: -2.0, w: 1.5}
    wanted = sum(
        value * 0.5**a * (-2.0) ** b * 1.5**d for value, (a, b, d) in zip(theta, rule.powers(), strict=True)
    )  # fmt: skip
    assert float(equation(rule, theta).subs(at)) == pytest.approx(wanted, abs=0.02 * np.abs(theta).sum() + 1e-9)


def test_small_terms_are_left_out():
    """Those at or below the threshold in absolute value."""
    rule = Volterra(terms=("110", "021", "000"))
    assert str(equation(rule, np.array([0.05, -0.8, 1.0]), 0.05)) == "-0.8*w*y**2 + 1.0*x*y"
    assert equation(rule, np.zeros(3)) == 0


@given(hnp.arrays(float, (4, 3), elements=st.floats(-20, 20)))
def test_logarithmic_parameters_are_positive_and_come_back(z):
    """theta = scale * exp(z); encode is the inverse of decode for both transforms, side by side."""
    space = Space([Parameter("a", scale=2.0), Parameter("tau", "s", "log", 0.02), Parameter("b", sd=3.0)])
    thetas = space.decode(z)
    assert (thetas[:, 1] > 0).all()
    np.testing.assert_allclose(thetas[:, 0], 2 * z[:, 0])
    np.testing.assert_allclose(thetas[:, 1], 0.02 * np.exp(z[:, 1]))
    np.testing.assert_allclose(space.encode(thetas), z, atol=1e-9)
    assert space.linear.tolist() == [True, False, True]


def test_an_overflow_is_a_value():
    """A search that runs away gives an infinite theta, not a warning."""
    assert np.isinf(Space([Parameter("tau", transform="log")]).decode(np.array([1e4]))).all()


def test_rules_are_values():
    """Frozen, hashable, equal when their settings are."""
    assert {Volterra(): 1}[Volterra()] == 1
    assert Volterra() != Volterra(order=3)
    with pytest.raises(ValueError, match="frozen"):
        Volterra().order = 3
