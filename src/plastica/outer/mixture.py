"""Mixtures of Gaussians, by weighted expectation and maximisation: how a search remembers where good rules lie."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from plastica.inner.one_thread import one_thread
from plastica.rules.base import Floats

ITERATIONS = 60  # of a fit, at most
ENOUGH = 1e-3  # gain of the mean log density in an iteration, below which a fit is at its end
# Variance that every direction of a component has more: the first over the number of its points, the second over the
# square of the number of all points. A few points say little of where others are.
BLUR, BLUR_OF_FEW = 0.01, 1.0


@dataclass(frozen=True)
class Mixture:
    """K Gaussians in P dimensions: shares [K], means [K, P], and lower Cholesky factors [K, P, P] of covariances."""

    shares: Floats
    means: Floats
    factors: Floats

    @staticmethod
    def ball(size: int, width: float = 1.0) -> "Mixture":
        """One Gaussian around zero, with the same standard deviation in every direction."""
        return Mixture(np.ones(1), np.zeros((1, size)), width * np.eye(size)[None])

    def beside(self, other: "Mixture", share: float) -> "Mixture":
        """This mixture, and another one for a share of the whole."""
        return Mixture(
            np.concatenate([share * other.shares, (1 - share) * self.shares]),
            np.concatenate([other.means, self.means]),
            np.concatenate([other.factors, self.factors]),
        )

    def draw(self, generator: np.random.Generator, count: int) -> Floats:
        """Points [count, P]."""
        component = generator.choice(len(self.shares), count, p=self.shares / self.shares.sum())
        steps = generator.standard_normal((count, self.means.shape[1]))
        return self.means[component] + np.einsum("npq,nq->np", self.factors[component], steps)

    def log_density(self, points: Floats) -> Floats:
        """Of points [N, P], [N]."""
        return np.logaddexp.reduce(self._log_parts(points), axis=0)

    def responsibilities(self, points: Floats) -> tuple[Floats, Floats]:
        """The probability [K, N] that a point is of a component, and the log density [N] of the points."""
        parts = self._log_parts(points)
        density = np.logaddexp.reduce(parts, axis=0)
        return np.exp(parts - density), density

    def _log_parts(self, points: Floats) -> Floats:
        with one_thread():
            steps = np.linalg.solve(self.factors, (points - self.means[:, None]).transpose(0, 2, 1))
        volume = np.log(np.diagonal(self.factors, axis1=1, axis2=2)).sum(axis=1)
        constant = np.log(self.shares) - volume - 0.5 * points.shape[1] * np.log(2 * np.pi)
        return constant[:, None] - 0.5 * (steps**2).sum(axis=1)


def effective_count(weights: Floats) -> float:
    """How many points of equal weight tell as much (Kish)."""
    return float(weights.sum() ** 2 / (weights**2).sum())


def fit(points: Floats, weights: Floats, components: int, generator: np.random.Generator) -> Mixture:
    """A mixture of at most `components` Gaussians for points [N, P] with weights [N], begun at points drawn by weight.

    A component that is left with fewer points than dimensions is given up. No component is flat: single points and
    points in a plane have a small width in every direction, which goes to zero as there are more of them.
    """
    with one_thread():  # the same bits however many threads a machine has
        return _fitted(points, weights / weights.sum(), components, generator)


def _fitted(points: Floats, weights: Floats, components: int, generator: np.random.Generator) -> Mixture:
    count, size = effective_count(weights), points.shape[1]
    whole = _maximised(points, weights[None], count)
    if components == 1:
        return whole
    starts = generator.choice(len(points), components, replace=False, p=(weights + 1e-12) / (weights + 1e-12).sum())
    narrow = whole.factors * components ** (-1 / size)
    mixture = Mixture(np.full(components, 1 / components), points[starts], np.repeat(narrow, components, axis=0))
    best = -np.inf
    for _ in range(ITERATIONS):
        parts, density = mixture.responsibilities(points)
        mean = float(weights @ density)
        gain, best = mean - best, mean
        alive = (parts @ weights) * count > size
        if not alive.any():
            return whole
        mixture = _maximised(points, parts[alive] * weights, count)
        if gain < ENOUGH and alive.all():
            break
    return mixture


def _maximised(points: Floats, parts: NDArray[np.float64], count: float) -> Mixture:
    """The mixture whose components are the weighted points [K, N]."""
    shares = parts.sum(axis=1)
    means = parts @ points / shares[:, None]
    away = points - means[:, None]
    covariances = np.einsum("kn,knp,knq->kpq", parts, away, away, optimize=True) / shares[:, None, None]
    blur = BLUR / (shares * count) + BLUR_OF_FEW / count**2
    factors = np.linalg.cholesky(covariances + blur[:, None, None] * np.eye(points.shape[1]))
    return Mixture(shares / shares.sum(), means, factors)
