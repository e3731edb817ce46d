"""Random numbers by position: every key and stream has its own, and the same ones for ever."""

from itertools import product
from typing import get_args

import numpy as np

from plastica.inner.keys import Key, Purpose


def test_different_keys_are_independent():
    """Any two keys that differ in seed, purpose, generation, index or stream share no numbers and do not correlate."""
    draws = [
        Key(seed, purpose, generation, index).generator(stream).standard_normal(500)
        for seed, purpose, generation, index, stream in product(
            (0, 1), get_args(Purpose), (0, 1), (0, 1), (0, 1)
        )
    ]  # fmt: skip
    assert len(draws) == 96
    correlations = np.corrcoef(draws) - np.eye(len(draws))
    assert np.abs(correlations).max() < 0.25  # 5.6 standard deviations
    assert np.abs(correlations).std() < 0.04
    assert len(np.unique(draws)) == 96 * 500


def test_neighbours_are_not_confused():
    """Generation 1 of index 2 is not generation 2 of index 1, nor seed 1 of purpose 2."""
    firsts = {Key(1, "search", g, i).generator().integers(2**62) for g in range(20) for i in range(20)}
    assert len(firsts) == 400


def test_the_same_key_gives_the_same_numbers_for_ever():
    """A journal of today is replayed by tomorrow's program, so these numbers may not change."""
    assert Key(1, "search", 2, 3).generator().integers(10**6, size=3).tolist() == RECORDED
    assert Key(1, "search") == Key(1, "search", 0, 0)
    assert hash(Key(1, "search")) == hash(Key(1, "search", 0, 0))


RECORDED = [666361, 379928, 899816]
