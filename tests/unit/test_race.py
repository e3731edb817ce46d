"""Successive halving: many candidates on few datasets, few on many."""

import numpy as np
from direct import Direct
from small import small

from plastica.analysis.calibration import calibrated
from plastica.analysis.race import race
from plastica.config import load
from plastica.inner.keys import Key
from plastica.tasks.task import Evaluation

KEYS = [Key(1, "selection", 0, k) for k in range(10)]


class Noisy:
    """theta is the loss, but for a noise that each dataset has for each candidate."""

    def __init__(self, noise=0.0):
        self.noise, self.seen = noise, []

    def evaluate(self, thetas, keys):
        self.seen.append((len(thetas), tuple(keys)))
        noise = [
            [np.random.default_rng([key.index, int(1e6 * t)]).standard_normal() for key in keys] for t in thetas[:, 0]
        ]
        loss = thetas + self.noise * np.array(noise)
        return Evaluation(loss, np.zeros(loss.shape, np.int8))


def test_half_goes_on_to_twice_as_many_and_each_dataset_is_seen_once():
    evaluator = Noisy()
    thetas = np.array([[5.0], [3.0], [1.0], [4.0], [2.0], [6.0], [7.0]])
    assert race(thetas, KEYS, 2, evaluator.evaluate) == 1.0
    assert [(n, len(keys)) for n, keys in evaluator.seen] == [(7, 2), (4, 2), (2, 4), (1, 2)]
    assert sum((keys for _, keys in evaluator.seen), ()) == tuple(KEYS)


def test_those_that_stay_are_there_at_the_end():
    """So nothing wins that is worse than they are on all datasets, however good it looked on few."""
    evaluator = Noisy(noise=3.0)
    thetas = np.arange(20.0)[:, None] / 10
    whole = Noisy(3.0).evaluate(thetas, KEYS).loss.mean(axis=1)
    found = race(thetas, KEYS, 1, evaluator.evaluate, stays=2)
    assert whole[np.flatnonzero(thetas == found)] <= whole[:2].min()
    assert evaluator.seen[-1][0] >= 2


def test_as_many_as_there_are_is_an_ordinary_choice():
    evaluator = Noisy()
    assert race(np.array([[2.0], [1.0]]), KEYS, 50, evaluator.evaluate) == 1.0
    assert evaluator.seen == [(2, tuple(KEYS))]


def test_a_calibration_on_few_datasets_is_as_good_and_costs_less():
    """Of Oja's rule: on all datasets it loses at most 5 % more, by half the trials; and each generation sees others."""
    task = load("oja", small("oja") | {"network.updates": 200, "data.batch": 20, "data.batches": 20}).composed
    known = task.known_theta(task.targets)
    keys = task.keys(1, "selection", 24)
    whole, few = Direct(task), Direct(task)
    found = [calibrated(task, known, keys, 1, whole), calibrated(task, known, keys, 1, few, None, 12, 4)]
    loss = task.evaluate(np.array([known, *found]), keys).loss.mean(axis=1)
    assert loss[2] <= loss[0]
    assert loss[2] <= 1.05 * loss[1]
    trials = [sum(n * len(seen) for n, seen in engine.seen) for engine in (whole, few)]
    assert trials[1] < trials[0] / 5
    assert [seen for _, seen in few.seen[:3]] == [tuple(keys[4 * k : 4 * k + 4]) for k in range(3)]
    assert few.seen[6][1] == tuple(keys[:4])


def test_without_generations_the_grid_is_all():
    """Then the answer is a common factor of all coefficients."""
    task = load("oja", small("oja") | {"network.updates": 200}).composed
    known = task.known_theta(task.targets)
    keys = task.keys(1, "selection", 4)
    for few in (0, 2):
        found = calibrated(task, known, keys, 1, Direct(task), None, 0, few)
        factors = found[known != 0] / known[known != 0]
        np.testing.assert_allclose(factors, factors[0])
