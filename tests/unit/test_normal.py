"""Normal numbers are numpy's."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from plastica.inner.keys import Key
from plastica.inner.normal import standard_normal


@given(st.integers(0, 2**63 - 1), st.integers(0, 500), st.integers(1, 7))
def test_the_same_numbers_and_the_same_state_afterwards(seed, rows, columns):
    ours, theirs = (Key(seed, "search").generator() for _ in range(2))
    filled = np.empty((rows, columns))
    standard_normal(ours, filled)
    np.testing.assert_array_equal(filled, theirs.standard_normal((rows, columns)))
    assert ours.integers(2**62) == theirs.integers(2**62)


def test_also_those_of_the_tails():
    """Which the ziggurat draws by logarithms: 3.65 and beyond, one number in four thousand."""
    ours, theirs = (Key(1, "search").generator() for _ in range(2))
    filled = np.empty(2_000_000)
    standard_normal(ours, filled)
    assert (np.abs(filled) > 3.66).sum() > 300
    np.testing.assert_array_equal(filled, theirs.standard_normal(2_000_000))
