"""The input of the spiking task against a slow generator that is written down from its definition alone."""

import numpy as np
import pytest
from naive import vogels_input as naive

from plastica.inner.keys import Key
from plastica.inner.neuron.vogels_input import VogelsInput

BIN = 50  # steps: 5 ms
LAGS = (2, 10, 20)  # bins: 10, 50 and 100 ms
HALF = 5  # afferents; those of one group fire at the same rate, and by chance alone apart from that


def by_the_package(sparsify: bool) -> np.ndarray:
    """Spikes [half, group, bin]: excitatory and inhibitory afferents of 64 groups in 250 s."""
    data = VogelsInput(sparsify=sparsify, groups=64, excitatory_per_group=HALF, inhibitory_per_group=HALF)
    steps = 2_500_000
    trains = data.spike_trains(steps, 0.1, Key(1, "search").generator())
    bins = trains.step // BIN
    rows = trains.afferent.astype(int) // HALF * (steps // BIN)
    return np.bincount(rows + bins, minlength=2 * 64 * steps // BIN).reshape(2, 64, -1)


def by_definition(sparsify: bool) -> np.ndarray:
    """The same of 200 groups in 10 s."""
    steps, generator = 100_000, np.random.default_rng(1)
    counts = np.zeros((2, 200, steps // BIN), int)
    for group in range(200):
        for k, spikes in enumerate(naive.group(2 * HALF, steps, sparsify, generator)):
            counts[k // HALF, group] += np.bincount(spikes // BIN, minlength=steps // BIN)
    return counts


def autocorrelation(counts: np.ndarray) -> list[float]:
    """Of a group's rate: the covariance of one half's spikes with the other half's some bins later, over that at once.
    Two halves share the rate, but no noise, so nothing needs to be corrected."""
    one, other = counts - counts.mean(axis=(1, 2), keepdims=True)
    at_once = (one * other).mean()
    return [
        float((one[:, :-lag] * other[:, lag:] + other[:, :-lag] * one[:, lag:]).mean() / 2 / at_once) for lag in LAGS
    ]


@pytest.mark.parametrize(("source", "slack"), [(by_the_package, 1.0), (by_definition, 2.0)], ids=["package", "slow"])
@pytest.mark.parametrize(
    ("sparsify", "hz", "correlations"),
    [(False, 37.4, (0.783, 0.317, 0.111)), (True, 21.2, (0.803, 0.337, 0.119))],
    ids=["plain", "sparse"],
)
def test_groups_have_the_rate_and_autocorrelation_of_the_definition(source, slack, sparsify, hz, correlations):
    """Rate, and autocorrelation of spikes in 5 ms at lags of 10, 50 and 100 ms, within three standard errors.

    The autocorrelations are those of twenty times as much by definition. A walk whose rate is not blurred, by the dead
    time of afferents and by the bin, has 0.768, 0.302 and 0.104, which follow from its normal distribution.
    """
    counts = source(sparsify)
    seconds = counts[0].size * BIN * 1e-4
    assert counts.sum() / (2 * HALF * seconds) == pytest.approx(hz, rel=0.0125 * slack)
    differences = np.array(autocorrelation(counts)) - correlations
    assert (np.abs(differences) < slack * np.array([0.005, 0.01, 0.01])).all(), differences
