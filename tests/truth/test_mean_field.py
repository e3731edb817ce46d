"""Eqs. (15), (17), (18), and the neuron: on uncorrelated Poisson inputs, where they hold, and on correlated ones."""

import numpy as np
import pytest

from plastica.analysis.mean_field import (
    distance_from_manifold,
    is_stable,
    mean_drift,
    postsynaptic_beta,
    predicted_rate,
    signs_as_in_paper,
)
from plastica.inner.keys import Key
from plastica.inner.neuron.network import SpikingNeuron
from plastica.inner.neuron.vogels_input import VogelsInput
from plastica.rules.spike_pair import SpikePair, postsynaptic, vogels_2011

RULES = {"inhibitory": SpikePair()}
HZ = 10.0


def test_known_rules_hold_their_target():
    assert predicted_rate(vogels_2011(target_hz=7.0), HZ) == pytest.approx(7.0)
    assert predicted_rate(postsynaptic(target_hz=4.0, pre_hz=HZ), HZ) == pytest.approx(4.0)
    assert postsynaptic_beta(-1e-3, 20.0, 5.0) == pytest.approx(4e-3)
    assert mean_drift(vogels_2011(), HZ, 5.0) == pytest.approx(0.0, abs=1e-12)
    assert distance_from_manifold(vogels_2011(), HZ, 5.0) == pytest.approx(0.0, abs=1e-9)


def test_stability_and_signs():
    stable, reversed_signs = vogels_2011(), vogels_2011() * [1, 1, -1, 1, -1, -1]
    sinking = [20.0, 20.0, -1e-3, -1e-3, 0.0, 0.0]  # every spike takes inhibition away
    thetas = np.array([stable, reversed_signs, postsynaptic(), np.zeros(6), sinking])
    assert is_stable(thetas, HZ).tolist() == [True, False, True, False, False]
    assert signs_as_in_paper(thetas).tolist() == [False, False, True, False, False]
    assert mean_drift(stable, HZ, 6.0) > 0 > mean_drift(stable, HZ, 4.0)
    assert np.isnan(predicted_rate(np.zeros(6), HZ))
    assert distance_from_manifold(np.zeros(6), HZ, 5.0) == np.inf


def test_the_neuron_fires_at_the_predicted_rate_on_uncorrelated_inputs():
    """Synapses of small conductance, so that a single inhibitory spike hardly changes when the neuron fires."""
    data = VogelsInput(modulation_hz=0, baseline_hz=HZ, refractory_ms=0, inhibitory_per_group=100)
    neuron = SpikingNeuron(scoring_s=30, window_s=30, g_inhibitory_ns=0.35 / 4, initial_weight=0.8)
    thetas = np.array(
        [
            vogels_2011(eta=5e-3),
            vogels_2011(eta=5e-3, target_hz=8.0),
            postsynaptic(eta=1e-2, pre_hz=HZ),
            [10.0, 40.0, -3e-3, 2e-3, 2e-2, 5e-3],
            [30.0, 15.0, -4e-3, 1e-2, -5e-3, 2e-3],
        ]
    )
    dataset = neuron.dataset(data, RULES, Key(5, "held-out"))
    trials = neuron.simulate_dataset(RULES, {"inhibitory": thetas}, dataset)
    np.testing.assert_allclose(trials.rate_hz, predicted_rate(thetas, HZ), rtol=0.1)


def measured_over_predicted(data: VogelsInput, thetas: np.ndarray, trials: int) -> np.ndarray:
    """Mean rate after training over the mean prediction of Eq. (17), for each rule on the same inputs."""
    neuron, measured, predicted = SpikingNeuron(), [], []
    for index in range(trials):
        dataset = neuron.dataset(data, RULES, Key(5, "held-out", 0, index))
        arrivals = dataset.drive.event_synapse.size / dataset.initial_weights.size
        predicted.append(predicted_rate(thetas, arrivals / (neuron.training_s + neuron.scoring_s)))
        measured.append(neuron.simulate_dataset(RULES, {"inhibitory": thetas}, dataset).scoring_rate_hz)
    return np.mean(measured, axis=0) / np.mean(predicted, axis=0)


PURE, MIXED, NONE, REVERSED = range(4)  # what pairs of spikes do
PAIRS = np.array(
    [
        vogels_2011(),
        [20.0, 20.0, -1.2e-3, 2e-3, 1.5e-3, 1.5e-3],
        postsynaptic(eta=1e-2),
        [20.0, 20.0, -1.5e-3, 6e-3, -1e-3, -1e-3],
    ]
)


def test_without_correlations_the_prediction_is_right():
    """At the default conductances: what inhibition itself makes of the pairs is a few percent."""
    ratios = measured_over_predicted(VogelsInput(modulation_hz=0, baseline_hz=23.6), PAIRS, 4)
    np.testing.assert_allclose(ratios, 1, atol=0.09)
    np.testing.assert_allclose(ratios[1:], 1, atol=0.03)


def test_correlated_inputs_make_more_pairs_than_predicted():
    """Inputs that drive the neuron are the ones that its inhibition shares. A rule that strengthens inhibition at each
    pair therefore holds a lower rate, the more so the more of it pairs are; one that weakens it at each pair, a higher
    rate; one that pairs do not matter to, the predicted rate (Eq. 18)."""
    ratios = measured_over_predicted(VogelsInput(), PAIRS, 16)
    assert 0.6 < ratios[PURE] < 0.75  # 3.3 Hz for 5 Hz
    assert 0.78 < ratios[MIXED] < 0.88  # 6.5 Hz for 7.8 Hz
    assert 0.93 < ratios[NONE] < 1.07
    assert 1.05 < ratios[REVERSED] / ratios[NONE] < 1.25
