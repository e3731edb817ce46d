"""Random search: independent draws of random initial rules; the baseline of every other search."""

from typing import Annotated, Literal

import numpy as np
from pydantic import Field, NonNegativeFloat

from plastica.outer.base import Search, State, objective
from plastica.rules.base import Floats, Space
from plastica.section import Section
from plastica.tasks.task import Task


class RandomSearch(Section):
    """Draw rules as a random initial rule is drawn, and keep the best, as compared on the same datasets."""

    name: Literal["random"] = "random"
    population: Annotated[int, Field(ge=4)] = Field(default=60, description="random rules a generation")
    l1: NonNegativeFloat = Field(default=0.0, description="weight of the L1 norm of the coefficients in the objective")

    def check(self, task: Task) -> None:
        """Any task will do."""

    def begin(self, space: Space, generator: np.random.Generator) -> Search:
        return _RandomSearch(self, space, generator)


class _RandomSearch(Search):
    def __init__(self, section: RandomSearch, space: Space, generator: np.random.Generator) -> None:
        self._section, self._space, self._generator = section, space, generator
        self._best = space.draw(generator, 1)
        self._asked: Floats = np.empty((0, space.size))
        self._improvements = 0

    def ask(self) -> Floats:
        """The best rule so far, which new datasets put to the test again, then new ones."""
        self._asked = np.vstack([self._best, self._space.draw(self._generator, self._section.population)])
        return self._asked

    def tell(self, loss: Floats, gradient: Floats | None = None) -> None:
        values = objective(loss, self._asked, self._section.l1, self._space.linear)
        best = int(np.argmin(values))
        self._best = self._asked[[best]]
        self._improvements += best > 0

    def stop(self) -> dict[str, float]:
        return {}

    def state(self) -> State:
        return {"improvements": self._improvements}
