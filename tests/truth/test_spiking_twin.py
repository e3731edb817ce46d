"""The kernels against their plain twin, spike for spike, on random rules and inputs."""

import math

import numpy as np
import pytest
from spiking_twin import simulate as twin

from plastica.inner.keys import Key
from plastica.inner.neuron.network import SpikingNeuron
from plastica.inner.neuron.vogels_input import VogelsInput
from plastica.rules.base import Space
from plastica.rules.spike_pair import SpikePair
from plastica.section import Section

RULES = {"inhibitory": SpikePair(step=3e-2)}  # in two seconds, large steps show what small ones do in a minute
DATA = VogelsInput(excitatory_per_group=60, inhibitory_per_group=4)
SHORT = {"training_s": 0.7, "scoring_s": 0.5, "window_s": 0.5, "g_excitatory_ns": 0.25, "g_inhibitory_ns": 2.0}


def random_rules(count, seed):
    return Space(RULES["inhibitory"].parameters()).draw(np.random.default_rng(seed), count)


@pytest.mark.parametrize("weight_max", [0.0, 0.3])
@pytest.mark.parametrize("double", [True, False])
def test_kernel_spikes_with_its_twin(double, weight_max):
    neuron = SpikingNeuron(**SHORT, weight_max=weight_max)
    thetas = random_rules(12, seed=1)
    thetas[0, :2], thetas[1, :2] = (1.0, 200.0), (300.0, 1.5)  # the shortest and long traces
    dataset = neuron.dataset(DATA, RULES, Key(1, "search"))
    trains = neuron.spike_trains(RULES, {"inhibitory": thetas}, dataset, double)
    weights = neuron.simulate_dataset(RULES, {"inhibitory": thetas}, dataset, double).weights
    equal = 0
    for theta, train, w in zip(thetas, trains, weights, strict=True):
        spikes, final = twin(neuron, RULES["inhibitory"], theta, dataset)
        equal += np.array_equal(train, spikes)
        if double:
            np.testing.assert_array_equal(train, spikes)
            np.testing.assert_allclose(w, final, rtol=1e-9, atol=1e-12)
    assert equal >= (len(thetas) if double else len(thetas) - 2)  # float32 may move a spike by one step
    assert max(map(len, trains)) > 60
    assert weight_max or min(map(len, trains)) < 25  # the rules differ


@pytest.mark.parametrize(
    "other",
    [
        {"refractory_ms": 0.0},
        {"refractory_ms": 12.0, "dt_ms": 0.2},
        {"refractory_ms": 0.7, "tau_inhibitory_ms": 2.0, "v_reset_mv": -70.0},
        {"g_inhibitory_ns": 2000.0, "initial_weight": 5.0},  # a conductance that one step of Euler cannot follow
    ],
    ids=["no refractory period", "coarse steps", "other constants", "shunting"],
)
def test_kernel_spikes_with_its_twin_for_other_constants(other):
    neuron = SpikingNeuron(**{**SHORT, **other})
    thetas = random_rules(5, seed=4)
    dataset = neuron.dataset(DATA, RULES, Key(4, "search"))
    trains = neuron.spike_trains(RULES, {"inhibitory": thetas}, dataset, double=True)
    weights = neuron.simulate_dataset(RULES, {"inhibitory": thetas}, dataset, double=True).weights
    for theta, train, w in zip(thetas, trains, weights, strict=True):
        spikes, final = twin(neuron, RULES["inhibitory"], theta, dataset)
        np.testing.assert_array_equal(train, spikes)
        np.testing.assert_allclose(w, final, rtol=1e-9, atol=1e-12)
    assert "initial_weight" in other or max(map(len, trains)) > 2  # strong inhibition silences


class Pair(Section):
    """The spike-pair rule through the general door."""

    def parameters(self):
        return RULES["inhibitory"].parameters()

    def equation(self, theta, threshold=0.0):
        return RULES["inhibitory"].equation(theta, threshold)

    @staticmethod
    def on_pre(w, x_pre, x_post, tau_pre, tau_post, alpha, beta, gamma, kappa):
        return w + (alpha + kappa * x_post)

    @staticmethod
    def on_post(w, x_pre, x_post, tau_pre, tau_post, alpha, beta, gamma, kappa):
        return w + (beta + gamma * x_pre)


class Branching(Pair):
    """A rule that cannot be computed for sixteen candidates at once: it branches, and saturates by exp."""

    @staticmethod
    def on_pre(w, x_pre, x_post, tau_pre, tau_post, alpha, beta, gamma, kappa):
        return w - abs(alpha) * math.exp(-x_pre) if x_post < 0.5 else w + kappa * x_post

    @staticmethod
    def on_post(w, x_pre, x_post, tau_pre, tau_post, alpha, beta, gamma, kappa):
        if x_post > 1.0:
            return w + gamma * x_pre
        return w + beta


@pytest.mark.parametrize("rule", [Pair(), Branching()], ids=["lanes", "lane by lane"])
def test_general_kernel_spikes_with_its_twin(rule):
    neuron = SpikingNeuron(**SHORT)
    thetas = random_rules(6, seed=2)
    dataset = neuron.dataset(DATA, {"inhibitory": rule}, Key(2, "search"))
    trains = neuron.spike_trains({"inhibitory": rule}, {"inhibitory": thetas}, dataset, double=True)
    weights = neuron.simulate_dataset({"inhibitory": rule}, {"inhibitory": thetas}, dataset, double=True).weights
    for theta, train, w in zip(thetas, trains, weights, strict=True):
        spikes, final = twin(neuron, rule, theta, dataset)
        np.testing.assert_array_equal(train, spikes)
        np.testing.assert_allclose(w, final, rtol=1e-9, atol=1e-12)


def test_both_doors_give_the_same():
    neuron = SpikingNeuron(**SHORT)
    thetas = {"inhibitory": random_rules(20, seed=3)}
    dataset = neuron.dataset(DATA, RULES, Key(3, "search"))
    fast = neuron.simulate_dataset(RULES, thetas, dataset, double=True)
    general = neuron.simulate_dataset({"inhibitory": Pair()}, thetas, dataset, double=True)
    np.testing.assert_array_equal(fast.spikes, general.spikes)
    np.testing.assert_allclose(fast.weights, general.weights, rtol=1e-9, atol=1e-12)
