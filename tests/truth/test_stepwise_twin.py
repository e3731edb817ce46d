"""Stepwise networks in JAX against twins in numpy that follow their docstrings."""

import numpy as np
import pytest
from naive.stepwise import delta_rule_training, layers_training, recall_after_storage

from plastica.config import load
from plastica.inner.outcome import Outcome
from plastica.rules.readers import NUMPY, read

FUNCTIONS = {
    "linear": lambda u: u,
    "tanh": np.tanh,
    "relu": lambda u: max(u, 0.0),
    "sigmoid": lambda u: 1 / (1 + np.exp(-u)),
}
FORMULA = {"kind": "formula", "change": "a*x*tanh(y) - where(w > b, c*w, 0.1*y**2*w)"}


def as_function(rule, theta, *words):
    """A rule with its numbers, as a function of its quantities."""
    own = dict(zip((p.name for p in rule.parameters()), theta.tolist(), strict=True))

    def change(*values):
        with np.errstate(all="ignore"):
            return float(read(rule.formulas["change"], NUMPY, own | dict(zip(words, values, strict=True))))

    return change


@pytest.mark.parametrize("activation", FUNCTIONS)
def test_a_taught_neuron(activation):
    """Random rules of its quantities, with every activation, and stimuli that come round again."""
    settings = {"network.inputs": 4, "network.updates": 9, "data.batch": 3, "data.batches": 5}
    task = load("delta-rule", settings | {"network.activation": activation}).composed
    thetas = task.space.draw(np.random.default_rng(1), 3)
    dataset = task.dataset(task.keys(1, "search", 1)[0])
    trials = task.network.simulate(task.rules, task.split(thetas), [dataset])
    for theta, w in zip(thetas, trials.state["feedforward"][:, 0], strict=True):
        drawn, function = dataset.drawn, FUNCTIONS[activation]
        change = as_function(task.rules["feedforward"], theta, "x", "e", "y", "w")
        stimuli = drawn["stimuli"]
        expected = delta_rule_training(
            change, stimuli["x"], stimuli["target"], drawn["w"], function, 9, task.network.eta
        )
        np.testing.assert_allclose(w, expected, rtol=2e-5, atol=2e-6)


def test_an_associative_memory():
    """Random rules: what the network answers to each cue."""
    task = load("associative-memory", {"network.units": 12, "network.updates": 3, "network.gain": 3.0}).composed
    thetas = task.space.draw(np.random.default_rng(1), 3)
    dataset = task.dataset(task.keys(1, "search", 1)[0])
    trials = task.network.simulate(task.rules, task.split(thetas), [dataset])
    network, drawn = task.network, dataset.drawn
    for theta, recalled in zip(thetas, trials.state["recalled"][:, 0], strict=True):
        expected = recall_after_storage(
            as_function(task.rules["recurrent"], theta, "x", "y", "w"),
            drawn["stimuli"], drawn["cues"], network.activity, network.threshold, network.gain, network.sweeps,
        )  # fmt: skip
        np.testing.assert_allclose(recalled, expected, rtol=1e-3, atol=1e-5)


@pytest.mark.parametrize("kind", ["volterra", "formula"])
@pytest.mark.parametrize("activation", ["tanh", "relu", "sigmoid"])
def test_layers_with_an_activation(activation, kind):
    """Feedforward and some lateral weights, neuron by neuron; polynomials and rules that are none."""
    settings = {
        "network.inputs": 4,
        "network.outputs": 3,
        "network.lateral": [[0, 0, 0], [1, 0, 0], [1, 1, 0]],
        "network.updates": 7,
        "network.initial_lateral_sd": 0.3,
        "network.activation": activation,
        "data.batch": 6,
        "data.batches": 3,
    }
    rules = {"rules.feedforward": FORMULA, "rules.lateral": FORMULA} if kind == "formula" else {}
    task = load("principal-components", settings | rules).composed
    thetas = task.space.draw(np.random.default_rng(1), 3)
    dataset = task.dataset(task.keys(1, "search", 1)[0])
    parts = task.split(thetas)
    trials = task.network.simulate(task.rules, parts, [dataset])
    assert (trials.outcome == Outcome.OK).all()
    network = task.network
    for r in range(3):
        changes = [as_function(task.rules[c], parts[c][r], "x", "y", "w") for c in network.connections]
        w, lateral = layers_training(
            *changes, dataset.stimuli.samples, dataset.w, dataset.lateral, network.edges(), FUNCTIONS[activation],
            7, network.eta, network.eta_lateral,
        )  # fmt: skip
        np.testing.assert_allclose(trials.w[r, 0], w, rtol=2e-4, atol=2e-5)
        np.testing.assert_allclose(trials.lateral[r, 0], lateral, rtol=2e-4, atol=2e-5)
