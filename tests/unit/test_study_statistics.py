"""Intervals of medians and shares, families of rules, and curves as a band: against their definitions."""

import numpy as np
import pytest

from plastica.analysis.band import band
from plastica.analysis.families import angles_between, differences_between, families
from plastica.analysis.intervals import median_interval, share_interval


@pytest.mark.parametrize(("count", "rank"), [(6, 1), (8, 1), (9, 2), (20, 6), (100, 40)])
def test_the_ranks_are_those_of_the_tables(count, rank):
    """Of the sign test at 5 %, as statistical tables list them."""
    low, high = median_interval(np.random.default_rng(1).permutation(count) + 1.0)
    assert (low, high) == (rank, count + 1 - rank)


def test_five_values_have_no_interval():
    """The least and the greatest of five hold the median in 94 cases of 100."""
    assert median_interval(np.arange(5.0)) is None
    assert median_interval(np.array([])) is None


def test_the_median_lies_within_as_often_as_is_said(generator):
    found = [median_interval(generator.exponential(size=15)) for _ in range(2000)]
    held = np.mean([low <= np.log(2) <= high for low, high in found])
    assert 0.95 <= held <= 0.98


def test_shares_are_those_of_wilson():
    """By the formula's own worked values: the ends solve |p - k/n| = z sqrt(p (1 - p) / n)."""
    for successes, count in ((0, 10), (3, 10), (10, 10), (99, 100)):
        for end in share_interval(successes, count):
            if 0 < end < 1:
                spread = 1.959963984540054 * np.sqrt(end * (1 - end) / count)
                assert abs(end - successes / count) == pytest.approx(spread)
    assert share_interval(0, 10)[0] == 0.0
    assert share_interval(10, 10)[1] == 1.0


def test_rules_of_one_direction_are_one_family():
    """Whatever their length; the largest family comes first, and opposite rules are none."""
    rules = np.array([[0.0, 1.0], [1.0, 0.0], [3.0, 0.1], [0.1, 0.0], [-1.0, 0.0]])
    assert families(angles_between([rules]), 20.0).tolist() == [2, 1, 1, 1, 3]


def test_the_connection_that_differs_most_decides():
    same, apart = np.array([[1.0, 0.0], [1.0, 0.0]]), np.array([[1.0, 0.0], [0.0, 1.0]])
    np.testing.assert_allclose(angles_between([same, apart]), [[0, 90], [90, 0]], atol=1e-6)


def test_behaviour_is_compared_by_factors():
    """A factor of two is a half, whatever the unit; equal zeros are equal."""
    values = np.array([[1.0, 0.0], [2.0, 0.0], [-1.0, 0.0]])
    np.testing.assert_allclose(differences_between(values), [[0, 0.5, 2], [0.5, 0, 1.5], [2, 1.5, 0]])
    assert families(differences_between(np.array([[5.0, 1.0], [5.1, 1.1], [50.0, 1.0]])), 0.5).tolist() == [1, 1, 2]


def test_few_rules_are_families_too():
    assert families(np.zeros((1, 1)), 1.0).tolist() == [1]
    assert families(np.zeros((0, 0)), 1.0).tolist() == []


def test_a_band_holds_what_curves_last_were():
    """Each steps at its own generations, is its first value before and its last one after."""
    spent, values = (
        [np.array([1.0, 10.0, 100.0]), np.array([10.0, 1000.0])],
        [np.array([3.0, 2.0, 1.0]), np.array([5.0, 4.0])],
    )
    points, (low, middle, high) = band(spent, values)
    assert (points[0], points[-1]) == (1.0, pytest.approx(1000.0))
    assert (low[0], middle[0], high[0]) == (3.5, 4.0, 4.5)
    assert (low[-1], middle[-1], high[-1]) == (1.75, 2.5, 3.25)
    at = int(np.searchsorted(points, 50.0))
    assert middle[at] == 3.5


def test_a_band_of_one_generation_is_a_point():
    points, quartiles = band([np.array([7.0])], [np.array([1.0])])
    assert points.tolist() == [7.0]
    assert quartiles.tolist() == [[1.0]] * 3
