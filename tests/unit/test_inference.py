"""Neural posterior estimation: against a posterior in closed form; and what is said where it cannot be done."""

import sys

import numpy as np
import pytest

from plastica.errors import UserError
from plastica.inference.calibration import calibration

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
    assert calibration(truth, drawn, ("a", "b"))["passed"]
    np.testing.assert_array_equal(learned.draw(x, 200), drawn)
    np.testing.assert_array_equal(np.random.get_state()[1], state)
    assert list(tmp_path.iterdir()) == []  # no log of the training


def test_calibration_tells_a_posterior_that_is_too_narrow_or_beside():
    """And passes the exact one."""
    generator = np.random.default_rng(3)
    truth, x = toy(300, 4)
    means, covariance = np.array([exact(one)[0] for one in x]), exact(x[0])[1]
    exactly = means + generator.multivariate_normal(np.zeros(2), covariance, (200, 300))
    found = calibration(truth, exactly, ("a", "b"))
    assert found["passed"]
    assert found["in_middle_90"]["a"] == pytest.approx(0.9, abs=0.06)
    narrow = calibration(truth, means + 0.5 * (exactly - means), ("a", "b"))
    assert not narrow["passed"]
    assert narrow["in_middle_90"]["b"] < 0.75
    assert not calibration(truth, exactly + np.array([0.3, 0.0]), ("a", "b"))["passed"]


def test_without_the_extra_a_sentence(monkeypatch):
    from plastica.inference.networks import Networks

    monkeypatch.setitem(sys.modules, "sbi", None)
    monkeypatch.delitem(sys.modules, "sbi.inference", raising=False)
    with pytest.raises(UserError, match=r"^infer needs sbi, which is not installed: pip install -e '\.\[sbi\]'$"):
        Networks(*toy(10, 1), count=1, seed=1)
