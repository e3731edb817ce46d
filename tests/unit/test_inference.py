"""Neural posterior estimation: against a posterior in closed form; and what is said where it cannot be done."""

import sys

import numpy as np
import pytest

from plastica.errors import UserError
from plastica.inference.calibration import calibration, ranks
from plastica.inference.drawn import Drawn
from plastica.inference.posterior import Posterior
from plastica.inference.simulated import Simulated

MIX, NOISE = np.array([[1.0, 0.5], [0.0, 1.0]]), 0.5  # x = MIX point + NOISE, points from a standard normal prior


def toy(count, seed):
    generator = np.random.default_rng(seed)
    points = generator.standard_normal((count, 2))
    return points, points @ MIX.T + NOISE * generator.standard_normal((count, 2))


def exact(x):
    """Mean and covariance of the posterior of the linear-Gaussian toy."""
    covariance = np.linalg.inv(np.eye(2) + MIX.T @ MIX / NOISE**2)
    return covariance @ MIX.T @ x / NOISE**2, covariance


@pytest.mark.filterwarnings("default")
def test_a_known_posterior_is_recovered_and_calibrated(tmp_path, monkeypatch):
    """Mean and covariance in closed form; ranks of truths are uniform; the same seed draws the same."""
    pytest.importorskip("sbi", reason="needs sbi")
    from plastica.inference.networks import Networks

    monkeypatch.chdir(tmp_path)
    state = np.random.get_state()[1].copy()
    learned = Networks(*toy(3000, 1), count=2, seed=1)
    for x in (np.array([1.0, -0.5]), np.array([0.0, 0.7])):
        drawn = learned.draw(x[None], 4000)[:, 0]
        mean, covariance = exact(x)
        np.testing.assert_allclose(drawn.mean(axis=0), mean, atol=0.12)
        np.testing.assert_allclose(np.cov(drawn.T), covariance, atol=0.08)
    truth, x = toy(300, 2)
    drawn = learned.draw(x, 200)
    assert drawn.shape == (200, 300, 2)
    assert calibration(ranks(truth, drawn), ("a", "b"))["passed"]
    np.testing.assert_array_equal(learned.draw(x, 200), drawn)
    np.testing.assert_array_equal(np.random.get_state()[1], state)
    assert list(tmp_path.iterdir()) == []  # no log of the training


class ToySpace:
    """Points are thetas."""

    mean, sd = np.zeros(2), np.ones(2)

    def decode(self, z):
        return z


class ToySimulator:
    """The toy as a simulator that knows its own noise."""

    def __call__(self, thetas):
        return Simulated(thetas @ MIX.T, np.full(thetas.shape, NOISE), np.zeros(len(thetas)))

    def again(self, thetas, group):
        assert len(thetas)  # an engine has no empty populations
        return thetas @ MIX.T + NOISE * np.random.default_rng((7, group)).standard_normal(thetas.shape)

    def keep_datasets(self):
        pass


