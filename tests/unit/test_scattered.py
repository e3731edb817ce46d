"""Lanes whose numbers stand apart, beside numpy's own indexing."""

import numpy as np
import pytest
from numba import njit

from plastica.inner.lanes import LANES, store
from plastica.inner.scattered import add_at, load_fours


@njit
def _columns(array, places, index, found):
    for column, lanes in enumerate(load_fours(array, places, index)):
        store(found, column, lanes)


@njit
def _added(array, places, index, rows):
    first, _, third, _ = load_fours(rows, places, index)
    add_at(array, places, index, first - third)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("index", [0, 1, 2])
def test_rows_of_four_come_as_columns_and_lanes_go_to_their_places(dtype, index):
    draw = np.random.default_rng(index)
    rows = draw.normal(size=(500, 4)).astype(dtype)
    places = draw.permutation(500)[: 3 * LANES].astype(np.uint16)
    chosen = places[LANES * index : LANES * (index + 1)]
    found = np.empty((4, LANES), dtype)
    _columns(rows, places, index, found)
    np.testing.assert_array_equal(found, rows[chosen].T)
    array = draw.normal(size=500).astype(dtype)
    expected = array.copy()
    expected[chosen] += rows[chosen, 0] - rows[chosen, 2]
    _added(array, places, index, rows)
    np.testing.assert_array_equal(array, expected)
