"""Mixtures of Gaussians: densities against scipy's, fits against known mixtures, and what few points are worth."""

import numpy as np
import pytest
from scipy.stats import multivariate_normal

from plastica.outer.mixture import Mixture, effective_count, fit


def generator(seed: int = 1) -> np.random.Generator:
    return np.random.default_rng(seed)


@pytest.fixture
def known() -> Mixture:
    """A round Gaussian, and a narrow oblique one far away."""
    oblique = np.linalg.cholesky(np.array([[1.0, 0.9, 0], [0.9, 1.0, 0], [0, 0, 0.04]]))
    return Mixture(np.array([0.3, 0.7]), np.array([[0.0, 0, 0], [5.0, -3, 1]]), np.stack([np.eye(3), oblique]))


def test_density_is_that_of_scipy(known):
    points = known.draw(generator(), 50)
    parts = [
        share * multivariate_normal(mean, factor @ factor.T).pdf(points)
        for share, mean, factor in zip(known.shares, known.means, known.factors, strict=True)
    ]
    np.testing.assert_allclose(np.exp(known.log_density(points)), sum(parts), rtol=1e-10)
    parts, density = known.responsibilities(points)
    np.testing.assert_allclose(parts.sum(axis=0), 1)
    np.testing.assert_allclose(density, known.log_density(points))


def test_a_known_mixture_is_found_again(known):
    """Shares, means and covariances, from draws of it."""
    found = fit(known.draw(generator(), 4000), np.ones(4000), 2, generator())
    order = np.argsort(found.shares)
    np.testing.assert_allclose(found.shares[order], known.shares, atol=0.02)
    np.testing.assert_allclose(found.means[order], known.means, atol=0.1)
    covariance = found.factors[order] @ found.factors[order].transpose(0, 2, 1)
    np.testing.assert_allclose(covariance, known.factors @ known.factors.transpose(0, 2, 1), atol=0.1)


def test_weights_count_like_points():
    """Draws from a broad Gaussian, weighted by a narrow density over it, give the narrow one."""
    broad, narrow = Mixture.ball(2, 2.0), Mixture(np.ones(1), np.array([[1.0, -1.0]]), 0.5 * np.eye(2)[None])
    points = broad.draw(generator(), 20_000)
    found = fit(points, np.exp(narrow.log_density(points) - broad.log_density(points)), 1, generator())
    np.testing.assert_allclose(found.means, narrow.means, atol=0.03)
    np.testing.assert_allclose(found.factors, narrow.factors, atol=0.03)
    assert effective_count(np.ones(7)) == pytest.approx(7)
    assert effective_count(np.array([1.0, 0, 0])) == pytest.approx(1)


def test_few_points_say_little_of_where_others_are():
    """One point is a ball as wide as the unit; the more there are, the less is added in a direction without spread."""
    widths = []
    for count in (1, 4, 100):
        points = np.zeros((count, 3))
        points[:, 0] = np.linspace(-1, 1, count)
        widths.append(fit(points, np.ones(count), 1, generator()).factors[0, 2, 2])
    assert widths[0] == pytest.approx(1, rel=0.01)
    assert widths[0] > 3 * widths[1] > 9 * widths[2] > 0


def test_it_is_the_same_again_and_never_has_more_components(known):
    points = known.draw(generator(), 60)
    one, same = (fit(points, np.ones(60), 8, generator(3)) for _ in range(2))
    np.testing.assert_array_equal(one.factors, same.factors)
    np.testing.assert_array_equal(one.draw(generator(), 9), same.draw(generator(), 9))
    assert 1 <= len(one.shares) <= 8
    assert len(fit(np.zeros((5, 3)), np.ones(5), 4, generator()).shares) <= 4


def test_a_share_beside(known):
    both = known.beside(Mixture.ball(3), 0.25)
    points = both.draw(generator(), 10)
    expected = np.logaddexp(
        np.log(0.25) + Mixture.ball(3).log_density(points), np.log(0.75) + known.log_density(points)
    )
    np.testing.assert_allclose(both.log_density(points), expected)
