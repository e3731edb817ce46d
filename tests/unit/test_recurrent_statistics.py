"""The statistics of a recurrent network's spikes: those of known trains, with their edge cases."""

import numpy as np
import pytest
from small import small

from plastica.config import load
from plastica.inner.keys import Key
from plastica.inner.recurrent import statistics

TASK = "recurrent-stability"


def test_statistics_are_those_of_known_trains():
    """A regular train, a Poisson one and a silent one."""
    generator = np.random.default_rng(1)
    poisson_times = np.sort(generator.uniform(0, 10, 200))
    regular = np.arange(100) / 10
    neuron = np.concatenate([np.zeros(100), np.ones(200)]).astype(int)
    time = np.concatenate([regular, poisson_times])
    cv, intervals = statistics.interval_statistics(neuron, time, 3)
    np.testing.assert_allclose(cv, [0, np.std(np.diff(poisson_times)) / np.mean(np.diff(poisson_times)), 0], atol=1e-6)
    assert intervals.size == 298
    counts = statistics.binned(neuron, time, 3, 10.0, 0.1)
    assert counts.shape == (3, 100)
    assert counts.sum() == 300
    own = counts[1].var() / counts[1].mean()
    assert statistics.fano(counts) == pytest.approx(own / 3, abs=0.02)
    assert statistics.distance_from_exponential(np.diff(poisson_times), 20.0) < 0.5
    assert statistics.distance_from_exponential(np.diff(regular), 10.0) > 1
    assert statistics.spectrum(np.sin(2 * np.pi * np.arange(1000) / 50)) == pytest.approx(1.0, abs=1e-6)


def test_autocovariance_is_that_of_its_definition():
    """One for a flat row, 1/101 at least for any other, and as numpy has it."""
    counts = np.random.default_rng(1).poisson(0.3, (3, 400))
    counts[2] = 0
    wanted = []
    for x in counts[:2] - counts[:2].mean(axis=1, keepdims=True):
        full = np.correlate(x, x, "full")
        middle = full.size // 2
        wanted.append(np.abs(full[middle - 50 : middle + 51]).mean() / full[middle])
    assert statistics.autocovariance(counts) == pytest.approx((sum(wanted) + 1) / 3)


def test_statistics_are_finite_whatever_was_recorded():
    """Nothing, one spike, a time too short for a bin."""
    for neuron, time_s, seconds in (([], [], 1.0), ([0], [0.01], 1.0), ([0, 0, 1], [0.0, 1e-4, 2e-4], 1e-3)):
        found = statistics.statistics(np.array(neuron, int), np.array(time_s, float), 3, seconds)
        assert found.shape == (len(statistics.NAMES),)
        assert np.isfinite(found).all()


def test_statistics_of_a_network_are_those_of_its_spikes():
    """And drifting weights creep: one that is not plastic does not."""
    task = load(TASK, small(TASK)).composed
    key = Key(1, "search")
    theta = np.array([[20.0, 20, 0, 0, 0, 0], [20.0, 20, 0.02, 0, 0, 0]])
    trials = task.network.simulate(task.rules, {"IE": theta}, [task.dataset(key)])
    metrics = task.score(theta, [task.dataset(key)]).metrics
    assert metrics["weight_creep"][0, 0] == 0
    assert metrics["weight_creep"][1, 0] > 0
    for k, name in enumerate(statistics.NAMES):
        np.testing.assert_array_equal(metrics[name], trials.statistics[..., k])
    dataset = task.dataset(key)
    network = task.network
    found = network.run(network.pair_rules(task.rules, {"IE": theta})[0], dataset, keep_s=0.0)
    own = (found.spike_neuron < network.excitatory) & (found.spike_step >= dataset.phases.scoring)
    counts = np.bincount(found.spike_neuron[own], minlength=network.excitatory)
    assert trials.rate_hz[0, 0, 0] == pytest.approx(counts.mean() / network.scoring_s)
    assert metrics["std_rate_spatial_hz"][0, 0] == pytest.approx(counts.std() / network.scoring_s)
