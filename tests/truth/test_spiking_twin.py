"""The kernels against their plain twin, spike for spike, on random rules and inputs."""

import numpy as np
import pytest
from spiking_twin import simulate as twin

from plastica.inner.keys import Key
from plastica.inner.spiking_neuron import SpikingNeuron
from plastica.inner.vogels_input import VogelsInput
from plastica.rules.base import Space
from plastica.rules.spike_pair import SpikePair

RULES = {"inhibitory": SpikePair(step=3e-2)}  # in two seconds, large steps show what small ones do in a minute
DATA = VogelsInput(excitatory_per_group=60, inhibitory_per_group=4)
SHORT = {"training_s": 1.2, "scoring_s": 0.8, "window_s": 0.5, "g_excitatory_ns": 0.25, "g_inhibitory_ns": 2.0}


def random_rules(count, seed):
    return Space(RULES["inhibitory"].parameters()).draw(np.random.default_rng(seed), count)


@pytest.mark.parametrize("weight_max", [0.0, 0.3])
@pytest.mark.parametrize("double", [True, False])
def test_kernel_spikes_with_its_twin(double, weight_max):
    neuron = SpikingNeuron(**SHORT, weight_max=weight_max)
    thetas = random_rules(20, seed=1)
    thetas[0, :2], thetas[1, :2] = (1.0, 200.0), (300.0, 1.5)  # the shortest and long traces
    dataset = neuron.dataset(DATA, RULES, Key(1, "search"))
    trains = neuron.spike_trains(RULES, {"inhibitory": thetas}, dataset, double)
    weights = neuron.simulate(RULES, {"inhibitory": thetas}, dataset, double).weights
    equal = 0
    for theta, train, w in zip(thetas, trains, weights, strict=True):
        spikes, final = twin(neuron, RULES["inhibitory"], theta, dataset)
        equal += np.array_equal(train, spikes)
        if double:
            np.testing.assert_array_equal(train, spikes)
            np.testing.assert_allclose(w, final, rtol=1e-9, atol=1e-12)
    assert equal >= (len(thetas) if double else len(thetas) - 2)  # float32 may move a spike by one step
    assert max(map(len, trains)) > 100
    assert weight_max or min(map(len, trains)) < 30  # the rules differ
