"""The space in which a search moves: its coordinates, and the bounds within which networks can compute."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from plastica.inner.spiking_rules import within_limits
from plastica.rules.base import Parameter, Space
from plastica.rules.spike_pair import SpikePair

BOUNDED = Space(
    [Parameter("tau", "ms", "log", 20.0, low=1.0, high=1e3), Parameter("a", low=-2.0, high=3.0), Parameter("free")]
)


@given(st.tuples(*[st.floats(-1e9, 1e9)] * 3))
def test_theta_stays_within_its_bounds(z):
    """However far a search goes; a parameter without bounds goes as far."""
    tau, a, free = BOUNDED.decode(np.array(z))
    assert 1.0 * (1 - 1e-12) <= tau <= 1e3 * (1 + 1e-12)
    assert -2.0 <= a <= 3.0
    assert free == z[2]


@given(st.floats(np.log(1 / 20), np.log(1e3 / 20)), st.floats(-2, 3))
def test_within_the_bounds_they_change_nothing(log_tau, a):
    """Not a bit: theta is what it is without bounds, and `encode` leads back."""
    z = np.array([log_tau, a, 0.5])
    unbounded = Space([Parameter("tau", "ms", "log", 20.0), Parameter("a"), Parameter("free")])
    np.testing.assert_array_equal(BOUNDED.decode(z), unbounded.decode(z))
    np.testing.assert_allclose(BOUNDED.encode(BOUNDED.decode(z)), z, atol=1e-12)


@pytest.mark.parametrize("beyond", [1e-6, 0.3, 2.0])
def test_a_bound_is_a_mirror(beyond):
    """As far inside as z is outside: small steps of a search stay small steps of theta."""
    high = np.log(1e3 / 20)
    inside, outside = BOUNDED.decode(np.array([[high - beyond, 3.0 - beyond, 0], [high + beyond, 3.0 + beyond, 0]]))
    np.testing.assert_allclose(inside, outside, rtol=1e-9)


def test_a_rule_that_is_not_finite_stays_so():
    """It is the trial's outcome that says so, not an error."""
    assert not np.isfinite(BOUNDED.decode(np.array([np.inf, 0.0, 0.0]))[0])
    assert np.isnan(BOUNDED.decode(np.array([0.0, np.nan, 0.0]))[1])


@given(st.lists(st.floats(-1e3, 1e3), min_size=6, max_size=6))
def test_what_a_spiking_search_asks_for_is_what_is_simulated(z):
    """The kernels hold nothing back that the journal would report otherwise."""
    rule = SpikePair()
    theta = Space(rule.parameters()).decode(np.array([z]))
    np.testing.assert_allclose(within_limits(rule, theta), theta, rtol=1e-12, atol=1e-20)
