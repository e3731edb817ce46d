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
from plastica.tasks.task import Task

Window = tuple[float, float]
WIDER = 1.2  # by which the prior grows with each round in which nothing was kept, until something is
WIDEST = 4.0
LIGHT = 0.95  # quantile of the weights beyond which none is heavier: a few rules must not speak for all
POINTS_PER_COMPONENT = 4  # kept rules that a component of the mixture takes, at least, for each parameter


class Filter(Section):
    """Draw rules from the prior, keep those within the windows, fit a mixture of Gaussians to them, draw again.

    The answer is all rules that were kept, a sample of the rules that random initial rules would give within the
    windows: a kept rule weighs as much in the fit as the prior is denser there than the draws have been (population
    Monte Carlo, Cappe et al. 2004), so that rounds do not close in on the part of the family that is found most easily.
    A share of each round is drawn from the prior itself.
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

    def within(self, loss: Floats, measured: Measured) -> NDArray[np.bool_]:
        """Which candidates are kept, [R]: all their trials ended well, and every window holds their mean with room."""
        means = {"loss": loss, **measured.mean}
        inside = measured.failed == 0
        for name, (low, high) in self.windows.items():
            room = self.margin * measured.error[name]
            inside &= (low + room <= means[name]) & (means[name] <= high - room)
        return inside


class _FilterSearch(Search):
    """Points are in the search's coordinates, in units of the prior's spread: there the prior is a ball."""

    def __init__(self, section: Filter, space: Space, generator: np.random.Generator) -> None:
        self._section, self._space, self._generator = section, space, generator
        self._free = space.sd > 0
        size = int(self._free.sum())
        self._points = np.empty((0, size))  # kept rules
        self._drawn = np.empty(0)  # log of how densely all rounds together have drawn there, times their number
        self._proposals: list[Mixture] = []
        self._proposal = Mixture.ball(size)  # where the next round comes from
        self._width = 1.0  # of the prior
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

    def ask(self) -> Floats:
        if self._kept.size:
            self._asked = np.vstack([self._asked[:1], self._draw(self._section.population)])
        return self._asked

    def against_prior(self, thetas: Floats) -> Floats:
        points = self._inside(thetas)
        drawn = np.logaddexp.reduce([proposal.log_density(points) for proposal in self._proposals], axis=0)
        return Mixture.ball(points.shape[1]).log_density(points) - drawn

    def hear(self, measured: Measured) -> None:
        self._section.check_names(tuple(measured.mean))
        self._measured = measured

    def tell(self, loss: Floats, gradient: Floats | None = None) -> None:
        """Without anything measured, as where a search is only timed, nothing is kept."""
        measured, self._measured = self._measured, None
        self._kept = np.zeros(len(loss), dtype=bool) if measured is None else self._section.within(loss, measured)
        new = slice(1 if self._proposals else 0, None)  # the favourite is a rule of an earlier round, but in the first
        self._fraction = float(self._kept[new].mean())
        self._remember(self._inside(self._asked[new][self._kept[new]]))
        self._choose_favourite(loss)
        self._proposal = self._next_proposal()

    def stop(self) -> dict[str, float]:
        if self._fraction >= self._section.enough and len(self._points) >= self._section.rules:
            return {"kept fraction": self._fraction}
        given_up = not len(self._points) and len(self._proposals) >= self._section.patience
        return {"rounds without a rule": float(len(self._proposals))} if given_up else {}

    def state(self) -> State:
        return {
            "kept": self._fraction,
            "rules": len(self._points),
            "components": len(self._proposal.shares) - 1 if len(self._points) else 0,
        }

    def _draw(self, count: int) -> Floats:
        """thetas [count, P] from the proposal; a parameter without a spread stays where it is."""
        z = np.tile(self._space.mean, (count, 1))
        z[:, self._free] += self._space.sd[self._free] * self._proposal.draw(self._generator, count)
        return self._space.decode(z)

    def _inside(self, thetas: Floats) -> Floats:
        """thetas as points."""
        return ((self._space.encode(thetas) - self._space.mean)[:, self._free]) / self._space.sd[self._free]

    def _remember(self, points: Floats) -> None:
        """Add the points that a round kept, and how densely this round and all before it draw at every point."""
        self._drawn = np.logaddexp(self._drawn, self._proposal.log_density(self._points))
        self._proposals.append(self._proposal)
        here = np.array([proposal.log_density(points) for proposal in self._proposals])
        self._points = np.vstack([self._points, points])
        self._drawn = np.concatenate([self._drawn, np.logaddexp.reduce(here, axis=0)])

    def _choose_favourite(self, loss: Floats) -> None:
        """The best rule that was kept now; while none ever was, the best of all."""
        if self._kept.any():
            best = int(np.argmin(np.where(self._kept, loss, np.inf)))
        else:
            best = 0 if len(self._points) else int(np.argmin(loss))
        self._asked = self._asked[[best]]

    def _next_proposal(self) -> Mixture:
        size = self._points.shape[1]
        if not len(self._points):
            self._width = min(WIDER * self._width, WIDEST)
            return Mixture.ball(size, self._width)
        prior = Mixture.ball(size, self._width)
        heavy = prior.log_density(self._points) - self._drawn
        weights = np.exp(np.minimum(heavy - np.quantile(heavy, LIGHT), 0.0))
        components = int(effective_count(weights) / (POINTS_PER_COMPONENT * size))
        fitted = fit(self._points, weights, min(max(components, 1), self._section.components), self._generator)
        return fitted.beside(prior, self._section.prior)
