"""The kernels against their plain twin, spike for spike, on random rules and inputs."""

import numpy as np
import pytest
from spiking_twin import simulate as twin
from stated import PAIR, spike_rule

from plastica.inner.keys import Key
from plastica.inner.neuron.network import SpikingNeuron
from plastica.inner.neuron.recording import record
from plastica.inner.neuron.vogels_input import VogelsInput
from plastica.inner.pair_form import pair_form
from plastica.rules.base import Space, Trace
from plastica.rules.expression import absolute, exp, maximum, name, number, tanh, where
from plastica.rules.spike_pair import SpikePair

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


W, X_PRE, X_POST, Y_SLOW = map(name, ("w", "x_pre", "x_post", "y_slow"))
ALPHA, BETA, GAMMA, KAPPA = map(name, ("alpha", "beta", "gamma", "kappa"))
BY_PRE, BY_POST = W + (ALPHA + KAPPA * X_POST), W + (BETA + GAMMA * X_PRE)
SLOW = Trace("y_slow", "post", "tau_slow")
EQ_14 = spike_rule(BY_PRE, BY_POST)
AS_STATED = [0, 1, 2, 5, 3, 4]  # columns of theta, in the order in which its parameters stand there
SLOWLY = spike_rule(maximum(BY_PRE, 0.0), maximum(BY_POST, 0.0))  # the same, for the general kernel
RULES_OF_ONES_OWN = {
    "pair": SLOWLY,
    "branching": spike_rule(
        where(X_POST < 0.5, W - absolute(ALPHA) * exp(-X_PRE), W + KAPPA * X_POST),
        where(X_POST > 1.0, W + GAMMA * X_PRE, W + BETA),
    ),
    "triplet": spike_rule(BY_PRE - absolute(ALPHA) * X_POST, W + GAMMA * X_PRE * (1 + Y_SLOW), (*PAIR[::-1], SLOW)),
    "many traces": spike_rule(
        W + ALPHA * name("a") + BETA * name("b") * name("c"),
        W + GAMMA * (name("a") - name("b")) + KAPPA * name("d"),
        tuple(
            Trace(*one) for one in (("a", "pre", "ta"), ("c", "post", "tc"), ("b", "pre", "tb"), ("d", "post", "ta"))
        ),
    ),
    "presynaptic spikes only": spike_rule(where(X_POST > 0.5, W + ALPHA, W - absolute(KAPPA)), W, PAIR[1:]),
    "no trace": spike_rule(W * (1 + ALPHA), W * (1 - absolute(BETA)) + tanh(GAMMA) * number(0.0), ()),
    "decay without a weight": spike_rule(ALPHA + W * 0.5, BETA + W * 0.5, PAIR[:1]),
}


def of_kind(rule, count, seed):
    """Random thetas: time constants from 5 to 80 ms, coefficients as those of RULES."""
    generator = np.random.default_rng(seed)
    taus = {trace.tau for trace in rule.traces}
    columns = [
        generator.uniform(5, 80, count) if name in taus else 3e-2 * generator.standard_normal(count)
        for name in rule.names
    ]
    return np.stack(columns, axis=1)


@pytest.mark.parametrize("kind", RULES_OF_ONES_OWN)
def test_general_kernel_spikes_with_its_twin(kind):
    """Rules that branch, with any number of traces of either side, that leave weights alone at one side's spikes."""
    neuron, rules = SpikingNeuron(**SHORT), {"inhibitory": RULES_OF_ONES_OWN[kind]}
    assert pair_form(rules["inhibitory"]) is None
    thetas = of_kind(rules["inhibitory"], 6, seed=2)
    dataset = neuron.dataset(DATA, rules, Key(2, "search"))
    trains = neuron.spike_trains(rules, {"inhibitory": thetas}, dataset, double=True)
    weights = neuron.simulate_dataset(rules, {"inhibitory": thetas}, dataset, double=True).weights
    for theta, train, w in zip(thetas, trains, weights, strict=True):
        spikes, final = twin(neuron, rules["inhibitory"], theta, dataset)
        np.testing.assert_array_equal(train, spikes)
        np.testing.assert_allclose(w, final, rtol=1e-9, atol=1e-12)
        recording = record(neuron, rules, theta, dataset, 0.0, 10.0)
        np.testing.assert_array_equal(np.round(recording.spike_ms / neuron.dt_ms), spikes)


