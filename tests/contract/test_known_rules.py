"""What every rule of the literature keeps: a point in the space of the Volterra rule, with a formula to read."""

from itertools import product

import numpy as np
import pytest
import sympy

from plastica.inner.keys import Key
from plastica.inner.rate.gaussian import GaussianData
from plastica.inner.rate.network import RateNetwork
from plastica.rules.equation import equation
from plastica.rules.known import KNOWN_RULES, coefficients_of
from plastica.rules.volterra import Volterra

pytestmark = pytest.mark.parametrize("name", KNOWN_RULES)


def lowest_order(name: str) -> int:
    return max([1, *(max(powers) for powers in KNOWN_RULES[name])])


def ample_order(name: str) -> int:
    """That of the default rule, or what it needs if that is more."""
    return max(2, lowest_order(name))


def test_its_theta_holds_its_coefficients_and_nothing_else(name):
    """At every order that suffices, the named coefficients have their values and all others are zero."""
    for order in range(lowest_order(name), 5):
        rule = Volterra(order=order)
        theta = dict(zip((p.name for p in rule.parameters()), rule.known(name), strict=True))
        wanted = {"A{}{}{}".format(*powers): value for powers, value in KNOWN_RULES[name].items()}
        assert {term: value for term, value in theta.items() if value} == wanted


def test_a_lower_order_is_refused(name):
    """A rule with a square has no place in a space of first powers, and says so."""
    if lowest_order(name) == 1:
        assert coefficients_of(name, 1).shape == (2, 2, 2)
    else:
        with pytest.raises(ValueError, match=f"the {name} rule needs order {lowest_order(name)}"):
            Volterra(order=1).known(name)


def test_its_formula_is_the_rule(name):
    """The equation is sum A_abd x^a y^b w^d, in the symbols of the paper."""
    rule = Volterra(order=ample_order(name))
    x, y, w = sympy.symbols("x y w")
    wanted = sum((value * x**a * y**b * w**d for (a, b, d), value in KNOWN_RULES[name].items()), sympy.Integer(0))
    difference = sympy.expand(equation(rule, rule.known(name)) - wanted)
    assert all(abs(value) < 1e-3 for value in difference.as_coefficients_dict().values())  # a formula is for reading


def test_masks_keep_it_or_refuse_it(name):
    """With exactly its terms it can be expressed; without one of them it can't."""
    order = ample_order(name)
    terms = tuple("{}{}{}".format(*powers) for powers in KNOWN_RULES[name])
    kept = Volterra(order=order, terms=(*terms, "222"))
    assert np.count_nonzero(kept.known(name)) == len(terms)
    if terms:
        every = ("{}{}{}".format(*powers) for powers in product(range(order + 1), repeat=3))
        others = tuple(term for term in every if term != terms[0])
        with pytest.raises(ValueError, match="leaves out"):
            Volterra(order=order, terms=others).known(name)


def test_held_fixed_it_acts_as_its_theta_does(name):
    """`fixed` takes the rule out of the search and leaves the network's training the same, bit for bit."""
    network, data, key = RateNetwork(updates=10), GaussianData(batches=2), Key(1, "search")
    order = ample_order(name)
    free, fixed = {"feedforward": Volterra(order=order)}, {"feedforward": Volterra(order=order, fixed=name)}
    assert fixed["feedforward"].parameters() == ()
    one = network.simulate(
        free, {"feedforward": free["feedforward"].known(name)[None]}, [network.dataset(data, free, key)]
    )
    two = network.simulate(fixed, {"feedforward": np.empty((1, 0))}, [network.dataset(data, fixed, key)])
    np.testing.assert_array_equal(one.w, two.w)
