"""Filter: keep the rules whose metrics are within windows, and look for more where those were found."""

from typing import Annotated, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, NonNegativeFloat, NonNegativeInt, PositiveInt, field_validator

from plastica.outer.base import Search, State
from plastica.outer.measured import Measured
from plastica.outer.mixture import Mixture, effective_count, fit
from plastica.rules.base import Floats, Space
from plastica.section import Section
from plastica.tasks.losses.window import Window, beyond
from plastica.tasks.task import Task

GUIDES = 0.25  # of a round: the rules nearest to the windows that show where to look while too few are kept
LIGHT = 0.95  # quantile of the weights beyond which none is heavier: a few rules must not speak for all
POINTS_PER_COMPONENT = 4  # kept rules that a component of the mixture takes, at least, for each parameter


class Filter(Section):
    """Draw rules from the prior, keep those within the windows, fit a mixture of Gaussians to them, draw again.

    The answer is all rules that were kept, a sample of the rules that random initial rules would give within the
    windows: a kept rule weighs as much in the fit as the prior is denser there than the draws have been (population
    Monte Carlo, Cappe et al. 2004), so that rounds do not close in on the part of the family that is found most easily.
    A share of each round is drawn from the prior itself. Where the first round keeps nothing, the rules nearest to the
    windows stand in for kept ones until there are as many of these: the windows close by and by.
    """

    name: Literal["filter"] = "filter"
    windows: dict[str, Window] = Field(
        default={},
        description="what is kept: [low, high] of each named metric, its mean over datasets; `loss` is one, too",
    )
    margin: NonNegativeFloat = Field(
        default=1.5, description="standard errors over datasets by which a mean must be inside its window"
    )
    population: Annotated[int, Field(ge=4)] = Field(default=500, description="rules a round")
    enough: Annotated[float, Field(gt=0, le=1)] = Field(
        default=0.5, description="the search ends with a round of which this fraction is kept"
    )
    rules: NonNegativeInt = Field(default=1000, description="but not before so many rules are kept")
    patience: PositiveInt = Field(default=20, description="rounds after which it gives up where nothing was ever kept")
    components: PositiveInt = Field(default=20, description="Gaussians in the mixture, at most")
    prior: Annotated[float, Field(gt=0, le=1)] = Field(
        default=0.1, description="share of a round that is drawn as random initial rules are"
    )

    @field_validator("windows")
    @classmethod
    def _ordered(cls, windows: dict[str, Window]) -> dict[str, Window]:
        for name, (low, high) in windows.items():
            if low >= high:
                raise ValueError(f"{name} = [{low:g}, {high:g}]: the first number must be the smaller one")
        return windows

    def check(self, task: Task) -> None:
        """Raise ValueError if there is no window, or one of a metric that the task does not have."""
        known = getattr(task.loss, "metrics", None)
        if not self.windows:
            names = ", ".join(["loss", *(known or ())])
            raise ValueError(f"search.windows is empty: name what to keep, such as loss = [0, 1]; there is {names}")
        if known is not None:
            self.check_names(known)
        if not any(parameter.sd for parameter in task.space.parameters):
            raise ValueError('search.name = "filter": all random initial rules are the same; give them a spread (sd)')

    def check_names(self, metrics: tuple[str, ...]) -> None:
        """Raise ValueError for a window of something else than the loss or a metric."""
        for name in self.windows:
            if name not in ("loss", *metrics):
                raise ValueError(
                    f"search.windows.{name}: there is no such metric; choose from {', '.join(('loss', *metrics))}"
                )

    def begin(self, space: Space, generator: np.random.Generator) -> Search:
        return _FilterSearch(self, space, generator)

    def outside(self, loss: Floats, measured: Measured) -> Floats:
        """How far candidates are from being kept, [R]: the mean over windows of how far a metric, with its room, lies
        outside, less than 1, and 0 where it is kept; more than 1, and by their loss, where a trial did not end well."""
        means, outside = {"loss": loss, **measured.mean}, np.zeros(len(loss))
        for name, (low, high) in self.windows.items():
            room = self.margin * measured.error[name]
            outside += np.maximum(beyond(means[name] - room, low, np.inf), beyond(means[name] + room, -np.inf, high))
        return np.where(measured.failed == 0, outside / max(1, len(self.windows)), 2 + loss / (1 + np.abs(loss)))


