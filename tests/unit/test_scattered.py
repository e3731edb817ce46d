"""Lanes whose numbers stand apart, beside numpy's own indexing."""

import numpy as np
import pytest
from numba import njit

from plastica.inner import scattered
from plastica.inner.lanes import LANES, WIDE, load, store
from plastica.inner.scattered import add_at, gather, gather_rows, load_fours, scatter

needs_gathers = pytest.mark.skipif(not WIDE, reason="this processor has no instruction for it")


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


@pytest.mark.parametrize("by_instruction", [False, pytest.param(True, marks=needs_gathers)])
@pytest.mark.parametrize("places_dtype", [np.uint16, np.uint32])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_numbers_that_places_name_come_as_lanes_and_go_back(dtype, places_dtype, by_instruction, monkeypatch):
    """Places begin anywhere in memory, and the last number of an array is named."""
    monkeypatch.setattr(scattered, "GATHERS", by_instruction)

    @njit
    def moved(array, rows, places, found):
        store(found, 0, gather(array[1], places, 1))
        for at, lanes in enumerate(gather_rows(array, rows, places, 1)):
            store(found, 1 + at, lanes)
        scatter(array[0], places, 1, load(found, 0))

    draw = np.random.default_rng(3)
    array = draw.normal(size=(4, 40_000)).astype(dtype)
    places = np.concatenate([[0], draw.permutation(40_000)[: 2 * LANES]]).astype(places_dtype)[1:]
    places[-1] = 39_999
    found, before, chosen = np.empty((4, LANES), dtype), array.copy(), places[LANES:]
    moved(array, (3, 0, 2), places, found)
    np.testing.assert_array_equal(found, before[[1, 3, 0, 2]][:, chosen])
    before[0, chosen] = before[1, chosen]
    np.testing.assert_array_equal(array, before)


def test_where_places_are_one_the_last_lane_counts_and_all_are_added():
    @njit
    def written(array, places, lanes):
        scatter(array[0], places, 0, load(lanes, 0))
        add_at(array[1], places, 0, load(lanes, 0))

    array = np.zeros((2, 4), np.float32)
    written(array, np.repeat(np.array([2, 1], np.uint32), 8), np.arange(LANES, dtype=np.float32))
    assert array.tolist() == [[0, 15, 7, 0], [0, 92, 28, 0]]
