"""What a population of rules made of the neuron on one dataset: rates, regularity, weights, outcomes."""

from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np
from numba import njit
from numpy.typing import NDArray

from plastica.inner.outcome import Outcome
from plastica.rules.base import Floats


@dataclass(frozen=True)
class SpikingTrials:
    """Results of R candidates on one dataset; every number is finite. A candidate that was not simulated has zeros.

    `join` puts the results on D datasets side by side: then the second axis of every array is D.
    """

    outcome: NDArray[np.int8]  # [R] `Outcome`
    rate_hz: Floats  # [R] in the scoring window
    scoring_rate_hz: Floats  # [R] over the whole scoring phase
    cv: Floats  # [R] coefficient of variation of the scoring phase's inter-spike intervals; 0 for fewer than 3 spikes
    weights: NDArray[np.floating]  # [R, inhibitory afferents] at the end
    group_weights: Floats  # [R, groups] mean weight of a group at the end
    tuning_correlation: Floats  # [R] Pearson correlation of group_weights with the excitatory tuning; 0 if undefined
    share_at_bound: Floats  # [R] share of weights at zero or at the upper bound at the end
    spikes: NDArray[np.int64]  # [R] spikes in the whole trial

    @staticmethod
    def join(parts: "Sequence[SpikingTrials]") -> "SpikingTrials":
        """Trials of one population on several datasets, [R, D, ...]."""
        names = [field.name for field in fields(SpikingTrials)]
        return SpikingTrials(**{name: np.stack([getattr(part, name) for part in parts], axis=1) for name in names})


def spike_statistics(
    spikes: NDArray[np.int32], counts: NDArray[np.int64], scoring: tuple[int, int], window: tuple[int, int]
) -> tuple[NDArray, NDArray, Floats]:
    """(spikes in the window, spikes in the scoring phase, cv of the latter's intervals), each [R].

    `spikes` [R, capacity] holds the steps of `counts` [R] spikes; phases are half-open ranges of steps.
    """
    return _statistics(spikes, counts, *scoring, *window)


@njit(nogil=True, cache=True)
def _statistics(spikes, counts, scoring_start, scoring_stop, window_start, window_stop):
    size = counts.size
    in_window = np.zeros(size, np.int64)
    in_scoring = np.zeros(size, np.int64)
    cv = np.zeros(size)
    for r in range(size):
        train = spikes[r, : counts[r]]
        begin = np.searchsorted(train, scoring_start)
        end = np.searchsorted(train, scoring_stop)
        in_scoring[r] = end - begin
        in_window[r] = np.searchsorted(train, window_stop) - np.searchsorted(train, window_start)
        if end - begin >= 3:
            intervals = np.diff(train[begin:end])
            cv[r] = np.std(intervals) / np.mean(intervals)
    return in_window, in_scoring, cv


def tuning_correlation(group_weights: Floats, tuning: Floats) -> Floats:
    """Pearson correlation [R] of each candidate's mean weights [R, groups] with the tuning [groups]."""
    w = group_weights - group_weights.mean(axis=1, keepdims=True)
    t = tuning - tuning.mean()
    scale = np.sqrt((w**2).sum(axis=1) * (t**2).sum())
    flat = np.sqrt((w**2).sum(axis=1)) <= 1e-6 * np.abs(group_weights).sum(axis=1)
    return np.where(flat | (scale == 0), 0.0, (w * t).sum(axis=1) / np.where(scale > 0, scale, 1.0))


def outcomes(finite: NDArray[np.bool_], exploded: NDArray[np.bool_], silent: NDArray[np.bool_]) -> NDArray[np.int8]:
    """The outcome of each candidate [R]; the first that applies of nonfinite, exploded, silent, ok."""
    ends = np.select([~finite, exploded, silent], [Outcome.NONFINITE, Outcome.EXPLODED, Outcome.SILENT], Outcome.OK)
    return ends.astype(np.int8)
