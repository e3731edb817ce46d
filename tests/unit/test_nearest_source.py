"""The distance to the nearest source, with either sign, and what a neuron makes of it by the known rule."""

import numpy as np

from plastica.config import load
from plastica.inner.outcome import Outcome
from plastica.inner.rate.trials import RateTrials
from plastica.tasks.losses.nearest_source import NearestSource

TASK = load("independent-components", {"data.batch": 2000}).composed
DATASETS = [TASK.dataset(key) for key in TASK.keys(1, "held-out", 3)]


def trials(w, outcome=Outcome.OK, lifetime=1.0) -> RateTrials:
    """One candidate's weights, the same on every dataset unless they have an axis for it."""
    w = np.broadcast_to(np.asarray(w, dtype=float), (1, len(DATASETS), 1, 3))
    shape = w.shape[:2]
    return RateTrials(np.full(shape, outcome, dtype=np.int8), w, np.zeros((*shape, 1, 1)), np.full(shape, lifetime))


def test_either_sign_of_any_source_is_right():
    """No distance at a source, whatever its sign; beside it, the distance to the nearest of all."""
    directions = np.stack([dataset.stimuli.principal for dataset in DATASETS])
    for k in range(3):
        for sign in (-1, 1):
            loss, metrics = NearestSource().score(trials(sign * directions[None, :, k : k + 1]), DATASETS)
            np.testing.assert_allclose(loss, 0, atol=1e-12)
            np.testing.assert_allclose(metrics["alignment"], 1)
            np.testing.assert_allclose(metrics["length"], 1)
    w = np.array([0.3, -0.2, 0.9])
    every = [np.linalg.norm(w - sign * directions, axis=-1).min(axis=-1) for sign in (-1, 1)]
    np.testing.assert_allclose(NearestSource().score(trials(w), DATASETS)[0][0], np.min(every, axis=0))


def test_an_explosion_costs_more_than_any_distance_and_less_the_later():
    """Finite, whatever the weights are."""
    loss = NearestSource(unstable=2.0)
    far = loss.score(trials([9.0, 9.0, 9.0]), DATASETS)[0]
    late, early = (loss.score(trials(np.inf, Outcome.EXPLODED, t), DATASETS)[0] for t in (0.9, 0.1))
    never = loss.score(trials(np.nan, Outcome.NONFINITE), DATASETS)[0]
    assert (far == 2).all()
    assert (far < late).all()
    assert (late < early).all()
    assert (never == 4).all()


def _after(updates: int, theta) -> np.ndarray:
    """Weights [D, N] by a rule from the sources themselves, |cos| with them ordered: the network starts anywhere."""
    network = TASK.network.model_copy(update={"updates": updates})
    return network.simulate(TASK.rules, TASK.split(np.atleast_2d(theta)), DATASETS).w[0, :, 0]


def test_the_known_rule_ends_at_a_source_of_unit_length():
    """From anywhere, near one of them as closely as samples tell; the same with the other sign goes elsewhere."""
    known = TASK.known_theta(TASK.targets)
    evaluation = TASK.score(np.stack([known, -known]), DATASETS)
    assert (evaluation.loss[0] < 0.02).all()
    np.testing.assert_allclose(evaluation.metrics["length"][0], 1, atol=0.01)
    assert (evaluation.loss[1] > 0.3).all()


def test_the_known_rule_stays_there():
    """Twice and four times as many updates change nothing but what mini-batches do."""
    known = TASK.known_theta(TASK.targets)
    ends = [_after(count, known) for count in (1000, 2000, 4000)]
    np.testing.assert_allclose(ends[1], ends[0], atol=0.01)
    np.testing.assert_allclose(ends[2], ends[0], atol=0.01)


def test_any_share_of_ojas_term_has_the_same_fixed_point():
    """x y^3 with a sign, b x y and c y^2 w end at unit length at a source if 3 a + kurtosis a + b + c = 0 and b > 0."""
    names = TASK.space.names
    for share in (-1.0, 0.5, 1.0):
        theta = np.zeros(TASK.space.size)
        theta[names.index("feedforward.A130")] = -1.0
        theta[names.index("feedforward.A110")] = 1.8 - share
        theta[names.index("feedforward.A021")] = share
        evaluation = TASK.score(theta[None], DATASETS)
        assert (evaluation.loss < 0.03).all(), share


def test_gradients_are_those_of_the_loss():
    """Exact gradients agree with central differences, on the way: at its end the distance has a kink."""
    short = load("independent-components", {"data.batch": 2000, "network.updates": 40}).composed
    theta = TASK.known_theta(TASK.targets) * 0.7
    exact = short.gradient(theta[None], DATASETS)[0]
    step = 1e-3
    for k in range(TASK.space.size):
        shift = step * (np.arange(TASK.space.size) == k)
        up, down = short.score(np.stack([theta + shift, theta - shift]), DATASETS).loss
        np.testing.assert_allclose(exact[:, k], (up - down) / (2 * step), atol=5e-3, rtol=0.05)