def test_general_kernel_spikes_with_its_twin_in_single_precision():
    neuron, rules = SpikingNeuron(**SHORT), {"inhibitory": RULES_OF_ONES_OWN["triplet"]}
    thetas = of_kind(rules["inhibitory"], 12, seed=5)
    dataset = neuron.dataset(DATA, rules, Key(5, "search"))
    trains = neuron.spike_trains(rules, {"inhibitory": thetas}, dataset)
    found = [twin(neuron, rules["inhibitory"], theta, dataset)[0] for theta in thetas]
    equal = sum(np.array_equal(train, spikes) for train, spikes in zip(trains, found, strict=True))
    assert equal >= len(thetas) - 2  # float32 may move a spike by one step


def test_scales_that_are_taken_back_change_nothing():
    """Traces of 1 ms grow their scale beyond its bound many times in a trial."""
    neuron, rule = SpikingNeuron(**SHORT), RULES_OF_ONES_OWN["many traces"]
    theta = of_kind(rule, 1, seed=6)[0]
    theta[[rule.names.index("ta"), rule.names.index("tb")]] = 1.0, 1.5
    dataset = neuron.dataset(DATA, {"inhibitory": rule}, Key(6, "search"))
    (train,) = neuron.spike_trains({"inhibitory": rule}, {"inhibitory": theta[None]}, dataset, double=True)
    np.testing.assert_array_equal(train, twin(neuron, rule, theta, dataset)[0])


def test_both_doors_give_the_same():
    neuron = SpikingNeuron(**SHORT)
    thetas = {"inhibitory": random_rules(20, seed=3)}
    dataset = neuron.dataset(DATA, RULES, Key(3, "search"))
    fast = neuron.simulate_dataset(RULES, thetas, dataset, double=True)
    other = {"inhibitory": thetas["inhibitory"][:, AS_STATED]}
    general = neuron.simulate_dataset({"inhibitory": SLOWLY}, other, dataset, double=True)
    np.testing.assert_array_equal(fast.spikes, general.spikes)
    np.testing.assert_allclose(fast.weights, general.weights, rtol=1e-9, atol=1e-12)


def test_eq_14_takes_the_fast_door_in_any_words():
    """Written as a formula it is the same bit for bit, other names and another order notwithstanding."""
    neuron = SpikingNeuron(**SHORT)
    thetas = random_rules(20, seed=3)
    dataset = neuron.dataset(DATA, RULES, Key(3, "search"))
    fast = neuron.simulate_dataset(RULES, {"inhibitory": thetas}, dataset)
    u, v, a, b, c, d = map(name, "uvabcd")
    traces = Trace("v", "post", "slow"), Trace("u", "pre", "quick")
    other = spike_rule(d * v + a + W, (u * c + b) + W, traces)
    assert other.names == ("slow", "quick", "d", "a", "c", "b")
    for rule, columns in ((EQ_14, AS_STATED), (other, [1, 0, 5, 2, 4, 3])):
        assert pair_form(rule) is not None
        found = neuron.simulate_dataset({"inhibitory": rule}, {"inhibitory": thetas[:, columns]}, dataset)
        np.testing.assert_array_equal(found.weights, fast.weights)


@pytest.mark.parametrize(
    "rule",
    [
        spike_rule(W + ALPHA * X_POST, W + 2 * BETA, PAIR[1:]),
        spike_rule(W - (ALPHA + X_POST * KAPPA) / (1 + BETA * BETA), W + GAMMA * (X_PRE - 1)),
        spike_rule(W, W + BETA, ()),
    ],
    ids=["one trace", "computed coefficients", "no trace"],
)
def test_what_is_of_the_form_of_eq_14_equals_the_twin(rule):
    """Traces that are left out, and coefficients that are computed."""
    neuron, rules = SpikingNeuron(**SHORT), {"inhibitory": rule}
    assert pair_form(rule) is not None
    thetas = of_kind(rule, 4, seed=8)
    dataset = neuron.dataset(DATA, rules, Key(8, "search"))
    trains = neuron.spike_trains(rules, {"inhibitory": thetas}, dataset, double=True)
    for theta, train in zip(thetas, trains, strict=True):
        np.testing.assert_array_equal(train, twin(neuron, rule, theta, dataset)[0])
