"""What every rule of the literature keeps: a point in the space of the Volterra rule, with a formula to read."""

from itertools import product

import numpy as np
import pytest
import sympy

from plastica.inner.keys import Key
from plastica.inner.rate.gaussian import GaussianData
from plastica.inner.rate.network import RateNetwork
from plastica.rules.equation import equation
from plastica.rules.known import KNOWN_RULES, USUAL, WITH_ERROR
from plastica.rules.volterra import Volterra

pytestmark = pytest.mark.parametrize("name", KNOWN_RULES)


def variables_of(name: str) -> tuple[str, ...]:
    """The quantities whose powers a rule is written in."""
    powers = next(iter(KNOWN_RULES[name]), USUAL)
    return WITH_ERROR[: len(powers)]


def lowest_order(name: str) -> int:
    return max([1, *(max(powers) for powers in KNOWN_RULES[name])])


def usual_order(name: str) -> int:
    """That of the default rule, or more where it takes more."""
    return max(2, lowest_order(name))


def test_its_theta_holds_its_coefficients_and_nothing_else(name):
    """At every order that suffices, the named coefficients have their values and all others are zero."""
    for order in range(lowest_order(name), 5):
        rule = Volterra(order=order, variables=variables_of(name))
        theta = dict(zip((p.name for p in rule.parameters()), rule.known(name), strict=True))
        wanted = {f"A{''.join(map(str, powers))}": value for powers, value in KNOWN_RULES[name].items()}
        assert {term: value for term, value in theta.items() if value} == wanted


def test_a_lower_order_is_refused(name):
    """A rule with a square has no place in a space of first powers, and says so."""
    if lowest_order(name) == 1:
        assert np.any(Volterra(order=1, variables=variables_of(name)).known(name)) == (name != "none")
    else:
        with pytest.raises(ValueError, match=f"the {name} rule needs order {lowest_order(name)}"):
            Volterra(order=1).known(name)


def test_its_formula_is_the_rule(name):
    """The equation is sum A_abd x^a y^b w^d, in the symbols of the paper."""
    rule = Volterra(order=usual_order(name), variables=variables_of(name))
    symbols = sympy.symbols(rule.variables)
    terms = KNOWN_RULES[name].items()
    wanted = sum(value * sympy.Mul(*(v**p for v, p in zip(symbols, powers, strict=True))) for powers, value in terms)
    difference = sympy.Poly(equation(rule, rule.known(name)) - wanted, *symbols)
    assert max(map(abs, difference.coeffs())) < 1e-4  # it is printed with three digits


def test_masks_keep_it_or_refuse_it(name):
    """With exactly its terms it can be expressed; without one of them it can't."""
    order, variables = usual_order(name), variables_of(name)
    terms = tuple("".join(map(str, powers)) for powers in KNOWN_RULES[name])
    kept = Volterra(order=order, terms=(*terms, "2" * len(variables)), variables=variables)
    assert np.count_nonzero(kept.known(name)) == len(terms)
    if terms:
        every = ("".join(digits) for digits in product("01234"[: order + 1], repeat=len(variables)))
        others = tuple(term for term in every if term != terms[0])
        with pytest.raises(ValueError, match="leaves out"):
            Volterra(order=order, terms=others, variables=variables).known(name)


def test_held_fixed_it_acts_as_its_theta_does(name):
    """`fixed` takes the rule out of the search and leaves the network's training the same, bit for bit."""
    if variables_of(name) != USUAL:
        pytest.skip("it reads what this network does not offer")
    network, data, key = RateNetwork(updates=10), GaussianData(batches=2), Key(1, "search")
    order = usual_order(name)
    free, fixed = {"feedforward": Volterra(order=order)}, {"feedforward": Volterra(order=order, fixed=name)}
    assert fixed["feedforward"].parameters() == ()
    one = network.simulate(
        free, {"feedforward": free["feedforward"].known(name)[None]}, [network.dataset(data, free, key)]
    )
    two = network.simulate(fixed, {"feedforward": np.empty((1, 0))}, [network.dataset(data, fixed, key)])
    np.testing.assert_array_equal(one.w, two.w)
