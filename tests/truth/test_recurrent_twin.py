"""The kernel of recurrent networks against plain Python: spike for spike, weight for weight."""

import numpy as np
import pytest
from naive import recurrent as naive

from plastica.inner.keys import Key
from plastica.inner.recurrent.dataset import DrawnNetworks
from plastica.inner.recurrent.network import RecurrentNetwork
from plastica.inner.recurrent.wiring import CONNECTIONS

SMALL = {
    "preset": "fsbi",
    "excitatory": 45,  # so that the numbering has gaps
    "inhibitory": 15,
    "probability": 0.4,
    "weight_EE": 0.4,
    "weight_EI": 0.4,
    "weight_IE": 1.0,
    "weight_II": 1.0,
    "weight_max": 2.0,
    "inputs": 100,
    "input_probability": 0.3,
    "input_weight": 0.5,
    "input_hz": 20.0,
    "learning_s": 0.3,
    "scoring_s": 0.1,
    "exploded_hz": 200.0,
}
CASES = {
    "as published": {},
    "refractory": {"neuron": "tif", "input_weight": 0.3},
    "no delay": {"delay_ms": 0.0},
    "long delay, after a warm-up": {"delay_ms": 3.0, "warmup_s": 0.1},
    "some plastic, tonic current": {"plastic": ("EI", "IE"), "tonic_mv": 5.0, "initial_sd_mv": 4.0},
}


def random_rules(seed, size, taus=(2.0, 60.0)):
    """Six parameters a connection, of either sign."""
    generator = np.random.default_rng(seed)
    return np.hstack([generator.uniform(*taus, (4, 2)), size * generator.standard_normal((4, 4))])


def assert_equal(network, rules, key=1):
    dataset = network.dataset(DrawnNetworks(), {}, Key(key, "bench"))
    found = network.run(rules, dataset, keep_s=0.0, double=True)
    named = {c: tuple(rules[CONNECTIONS.index(c)]) for c in network.connections}
    spikes, weights = naive.simulate(network, named, dataset)
    assert len(spikes) > 300
    assert list(zip(found.spike_step.tolist(), found.spike_neuron.tolist(), strict=True)) == spikes
    bounds = 0
    for connection in network.connections:
        expected = [weights[synapse] for synapse in naive.synapses(network, dataset, connection)]
        np.testing.assert_allclose(found.weights_of(connection, dataset, network.sizes), expected, atol=1e-9)
        bounds += np.isin(expected, [0.0, network.weight_max]).sum()
    return bounds


@pytest.mark.parametrize("case", CASES)
def test_every_spike_and_every_weight_is_that_of_plain_python(case):
    """All four connections plastic, gaps in the numbering, delays, a warm-up, both membranes."""
    assert_equal(RecurrentNetwork(**{**SMALL, **CASES[case]}), random_rules(1, 0.02))


@pytest.mark.parametrize("seed", range(4))
def test_bounds_that_are_reached_and_left_are_exact(seed):
    """Large changes of either sign: most weights meet both bounds, many of them between two presynaptic spikes."""
    assert assert_equal(RecurrentNetwork(**SMALL), random_rules(seed, 0.6), seed) > 100


def test_short_time_constants_are_swept_often():
    """Rounding does not grow between sweeps."""
    assert_equal(RecurrentNetwork(**SMALL), random_rules(5, 0.05, (1.0, 1.5)))


def test_terms_may_be_missing():
    """Without gamma no sweep is needed for x_pre, whose scale would grow beyond all numbers."""
    for missing in (3, 4, 5):
        rules = random_rules(6, 0.02, (0.3, 0.4) if missing == 4 else (2.0, 60.0))
        rules[:, missing] = 0.0
        assert_equal(RecurrentNetwork(**SMALL), rules)
