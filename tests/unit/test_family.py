"""Families of rules: directions, angles between them, and Eq. (17) with more pairs of spikes than by chance."""

import numpy as np
import pytest

from plastica.analysis import family, mean_field
from plastica.config import load
from plastica.rules.base import Parameter, Space

SPACE = Space([Parameter("tau", "ms", "log", 20.0), Parameter("a", scale=0.1), Parameter("b", scale=2.0)])


def test_directions_are_of_coefficients_in_units_of_their_scales():
    thetas = np.array([[5.0, 0.1, 2.0], [50.0, -0.3, 0.0], [5.0, 0.0, 0.0]])
    expected = [[np.sqrt(0.5), np.sqrt(0.5)], [-1.0, 0.0], [0.0, 0.0]]
    np.testing.assert_allclose(family.directions(thetas, SPACE), expected)


def test_the_most_different_are_far_from_each_other_and_near_to_all_others():
    """Of directions in a fan, the first, then the farthest; each other one is nearer to one of them than the limit."""
    fan = np.radians([0, 5, 10, 40, 45, 100, 101])
    vectors = np.stack([np.cos(fan), np.sin(fan)], axis=1)
    chosen = family.most_different(vectors, 30.0)
    assert chosen.tolist() == [0, 6, 4]
    assert (family.angles(vectors, vectors[chosen]).min(axis=1) < 30).all()


def test_spread_of_one_rule_and_of_two_opposite_ones():
    one = family.spread(np.array([[20.0, 0.1, 0.0]]), SPACE)
    assert (one["directions"], one["angle_deg"]) == (1, {"median": 0.0, "largest": 0.0})
    two = family.spread(np.array([[20.0, 0.1, 0.0], [20.0, -0.2, 0.0]]), SPACE)
    assert (two["rules"], two["directions"], two["most_different"]) == (2, 2, [0, 1])
    assert two["angle_deg"]["largest"] == pytest.approx(180)


def test_the_excess_of_pairs_is_found_again():
    """Rates made by Eq. (17) with an excess give that excess; with none it is Eq. (17) as it stands."""
    thetas = load("inhibitory-balance").composed.space.draw(np.random.default_rng(1), 2000)
    thetas = thetas[mean_field.is_stable(thetas, 20.0) & (thetas[:, 3] > 0)]
    np.testing.assert_array_equal(family.biased_rate(thetas, 20.0, 0.0), mean_field.predicted_rate(thetas, 20.0))
    for excess in (-0.05, 0.0, 0.43):
        rate = family.biased_rate(thetas, 20.0, excess)
        usable = ~np.isnan(rate)
        assert family.fitted_excess(thetas[usable], 20.0, rate[usable]) == pytest.approx(excess, abs=1e-9)


def test_distance_is_to_the_nearest():
    np.testing.assert_allclose(family.distance(np.array([[0.0, 0], [3, 4]]), np.array([[0.0, 1], [3, 0]])), [1, 4])


def test_a_rule_without_a_direction_is_counted_once():
    """No plasticity has none; two such rules are as different as any two at right angles."""
    vectors = np.array([[0.0, 0.0], [1.0, 0.0], [0.0, 0.0], [1.0, 0.0]])
    assert family.most_different(vectors).tolist() == [0, 1, 2]
