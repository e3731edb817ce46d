"""The perceptron as a rule: a matrix product and a nonlinearity, layer by layer, in named weights."""

import numpy as np
import pytest

from plastica.rules.perceptron import Perceptron
from plastica.rules.readers import NUMPY, read

ACTIVATIONS = {"tanh": np.tanh, "sigmoid": lambda z: 1 / (1 + np.exp(-z))}


def by_matrices(theta, sizes, values, activation):
    """The output of a network whose weights stand in theta unit by unit, each unit's bias first."""
    below, start = np.array(values), 0
    for layer, size in enumerate(sizes):
        stop = start + size * (len(below) + 1)
        weights = theta[start:stop].reshape(size, len(below) + 1)
        z = weights[:, 0] + weights[:, 1:] @ below
        below, start = (z if layer == len(sizes) - 1 else ACTIVATIONS[activation](z)), stop
    assert start == len(theta)
    return below[0]


@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize("hidden", [(1,), (5,), (4, 3), (3, 2, 4)])
@pytest.mark.parametrize("variables", [("x", "y", "w"), ("w", "e")])
def test_it_is_its_matrices(activation, hidden, variables, generator):
    """theta holds the layers in order, the output last."""
    rule = Perceptron(hidden=hidden, activation=activation, variables=variables)
    theta = generator.standard_normal(len(rule.parameters()))
    values = dict(zip(variables, generator.standard_normal(len(variables)), strict=True))
    named = dict(zip((p.name for p in rule.parameters()), theta, strict=True))
    wanted = by_matrices(theta, (*hidden, 1), list(values.values()), activation)
    assert read(rule.formulas["change"], NUMPY, {**named, **values}) == pytest.approx(wanted, rel=1e-12)


def test_frozen_layers_are_numbers_that_the_seed_draws(generator):
    """The search has the output's weights alone; the same seed gives the same layers, another one others."""
    rule = Perceptron(hidden=(4, 3), frozen=True, seed=7, hidden_sd=2.0)
    assert [p.name for p in rule.parameters()] == ["out", "out_1", "out_2", "out_3"]
    assert set(rule.formulas["change"].names) == {"x", "y", "w", "out", "out_1", "out_2", "out_3"}
    hidden = 2.0 * np.random.default_rng(7).standard_normal(4 * 4 + 3 * 5)
    theta, values = generator.standard_normal(4), {"x": 0.3, "y": -1.2, "w": 0.5}
    named = dict(zip((p.name for p in rule.parameters()), theta, strict=True))
    wanted = by_matrices(np.concatenate([hidden, theta]), (4, 3, 1), list(values.values()), "tanh")
    assert read(rule.formulas["change"], NUMPY, {**named, **values}) == pytest.approx(wanted, rel=1e-12)
    assert Perceptron(frozen=True).formulas == Perceptron(frozen=True).formulas
    assert Perceptron(frozen=True).formulas != Perceptron(frozen=True, seed=1).formulas


def test_it_is_no_known_rule_but_none():
    """Without output weights nothing changes."""
    assert not Perceptron().known("none").any()
    with pytest.raises(ValueError, match="the oja rule is no perceptron"):
        Perceptron().known("oja")
    assert {p.sd for p in Perceptron(hidden_sd=3.0, initial_sd=0.5).parameters()} == {3.0, 0.5}
