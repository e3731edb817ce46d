"""Numbers of candidates as lanes, and back: groups of sixteen, of which the last may be filled up with zeros."""

import numpy as np
from numpy.typing import DTypeLike, NDArray

from plastica.inner.lanes import LANES, aligned
from plastica.rules.base import Floats

Lanes = NDArray[np.floating]


def to_lanes(values: Floats, dtype: DTypeLike = np.float32) -> Lanes:
    """[R, n] -> [groups, n, 16]; lanes beyond R hold zeros."""
    count, n = values.shape
    groups = -(-count // LANES)
    padded = np.zeros((groups * LANES, n), dtype=dtype)
    padded[:count] = values
    return aligned(padded.reshape(groups, LANES, n).transpose(0, 2, 1))


def from_lanes(lanes: Lanes, count: int, datasets: int) -> Floats:
    """[D groups, n, 16] -> [R, D, n] in float64, in one order of memory: numpy rounds sums by it."""
    groups, n = len(lanes) // datasets, lanes.shape[1]
    by_candidate = lanes.reshape(datasets, groups, n, LANES).transpose(1, 3, 0, 2)
    return by_candidate.reshape(groups * LANES, datasets, n)[:count].astype(float, order="C")


def same_in_all_lanes(values: Floats, groups: int, dtype: DTypeLike = np.float32) -> Lanes:
    """[D, n] -> [D groups, n, 16]."""
    datasets, n = values.shape
    wide = np.broadcast_to(values[:, None, :, None], (datasets, groups, n, LANES))
    return aligned(wide, dtype).reshape(datasets * groups, n, LANES)
