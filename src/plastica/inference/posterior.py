"""A posterior over rules: networks say where to look, and the simulator how likely a rule is that was found there."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from plastica.inference.calibration import ranks
from plastica.inference.drawn import Drawn
from plastica.inference.networks import Networks
from plastica.inference.simulated import Simulated
from plastica.outer.mixture import Mixture, effective_count, fit
from plastica.rules.base import Floats

ROUND, ROUNDS = 2, 10  # draws of a round for each that is wanted; rounds at most
PRIOR = 0.1  # share of the later rounds that is drawn from the prior
COMPONENTS, POINTS_PER_COMPONENT = 20, 4  # of a mixture, at most; points of a component, for each parameter
VALUES = 16  # of the metrics within windows, for each of which networks draw
GROUPS = 8  # of rules that are measured on the same datasets again
FOR_A_RANK = 100  # draws of the posterior beside a rule of its own

LogDensity = Callable[[Floats], Floats]  # of points [N, P], [N]


class Measures(Protocol):
    """What simulates rules; see `Simulator`."""

    def __call__(self, thetas: Floats) -> Simulated: ...

    def again(self, thetas: Floats, group: int) -> Floats: ...

    def keep_datasets(self) -> None: ...


@dataclass(frozen=True)
class Weighted:
    """Points [N, P] that networks drew and their weights [N], of sum one: together a sample of the posterior."""

    points: Floats
    weights: Floats

    @property
    def effective(self) -> float:
        """How many draws from the posterior itself tell as much."""
        return effective_count(self.weights)

    def chosen(self, count: int, generator: np.random.Generator) -> Floats:
        """A sample without weights: each point at most once, and `count` if so many have a weight."""
        count = min(count, int(np.count_nonzero(self.weights)))
        return self.points[generator.choice(len(self.points), count, replace=False, p=self.weights)]

    def fitted(self, generator: np.random.Generator) -> Mixture:
        """A mixture of Gaussians for the sample."""
        few = int(self.effective / (POINTS_PER_COMPONENT * self.points.shape[1]))
        some = self.weights > 0
        return fit(self.points[some], self.weights[some], min(max(few, 1), COMPONENTS), generator)


@dataclass(frozen=True)
class Posterior:
    """Over rules of which `drawn` has measured some, and from which `learned` are networks.

    A draw weighs prior x likelihood / density of the networks' draws: what they have not learned well costs draws, and
    does not bend the answer. The prior is that of random initial rules, wherever the search has looked.
    """

    drawn: Drawn
    learned: Networks
    simulate: Measures

    def given(self, windows: Floats, wanted: int, generator: np.random.Generator) -> Weighted | None:
        """Weighted draws that tell as much as `wanted` of the posterior given metrics within windows [M, 2], if rounds
        enough can tell so much; None if the simulator rules out all of them.

        The first round is drawn by the networks, each further one by a mixture fitted to those before it, beside the
        prior (population Monte Carlo, Cappe et al. 2004); a draw is weighed against all proposals together.
        """
        values = VALUES if (windows[:, 0] < windows[:, 1]).any() else 1
        scores = self.drawn.scores(generator.uniform(windows[:, 0], windows[:, 1], (values, len(windows))))
        each = -(-ROUND * wanted // values)
        points = np.concatenate(self.learned.draw(scores, each))
        prior = Mixture.ball(points.shape[1])
        target = self._log_target(points, windows, prior)
        rounds = _Rounds.first(points, target, lambda at: self.learned.log_density(at, scores))
        for _ in range(ROUNDS - 1):
            if not np.isfinite(rounds.target).any():
                return None
            weighted = rounds.weighted()
            if weighted.effective >= wanted:
                return weighted
            proposal = weighted.fitted(generator).beside(prior, PRIOR)
            points = proposal.draw(generator, each * values)
            rounds = rounds.further(points, self._log_target(points, windows, prior), proposal.log_density)
        return rounds.weighted()

    def _log_target(self, points: Floats, windows: Floats, prior: Mixture) -> Floats:
        """Log of prior x likelihood; points are in units of the prior."""
        return prior.log_density(points) + self.simulate(self.drawn.thetas(points)).log_likelihood(windows)

    def own_ranks(self, points: Floats, windows: Floats, generator: np.random.Generator) -> Floats:
        """Where rules of this posterior, points [N, P], stand in that given what each is measured to do, [N', P].

        Whoever draws a rule from the posterior given windows, and measures it, has drawn from the posterior given that
        measurement if it is within the windows; others are left out.
        """
        self.simulate.keep_datasets()
        found = []
        for group, some in enumerate(np.array_split(points, min(GROUPS, len(points)))):
            for point, x in zip(some, self.simulate.again(self.drawn.thetas(some), group), strict=True):
                if ((windows[:, 0] <= x) & (x <= windows[:, 1])).all():
                    other = self.given(np.stack([x, x], axis=1), FOR_A_RANK, generator)
                    if other is not None:
                        found.append(ranks(point[None], other.points[:, None], other.weights)[0])
        return np.array(found).reshape(len(found), points.shape[1])


@dataclass(frozen=True)
class _Rounds:
    """Points [N, P] of all rounds, with the logs of their target [N], and of how densely all proposals together have
    drawn there, times their number [N]."""

    points: Floats
    target: Floats
    density: Floats
    proposals: tuple[LogDensity, ...]

    @staticmethod
    def first(points: Floats, target: Floats, proposal: LogDensity) -> "_Rounds":
        return _Rounds(points, target, proposal(points), (proposal,))

    def further(self, points: Floats, target: Floats, proposal: LogDensity) -> "_Rounds":
        """These rounds and another one."""
        proposals = (*self.proposals, proposal)
        before = np.logaddexp(self.density, proposal(self.points))
        now = np.logaddexp.reduce([density(points) for density in proposals], axis=0)
        return _Rounds(
            np.vstack([self.points, points]),
            np.concatenate([self.target, target]),
            np.concatenate([before, now]),
            proposals,
        )

    def weighted(self) -> Weighted:
        """No weight is more than sqrt(N) times the mean (truncated importance sampling, Ionides 2008)."""
        logs = self.target - self.density
        weights = np.exp(logs - logs.max())
        weights = np.minimum(weights, weights.mean() * np.sqrt(len(weights)))
        return Weighted(self.points, weights / weights.sum())
