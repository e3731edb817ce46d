"""Spike trains of protocols: patterns repeated at a frequency, and Poisson trains; a lane for each condition."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from plastica.rules.base import Floats

TIE_DECIMALS = 6  # of a ms: spikes that are nearer than this are at the same time


@dataclass(frozen=True)
class Trains:
    """The spikes of L synapses in order of time: ms from 0, infinite where a lane has no more; and of which side."""

    time_ms: Floats  # [L, spikes]
    is_post: NDArray[np.bool_]  # [L, spikes]


def repeated(pre_ms: ArrayLike, post_ms: ArrayLike, frequency_hz: ArrayLike, repeats: int) -> Trains:
    """A pattern of spikes, pre_ms [L, a] and post_ms [L, b], so many times at frequency_hz [L]."""
    starts = 1e3 * np.arange(repeats) / np.asarray(frequency_hz, dtype=float)[:, None]
    pre, post = (
        (np.asarray(side, dtype=float)[:, :, None] + starts[:, None, :]).reshape(len(starts), -1)
        for side in (pre_ms, post_ms)
    )
    first = np.minimum(pre.min(axis=1), post.min(axis=1))[:, None]
    return merged(pre - first, post - first)


def poisson(pre_hz: Floats, post_hz: Floats, duration_ms: float, generator: np.random.Generator) -> Trains:
    """Independent trains of both sides, at rates [L] each."""
    return merged(*(_homogeneous(rate, duration_ms, generator) for rate in (pre_hz, post_hz)))


def merged(pre_ms: Floats, post_ms: Floats) -> Trains:
    """Both sides in order of time; at the same time the postsynaptic spike comes first, as in the networks."""
    time = np.asarray(np.round(np.hstack([pre_ms, post_ms]), TIE_DECIMALS), dtype=np.float64)
    is_post = np.broadcast_to(np.arange(time.shape[1]) >= pre_ms.shape[1], time.shape)
    order = np.lexsort((~is_post, time), axis=-1)
    return Trains(np.take_along_axis(time, order, axis=1), np.take_along_axis(is_post, order, axis=1))


def _homogeneous(rate_hz: Floats, duration_ms: float, generator: np.random.Generator) -> Floats:
    """[L, spikes]; infinite behind the last one of a lane."""
    counts = generator.poisson(1e-3 * duration_ms * rate_hz)
    times = generator.uniform(0.0, duration_ms, (len(counts), int(np.max(counts, initial=0))))
    return np.where(np.arange(times.shape[1]) < counts[:, None], times, np.inf)
