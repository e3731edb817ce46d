"""The kernel against Brian2: the same spikes in, the same spikes out."""

import numpy as np
import pytest

from plastica.bench.spiking_brian2 import simulate_in_brian2
from plastica.inner.keys import Key
from plastica.inner.spiking_neuron import SpikingNeuron
from plastica.inner.vogels_input import VogelsInput
from plastica.rules.spike_pair import SpikePair, vogels_2011


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")  # those of Brian2 and its build
def test_spikes_and_weights_equal_those_of_brian2(tmp_path):
    pytest.importorskip("brian2")
    neuron, data, key, rules = SpikingNeuron(), VogelsInput(), Key(11, "held-out"), {"inhibitory": SpikePair()}
    random = [[14.0, 32.0, -1.2e-3, 1.5e-3, 1.1e-3, 0.8e-3], [27.0, 11.0, -0.4e-3, 2.2e-3, -0.6e-3, 0.5e-3]]
    thetas = np.array([vogels_2011(), *random])
    theirs = simulate_in_brian2(neuron, data, key, thetas, tmp_path)
    dataset = neuron.dataset(data, rules, key)
    trains = neuron.spike_trains(rules, {"inhibitory": thetas}, dataset, double=True)
    trials = neuron.simulate_dataset(rules, {"inhibitory": thetas}, dataset)
    for r, (ours, brian2) in enumerate(zip(trains, theirs.trains, strict=True)):
        early = round(10e3 / neuron.dt_ms)
        np.testing.assert_array_equal(ours[ours < early], brian2[brian2 < early])
        assert ours[ours < early].size > 50
        assert trials.spikes[r] == pytest.approx(brian2.size, rel=0.01)
        np.testing.assert_allclose(trials.group_weights[r], theirs.weights[r].reshape(8, -1).mean(1), rtol=0.01)
        difference = np.linalg.norm(trials.weights[r] - theirs.weights[r]) / np.linalg.norm(theirs.weights[r])
        assert difference < 0.01
