"""What is told of the spikes of a network while it is scored: the statistics of fSBI, with their edge cases.

They are those of the analysis in github.com/VogelsLab/fSBI, of up to a thousand excitatory neurons. Where there is
nothing to tell they are zero.
"""

import numpy as np
from numba import njit
from numpy.typing import NDArray

from plastica.rules.base import Floats

RECORDED = 1000  # excitatory neurons, at most
_SMALL_S, _MEDIUM_S, _BIG_S = 1e-3, 1e-2, 1e-1  # bins
_LONGEST_S, _BINS = 1.0, 99  # of the histogram of intervals
_LAGS = 50  # of the autocovariance, in medium bins
_FEW = 3  # spikes up to which a Fano factor is zero
_FLAT = 0.05  # standard deviation up to which a row has no autocovariance
_LEAST_HZ = 0.1  # mean rate up to which intervals are held against a process of 0.01 Hz
NAMES = (
    "std_cv",
    "kl_isi",
    "spatial_fano",
    "temporal_fano",
    "auto_cov",
    "fft",
    "std_rate_temporal",
    "std_rate_spatial_hz",
)
Counts = NDArray[np.int64]


def statistics(neuron: Counts, time_s: Floats, count: int, seconds: float) -> Floats:
    """[`NAMES`] of spikes of `count` neurons within a time, all finite."""
    if not (neuron.size and count):
        return np.zeros(len(NAMES))
    order = np.lexsort((time_s, neuron))
    neuron, time_s = neuron[order], time_s[order]
    cv, intervals = interval_statistics(neuron, time_s, count)
    rates = np.bincount(neuron, minlength=count) / seconds
    big = binned(neuron, time_s, count, seconds, _BIG_S)
    population = binned(np.zeros_like(neuron), time_s, 1, seconds, _SMALL_S)[0] / count
    values = (
        cv.std(),
        distance_from_exponential(intervals, rates.mean()),
        fano(big.T),
        fano(big),
        autocovariance(binned(neuron, time_s, count, seconds, _MEDIUM_S)),
        spectrum(population),
        population.std() if population.size else 0.0,
        rates.std(),
    )
    return np.nan_to_num(np.array(values, dtype=np.float64), posinf=0.0, neginf=0.0)


def interval_statistics(neuron: Counts, time_s: Floats, count: int) -> tuple[Floats, Floats]:
    """Of spikes in order of neuron and time: the coefficient of variation of each neuron's intervals, zero for one with
    at most two of them, and all intervals."""
    gaps, same = np.diff(time_s), np.diff(neuron) == 0
    intervals, owner = gaps[same], neuron[1:][same]
    number = np.bincount(owner, minlength=count)
    n = np.maximum(number, 1)
    mean = np.bincount(owner, intervals, count) / n
    sd = np.sqrt(np.maximum(np.bincount(owner, intervals**2, count) / n - mean**2, 0.0))
    return np.where(number > 2, sd / np.where(mean > 0, mean, 1.0), 0.0), intervals


def distance_from_exponential(intervals: Floats, rate_hz: float) -> float:
    """|sum p ln(p / q)|: the histogram of intervals against that of a Poisson process of the same mean interval."""
    if intervals.size == 0:
        return 0.0
    edges = np.linspace(0, _LONGEST_S, _BINS + 1)
    p = np.histogram(np.clip(intervals, 0, _LONGEST_S), edges)[0] / intervals.size
    r = 1 / intervals.mean() if rate_hz > _LEAST_HZ else 0.01
    q = np.exp(-r * edges[:-1]) - np.exp(-r * edges[1:])
    seen = (p > 0) & (q > 0)
    return float(abs((p[seen] * np.log(p[seen] / q[seen])).sum()))


def binned(neuron: Counts, time_s: Floats, count: int, seconds: float, width: float) -> Counts:
    """Spike counts [neurons, bins], of whole bins only."""
    bins = int(seconds / width + 1e-9)
    at = (time_s / width + 1e-9).astype(np.int64)
    inside = at < bins
    return np.bincount(neuron[inside] * bins + at[inside], minlength=count * bins).reshape(count, bins)


def fano(counts: Counts) -> float:
    """Mean over rows of variance over mean; zero for a row of at most three spikes."""
    if counts.size == 0:
        return 0.0
    mean = counts.mean(axis=1)
    return float(np.where(counts.sum(axis=1) > _FEW, counts.var(axis=1) / np.where(mean > 0, mean, 1.0), 0.0).mean())


def autocovariance(counts: Counts) -> float:
    """Mean over rows of mean |autocovariance| over its peak at lags up to 50 bins; one for a row without variance."""
    return float(_autocovariances(counts.astype(np.float64)).mean()) if counts.shape[1] > _LAGS else 0.0


@njit(nogil=True, cache=True)
def _autocovariances(counts):
    rows, bins = counts.shape
    values = np.ones(rows)
    for row in range(rows):
        x = counts[row] - counts[row].mean()
        peak = (x * x).sum()
        if np.sqrt(peak / bins) > _FLAT:
            total = peak
            for lag in range(1, _LAGS + 1):
                product = 0.0
                for t in range(bins - lag):
                    product += x[t] * x[t + lag]
                total += 2 * abs(product)
            values[row] = total / peak / (2 * _LAGS + 1)
    return values


def spectrum(population: Floats) -> float:
    """Sum of the amplitudes of a time course, but for its mean."""
    if population.size < 2:
        return 0.0
    return float((2 / population.size * np.abs(np.fft.rfft(population))[1:]).sum())
