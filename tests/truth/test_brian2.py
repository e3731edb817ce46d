"""The kernel against Brian2: the same spikes in, the same spikes out."""

import numpy as np
import pytest

from plastica.bench.spiking_brian2 import simulate_in_brian2
from plastica.inner.keys import Key
from plastica.inner.neuron.network import SpikingNeuron
from plastica.inner.neuron.vogels_input import VogelsInput
from plastica.rules.spike_pair import SpikePair, postsynaptic, vogels_2011

RULES = {"inhibitory": SpikePair()}
MIXED = [[14.0, 32.0, -1.2e-3, 1.5e-3, 1.1e-3, 0.8e-3], [27.0, 11.0, -0.4e-3, 2.2e-3, -0.6e-3, 0.5e-3]]
THETAS = np.array([vogels_2011(), postsynaptic(), *MIXED])

pytestmark = pytest.mark.filterwarnings("ignore")  # those of Brian2 and its build


@pytest.fixture(autouse=True)
def brian2():
    return pytest.importorskip("brian2")


def assert_same(neuron, data, key, thetas, theirs):
    """In double precision every spike at the same step, and the same weights but for rounding; returns the trials in
    single precision, in which a spike may move."""
    dataset = neuron.dataset(data, RULES, key)
    trains = neuron.spike_trains(RULES, {"inhibitory": thetas}, dataset, double=True)
    for ours, brian2 in zip(trains, theirs.trains, strict=True):
        np.testing.assert_array_equal(ours, brian2)
    double = neuron.simulate_dataset(RULES, {"inhibitory": thetas}, dataset, double=True)
    np.testing.assert_allclose(double.weights, theirs.weights, rtol=1e-9, atol=1e-11)
    return neuron.simulate_dataset(RULES, {"inhibitory": thetas}, dataset)


def test_a_short_trial_equals_that_of_brian2():
    """In a second and a half, large steps show what small ones do in a minute; numpy computes for Brian2."""
    neuron, data, key = SpikingNeuron(training_s=1.0, scoring_s=0.5, window_s=0.5), VogelsInput(), Key(12, "held-out")
    thetas = THETAS * [1, 1, 30, 30, 30, 30]
    theirs = simulate_in_brian2(neuron, data, key, thetas, None)
    assert_same(neuron, data, key, thetas, theirs)
    assert min(train.size for train in theirs.trains) > 15
    assert np.abs(theirs.weights - theirs.weights[0]).max() > 0.1  # the rules differ


@pytest.mark.slow
def test_a_whole_trial_equals_that_of_brian2(tmp_path):
    """90 s by the default protocol, to the last spike."""
    neuron, data, key = SpikingNeuron(), VogelsInput(), Key(11, "held-out")
    theirs = simulate_in_brian2(neuron, data, key, THETAS, tmp_path)
    single = assert_same(neuron, data, key, THETAS, theirs)
    assert max(train[-1] for train in theirs.trains) > 890_000
    for r, train in enumerate(theirs.trains):
        assert train.size > 500
        assert single.spikes[r] == pytest.approx(train.size, rel=0.002)
        assert np.linalg.norm(single.weights[r] - theirs.weights[r]) < 2e-3 * np.linalg.norm(theirs.weights[r])
