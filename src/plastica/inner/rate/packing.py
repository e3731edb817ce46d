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


def from_lanes(lanes: Lanes, count: int) -> Floats:
    """[groups, n, 16] -> [R, n] in float64, in one order of memory: numpy rounds sums by it."""
    return lanes.transpose(0, 2, 1).reshape(len(lanes) * LANES, lanes.shape[1])[:count].astype(float, order="C")


def same_in_all_lanes(values: Floats, groups: int, dtype: DTypeLike = np.float32) -> Lanes:
    """[n] -> [groups, n, 16]."""
    return aligned(np.broadcast_to(values[None, :, None], (groups, len(values), LANES)), dtype)