@pytest.mark.filterwarnings("default")
@pytest.mark.parametrize("windows", [[[0.5, 1.0], [-1.0, 0.2]], [[1.0, 1.0], [-0.5, -0.5]]])
def test_the_posterior_is_that_of_the_prior_wherever_the_search_has_looked(windows):
    """Networks that learned beside the prior, from points around (1, 0) and half as wide, are corrected: mean and
    covariance as of a million draws from the prior, weighed one by one; the ranks of its own rules are uniform."""
    pytest.importorskip("sbi", reason="needs sbi")
    from plastica.inference.networks import Networks

    generator, windows = np.random.default_rng(5), np.array(windows)
    points = np.array([1.0, 0.0]) + 0.5 * generator.standard_normal((2000, 2))
    x = points @ MIX.T + NOISE * generator.standard_normal(points.shape)
    drawn = Drawn(ToySpace(), points, x, 0)
    learned = Networks(points, drawn.scores(x), count=1, seed=1)
    posterior = Posterior(drawn, learned, ToySimulator())
    found = posterior.given(windows, 1500, generator)
    prior = generator.standard_normal((1_000_000, 2))
    weights = np.exp(ToySimulator()(prior).log_likelihood(windows))
    mean = weights @ prior / weights.sum()
    np.testing.assert_allclose(found.weights @ found.points, mean, atol=0.05)
    covariance = np.cov(prior.T, aweights=weights)
    np.testing.assert_allclose(np.cov(found.points.T, aweights=found.weights), covariance, atol=0.05)
    assert found.effective > 1000
    biased = learned.draw(drawn.scores(windows.mean(axis=1)[None]), 3000)[:, 0].mean(axis=0)
    assert np.abs(biased - mean).max() > 0.1  # the networks by themselves
    if (windows[:, 0] < windows[:, 1]).all():
        assert posterior.own_ranks(found.chosen(3, generator), windows, generator).shape[1] == 2  # fewer than groups
        own = posterior.own_ranks(found.chosen(250, generator), windows, generator)
        assert calibration(own, ("a", "b"))["passed"]


def test_calibration_tells_a_posterior_that_is_too_narrow_or_beside():
    """And passes the exact one."""
    generator = np.random.default_rng(3)
    truth, x = toy(300, 4)
    means, covariance = np.array([exact(one)[0] for one in x]), exact(x[0])[1]
    exactly = means + generator.multivariate_normal(np.zeros(2), covariance, (200, 300))
    found = calibration(ranks(truth, exactly), ("a", "b"))
    assert found["passed"]
    assert found["in_middle_90"]["a"] == pytest.approx(0.9, abs=0.06)
    narrow = calibration(ranks(truth, means + 0.5 * (exactly - means)), ("a", "b"))
    assert not narrow["passed"]
    assert narrow["in_middle_90"]["b"] < 0.75
    assert not calibration(ranks(truth, exactly + np.array([0.3, 0.0])), ("a", "b"))["passed"]


def test_a_likelihood_is_that_of_means_over_datasets():
    """By counting normal draws; far out in a tail it is a small number, not none; a failed trial counts, too."""
    simulated = Simulated(np.array([[1.0, 5.0], [0.0, 5.5]]), np.array([[0.5, 1.0], [0.5, 2.0]]), np.log([1.0, 0.25]))
    draws = simulated.mean + simulated.sd * np.random.default_rng(8).standard_normal((400_000, 2, 2))
    windows = np.array([[0.5, 1.5], [4.0, 5.0]])
    counted = ((windows[:, 0] <= draws) & (draws <= windows[:, 1])).all(axis=2).mean(axis=0) * [1.0, 0.25]
    np.testing.assert_allclose(np.exp(simulated.log_likelihood(windows)), counted, rtol=0.05)
    at = np.array([[1.0, 1.0], [4.0, 4.0]])
    beside = simulated.log_likelihood(np.array([[1.0, 1.0], [5.0, 5.0]])) - simulated.log_likelihood(at)
    np.testing.assert_allclose(beside, [0.5, (1.5**2 - 0.5**2) / 8])
    far = Simulated(np.zeros((1, 1)), np.ones((1, 1)), np.zeros(1))
    for sign in (1.0, -1.0):
        window = np.sort(sign * np.array([[20.0, 21.0]]))
        assert far.log_likelihood(window)[0] == pytest.approx(-203.9, abs=0.1)  # Mills: exp(-200) / (20 sqrt(2 pi))


def test_without_the_extra_a_sentence(monkeypatch):
    from plastica.inference.networks import Networks

    monkeypatch.setitem(sys.modules, "sbi", None)
    monkeypatch.delitem(sys.modules, "sbi.inference", raising=False)
    with pytest.raises(UserError, match=r"^infer needs sbi, which is not installed: pip install -e '\.\[sbi\]'$"):
        Networks(*toy(10, 1), count=1, seed=1)
