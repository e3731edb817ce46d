"""LRA-CMA-ES: CMA-ES whose learning rates follow the signal-to-noise ratio (Nomura et al. 2023), by `cmaes`."""

from collections import deque
from functools import partial
from typing import Annotated, Literal

import numpy as np
from pydantic import Field, NonNegativeFloat, PositiveFloat, PositiveInt

from plastica.outer.base import Search, State, objective
from plastica.outer.restarts import Attempt, Restarts
from plastica.outer.start import Start, StartStep, check_start, first_point
from plastica.rules.base import Floats, Space
from plastica.section import Section
from plastica.tasks.task import Task


class LRACMAES(Section):
    """CMA-ES for noisy losses: where datasets disagree about the candidates, mean and covariance move less."""

    name: Literal["lra-cma"] = "lra-cma"
    population: Annotated[int, Field(ge=4)] = Field(default=30, description="candidates a generation")
    sigma0: PositiveFloat = Field(default=0.2, description="initial step size, in the search's coordinates")
    l1: NonNegativeFloat = Field(default=0.0, description="weight of the L1 norm of the coefficients in the objective")
    average: PositiveInt = Field(default=20, description="the favourite is the average of this many last means")
    start: Start = Field(default={})
    start_step: StartStep = Field(default=0.1)
    restarts: Restarts = Field(default=Restarts(), description="when and how to begin again")

    def check(self, task: Task) -> None:
        """Raise ValueError if there is no such rule as `start`, or no covariance to learn: of a single parameter."""
        check_start(self.start, task.space)
        if task.space.size < 2:
            raise ValueError('search.name = "lra-cma" needs two parameters or more, the rule has one: take "cma"')

    def begin(self, space: Space, generator: np.random.Generator) -> Search:
        warm_step = self.start_step if self.start else 0.0
        return self.restarts.begin(partial(_LRACMAESSearch, self, space), generator, warm_step)


class _LRACMAESSearch(Search):
    def __init__(self, section: LRACMAES, space: Space, generator: np.random.Generator, attempt: Attempt) -> None:
        from cmaes import CMA

        self._section, self._space = section, space
        self._strategy = CMA(
            first_point(section.start if attempt.warm else {}, space, generator),
            section.sigma0 * attempt.step,
            seed=int(generator.integers(2**32)),
            population_size=round(section.population * attempt.effort),
            lr_adapt=True,
        )
        self._asked: list[Floats] = []
        self._means: deque[Floats] = deque(maxlen=section.average)
        self._thetas = np.empty((0, space.size))

    def ask(self) -> Floats:
        self._means.append(self._strategy.mean.copy())
        self._asked = [self._strategy.ask() for _ in range(self._strategy.population_size)]
        self._thetas = self._space.decode(np.stack([np.mean(self._means, axis=0), *self._asked]))
        return self._thetas

    def tell(self, loss: Floats, gradient: Floats | None = None) -> None:
        values = objective(loss, self._thetas, self._section.l1, self._space.linear)
        self._strategy.tell(list(zip(self._asked, values[1:].tolist(), strict=True)))

    def stop(self) -> dict[str, float]:
        return {"generations": float(self._strategy.generation)} if self._strategy.should_stop() else {}

    def state(self) -> State:
        return {"spread": float(np.std(self._asked, axis=0).mean()) if self._asked else self._section.sigma0}
