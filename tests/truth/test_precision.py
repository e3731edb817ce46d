"""float32 lanes against float64 ones at full length."""

import numpy as np
import pytest

from plastica.inner.keys import Key
from plastica.inner.neuron.network import SpikingNeuron
from plastica.inner.neuron.vogels_input import VogelsInput
from plastica.rules.base import Space
from plastica.rules.spike_pair import SpikePair, postsynaptic, vogels_2011

RULES = {"inhibitory": SpikePair()}


@pytest.mark.parametrize("data", [VogelsInput(), VogelsInput(modulation_hz=0, baseline_hz=9.3)], ids=["bumps", "flat"])
def test_single_precision_counts_the_same_spikes(data):
    random = Space(RULES["inhibitory"].parameters()).draw(np.random.default_rng(4), 44)
    known = [vogels_2011(), postsynaptic(), vogels_2011(eta=1e-2), vogels_2011(tau_ms=3.0)]
    thetas = {"inhibitory": np.vstack([known, random])}
    neuron = SpikingNeuron()
    dataset = neuron.dataset(data, RULES, Key(4, "held-out"))
    single = neuron.simulate_dataset(RULES, thetas, dataset)
    double = neuron.simulate_dataset(RULES, thetas, dataset, double=True)
    np.testing.assert_allclose(single.spikes, double.spikes, rtol=0.01, atol=3)
    np.testing.assert_allclose(single.group_weights, double.group_weights, rtol=0.01, atol=0.005)