class _FilterSearch(Search):
    """Points are in the search's coordinates, in units of the prior's spread: there the prior is a ball."""

    def __init__(self, section: Filter, space: Space, generator: np.random.Generator) -> None:
        self._section, self._space, self._generator = section, space, generator
        self._free = space.sd > 0
        size = int(self._free.sum())
        self._points = np.empty((0, size))  # rules that were kept, and those that lead to the windows
        self._outside = np.empty(0)  # how far outside each is: 0 where it was kept
        self._drawn = np.empty(0)  # log of how densely all rounds together have drawn there, times their number
        self._guides = 0  # how many points there are at least, where the first round kept nothing
        self._proposals: list[Mixture] = []
        self._proposal = Mixture.ball(size)  # where the next round comes from
        self._asked = self._draw(section.population + 1)  # the favourite first
        self._measured: Measured | None = None
        self._kept = np.zeros(0, dtype=bool)
        self._fraction = 0.0

    @property
    def measures(self) -> bool:
        return True

    @property
    def kept(self) -> NDArray[np.bool_]:
        return self._kept

    @property
    def _rules(self) -> int:
        """How many were kept."""
        return int((self._outside == 0).sum())

    def ask(self) -> Floats:
        if self._kept.size:
            self._asked = np.vstack([self._asked[:1], self._draw(self._section.population)])
        return self._asked

    def hear(self, measured: Measured) -> None:
        self._section.check_names(tuple(measured.mean))
        self._measured = measured

    def tell(self, loss: Floats, gradient: Floats | None = None) -> None:
        """Without anything measured, as where a search is only timed, nothing is kept."""
        measured, self._measured = self._measured, None
        outside = np.full(len(loss), np.inf) if measured is None else self._section.outside(loss, measured)
        self._kept = outside == 0
        new = slice(1 if self._proposals else 0, None)  # the favourite is a rule of an earlier round, but in the first
        self._fraction = float(self._kept[new].mean())
        if not self._proposals and not self._kept.any():
            self._guides = max(1, round(GUIDES * self._section.population))
        self._remember(self._asked[new], outside[new])
        self._choose_favourite(loss)
        self._proposal = self._next_proposal()

    def stop(self) -> dict[str, float]:
        if self._fraction >= self._section.enough and self._rules >= self._section.rules:
            return {"kept fraction": self._fraction}
        given_up = not self._rules and len(self._proposals) >= self._section.patience
        return {"rounds without a rule": float(len(self._proposals))} if given_up else {}

    def state(self) -> State:
        return {"kept": self._fraction, "rules": self._rules, "components": len(self._proposal.shares) - 1}

    def _draw(self, count: int) -> Floats:
        """thetas [count, P] from the proposal; a parameter without a spread stays where it is."""
        z = np.tile(self._space.mean, (count, 1))
        z[:, self._free] += self._space.sd[self._free] * self._proposal.draw(self._generator, count)
        return self._space.decode(z)

    def _inside(self, thetas: Floats) -> Floats:
        """thetas as points."""
        return ((self._space.encode(thetas) - self._space.mean)[:, self._free]) / self._space.sd[self._free]

    def _remember(self, thetas: Floats, outside: Floats) -> None:
        """Add those rules of a round that were kept, and while there are fewer than guides the nearest of all; and how
        densely this round and all before it draw at every point."""
        old = len(self._points)
        drawn = np.logaddexp(self._drawn, self._proposal.log_density(self._points))
        self._proposals.append(self._proposal)
        outside = np.append(self._outside, outside)
        nearest = np.argsort(outside, kind="stable")
        stay = np.sort(nearest[: max(int((outside == 0).sum()), self._guides)])
        first, new = stay[stay < old], self._inside(thetas[stay[stay >= old] - old])
        here = np.array([proposal.log_density(new) for proposal in self._proposals])
        self._points = np.asfortranarray(np.vstack([self._points[first], new]))  # as `new` is: the last bits hang on it
        self._outside = outside[stay]
        self._drawn = np.concatenate([drawn[first], np.logaddexp.reduce(here, axis=0)])

    def _choose_favourite(self, loss: Floats) -> None:
        """The best rule that was kept now; while none ever was, the best of all."""
        if self._kept.any():
            best = int(np.argmin(np.where(self._kept, loss, np.inf)))
        else:
            best = 0 if self._rules else int(np.argmin(loss))
        self._asked = self._asked[[best]]

    def _next_proposal(self) -> Mixture:
        size = self._points.shape[1]
        prior = Mixture.ball(size)
        heavy = prior.log_density(self._points) - self._drawn
        weights = np.exp(np.minimum(heavy - np.quantile(heavy, LIGHT), 0.0))
        components = int(effective_count(weights) / (POINTS_PER_COMPONENT * size))
        fitted = fit(self._points, weights, min(max(components, 1), self._section.components), self._generator)
        return fitted.beside(prior, self._section.prior)
