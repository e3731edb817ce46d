"""What is known of the rules: Oja's finds the first principal component, with anti-Hebb the first M in order."""

import numpy as np
import pytest

from plastica.inner.outcome import Outcome
from plastica.inner.rate.gaussian import GaussianData, Leading, Linear
from plastica.inner.rate.network import RateNetwork
from plastica.rules.volterra import Volterra
from plastica.tasks.losses.principal_vectors import PrincipalVectors
from plastica.tasks.oja import OJA
from plastica.tasks.task import Task

PAIR = {"feedforward": Volterra(), "lateral": Volterra(letter="B")}


def oja_task(inputs: int, updates: int, batch: int = 200, rules=None) -> Task:
    """One mini-batch a dataset, so that the weights come to rest."""
    data = GaussianData(batch=batch, batches=1, scale=(1.0, 1.0), spectrum=Linear(first=2.0, second=0.5, last=0.1))
    rules = rules or {"feedforward": PAIR["feedforward"]}
    return Task("oja", RateNetwork(inputs=inputs, updates=updates), rules, data, PrincipalVectors())


def train(task: Task, theta: np.ndarray, datasets: int = 2):
    made = [task.dataset(key) for key in task.keys(1, "search", datasets)]
    return task.network.simulate(task.rules, task.split(theta[None]), made), made


@pytest.mark.parametrize(("inputs", "batch"), [(1, 200), (2, 200), (3, 200), (500, 60)])
def test_oja_reaches_the_first_principal_component(inputs, batch):
    """The weights end at the eigenvector of unit length with the largest variance, for 1 to 500 inputs (Eq. 2)."""
    task = oja_task(inputs, updates=400 if inputs < 500 else 1000, batch=batch)
    trials, made = train(task, task.rules["feedforward"].known("oja"))
    for d, dataset in enumerate(made):
        samples = dataset.stimuli.samples.reshape(-1, inputs)
        _, _, vectors = np.linalg.svd(samples, full_matrices=False)
        w = trials.w[0, d, 0]
        np.testing.assert_allclose(np.linalg.norm(w), 1, atol=2e-3)
        np.testing.assert_allclose(abs(w @ vectors[0]), 1, atol=2e-3)
    assert (PrincipalVectors().score(trials, made)[0] < 0.01).all()


def test_other_rules_do_not_reach_it():
    """The loss tells rules apart: Hebb alone explodes, no plasticity stays where it began, Oja's rule wins."""
    task = oja_task(3, updates=400)
    rule = task.rules["feedforward"]
    thetas = np.array([rule.known(name) for name in ("oja", "hebb", "none")])
    evaluation = task.evaluate(thetas, task.keys(1, "search", 4))
    assert (evaluation.outcome == np.array([[Outcome.OK], [Outcome.EXPLODED], [Outcome.OK]])).all()
    oja, hebb, none = evaluation.loss
    assert (oja < none).all()
    assert (none < hebb).all()


def test_oja_and_anti_hebb_extract_the_principal_vectors_in_order():
    """Section 3.2: neuron i ends at the i-th principal vector, and the lateral weights decay."""
    data = GaussianData(batch=200, batches=1, scale=(1.0, 1.0), spectrum=Leading(leading=(2.0, 1.2, 0.6), rest=0.1))
    task = Task("pair", RateNetwork(inputs=5, outputs=3, updates=1500), PAIR, data, PrincipalVectors())
    theta = np.concatenate([PAIR["feedforward"].known("oja"), PAIR["lateral"].known("anti_hebb")])
    trials, made = train(task, theta, datasets=3)
    assert (trials.outcome == Outcome.OK).all()
    for d, dataset in enumerate(made):
        _, _, vectors = np.linalg.svd(dataset.stimuli.samples.reshape(-1, 5), full_matrices=False)
        overlaps = trials.w[0, d] @ vectors[:3].T
        np.testing.assert_allclose(np.abs(overlaps), np.eye(3), atol=0.01)
        assert np.abs(dataset.lateral).max() > 0.02
        assert np.abs(trials.lateral[0, d]).max() < 0.005
    assert (PrincipalVectors().score(trials, made)[0] < 0.03).all()


def test_without_lateral_weights_all_neurons_find_the_same_vector():
    """It is the lateral rule that orders them: Oja's rule alone leads every neuron to the first principal vector."""
    data = GaussianData(batch=200, batches=1, scale=(1.0, 1.0), spectrum=Leading(leading=(2.0, 1.0), rest=0.1))
    network = RateNetwork(inputs=4, outputs=2, updates=600, lateral="none")
    task = Task("alone", network, {"feedforward": PAIR["feedforward"]}, data, PrincipalVectors())
    trials, made = train(task, PAIR["feedforward"].known("oja"))
    for d, dataset in enumerate(made):
        overlaps = np.abs(trials.w[0, d] @ dataset.stimuli.principal[0])
        np.testing.assert_allclose(overlaps, 1, atol=0.01)


def test_one_output_is_the_single_neuron():
    """M = 1 of the two-layer network is the neuron of section 3.1: the same losses, bit for bit."""
    single = OJA.task
    two_layers = Task("pair", single.network, PAIR, single.data, single.loss)
    thetas = single.space.draw(np.random.default_rng(1), 5)
    keys = single.keys(4, "search", 2)
    np.testing.assert_array_equal(two_layers.evaluate(thetas, keys).loss, single.evaluate(thetas, keys).loss)


@pytest.mark.parametrize("batch", [200, 2])
def test_the_first_neuron_of_several_is_the_single_neuron(batch):
    """It receives from no other neuron, so it learns what it would learn alone."""
    data = GaussianData(batch=batch, batches=2)
    several = Task("pair", RateNetwork(inputs=3, outputs=3, updates=30), PAIR, data, PrincipalVectors())
    single = Task("one", RateNetwork(inputs=3, outputs=1, updates=30), PAIR, data, PrincipalVectors())
    thetas = 0.5 * several.space.draw(np.random.default_rng(2), 4)
    key = several.keys(1, "search", 1)[0]
    many, one = several.dataset(key), single.dataset(key)
    np.testing.assert_array_equal(many.stimuli.samples, one.stimuli.samples)
    np.testing.assert_array_equal(many.w[:1], one.w)
    first = several.network.simulate(PAIR, several.split(thetas), [many])
    alone = single.network.simulate(PAIR, {"feedforward": thetas[:, :27]}, [one])
    ok = first.outcome == Outcome.OK
    assert ok.any()
    np.testing.assert_allclose(first.w[ok][:, 0], alone.w[ok][:, 0], rtol=1e-4, atol=1e-6)
