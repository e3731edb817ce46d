"""CMA-ES, the covariance matrix adaptation evolution strategy (Hansen 2016), by its reference implementation `cma`."""

from collections import deque
from functools import partial
from typing import Annotated, Any, Literal

import numpy as np
from pydantic import Field, NonNegativeFloat, PositiveFloat, PositiveInt, model_validator

from plastica.cma_package import cma_options, load_cma
from plastica.outer.base import Search, State, objective
from plastica.outer.restarts import Attempt, Restarts
from plastica.outer.start import Start, StartStep, check_start, first_point
from plastica.rules.base import Floats, Space
from plastica.section import Section
from plastica.tasks.task import Task


class CMAES(Section):
    """Sample a population around a mean, move the mean and the covariance towards the better half."""

    name: Literal["cma"] = "cma"
    population: Annotated[int, Field(ge=4)] = Field(default=60, description="candidates a generation")
    sigma0: PositiveFloat = Field(default=0.2, description="initial step size, in the search's coordinates")
    start_at: Literal["random", "centre"] = Field(
        default="random", description="a random initial rule, or the one around which these are drawn"
    )
    l1: NonNegativeFloat = Field(default=0.0, description="weight of the L1 norm of the coefficients in the objective")
    active: bool = Field(default=True, description="learn also from the worse half of the population")
    elitist: bool = Field(default=False, description="keep the best candidate of each generation")
    average: PositiveInt = Field(default=20, description="the favourite is the average of this many last means")
    tolx: NonNegativeFloat = Field(default=1e-6, description="stop when steps are smaller than this")
    tolfun: NonNegativeFloat = Field(default=1e-9, description="stop when objectives differ by less than this")
    start: Start = Field(default={})
    start_step: StartStep = Field(default=0.1)
    restarts: Restarts = Field(default=Restarts(), description="when and how to begin again")
    options: dict[str, Any] = Field(default={}, description="further options of the cma package, passed on as they are")

    @model_validator(mode="after")
    def _options_exist(self) -> "CMAES":
        if self.options:
            cma = load_cma()

            for name, value in self.options.items():
                if name in _OWN_OPTIONS:
                    raise ValueError(f"options.{name} is set by plastica: use {_OWN_OPTIONS[name]}")
                if name not in cma.CMAOptions.defaults():
                    raise ValueError(f"options.{name}: the cma package has no such option; cma.CMAOptions() lists all")
                if isinstance(value, str):  # the cma package would evaluate it
                    raise ValueError(f"options.{name} = {value!r}: give a number, a list, true or false, not a formula")
        return self

    def check(self, task: Task) -> None:
        """Raise ValueError if there is no such rule as `start`, or the cma package refuses the values of `options`."""
        check_start(self.start, task.space)
        if not self.options:
            return
        try:
            trial = _CMAESSearch(self, task.space, np.random.default_rng(0), Attempt())
            trial.tell(np.arange(len(trial.ask()), dtype=float))
        except Exception as error:  # it raises whatever comes, an AssertionError say
            raise ValueError(f"search.options = {self.options}: the cma package refuses this ({error})") from None

    def begin(self, space: Space, generator: np.random.Generator) -> Search:
        warm_step = self.start_step if self.start else 0.0
        return self.restarts.begin(partial(_CMAESSearch, self, space), generator, warm_step)


# Options of cma that plastica sets, and the key that sets them.
_OWN_OPTIONS = {
    "popsize": "search.population", "CMA_active": "search.active", "CMA_elitist": "search.elitist",
    "tolx": "search.tolx", "tolfun": "search.tolfun", "randn": "seed", "seed": "seed",
    "verbose": "--quiet", "verb_log": "the journal",
}  # fmt: skip


class _CMAESSearch(Search):
    def __init__(self, section: CMAES, space: Space, generator: np.random.Generator, attempt: Attempt) -> None:
        cma = load_cma()

        self._section, self._space = section, space
        given, centre = section.start if attempt.warm else {}, section.start_at == "centre"
        self._strategy = cma.CMAEvolutionStrategy(
            space.mean if centre and not given else first_point(given, space, generator),
            section.sigma0 * attempt.step,
            {
                **cma_options(round(section.population * attempt.effort), generator),
                "CMA_active": section.active,
                "CMA_elitist": section.elitist,
                "tolx": section.tolx,
                "tolfun": section.tolfun,
                **section.options,
            },
        )
        self._asked: list[Floats] = []
        self._means: deque[Floats] = deque(maxlen=section.average)
        self._thetas = np.empty((0, space.size))

    def ask(self) -> Floats:
        # The mean jitters with each redraw of the datasets; its average is closer to where it settles.
        self._means.append(np.array(self._strategy.mean))
        favourite = np.mean(self._means, axis=0)
        self._asked = self._strategy.ask()
        self._thetas = self._space.decode(np.stack([favourite, *self._asked]))
        return self._thetas

    def tell(self, loss: Floats, gradient: Floats | None = None) -> None:
        values = objective(loss, self._thetas, self._section.l1, self._space.linear)
        self._strategy.tell(self._asked, values[1:].tolist())

    def stop(self) -> dict[str, float]:
        return {reason: float(np.max(value)) for reason, value in self._strategy.stop().items()}

    def state(self) -> State:
        return {"sigma": float(self._strategy.sigma)}
