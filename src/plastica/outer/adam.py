"""Adam (Kingma & Ba 2014), by `optax`, on gradients by central finite differences: works on any task."""

from collections import deque
from functools import partial
from typing import Any, Literal

import numpy as np
from pydantic import Field, NonNegativeFloat, PositiveFloat, PositiveInt

from plastica.errors import UserError
from plastica.outer.base import Search, State, objective
from plastica.outer.restarts import Restarts
from plastica.rules.base import Floats, Space
from plastica.section import Section

FLAT = 5  # iterations without any slope after which an attempt is at its end


class Adam(Section):
    """Follow the gradient from a random rule, with moments of first and second order.

    Steps are in the search's coordinates: units of a coefficient's scale, factors of e of a time constant. A gradient
    takes two candidates for each parameter; all see the same datasets, so their difference is the rules' own.
    """

    name: Literal["adam"] = "adam"
    learning_rate: PositiveFloat = Field(0.1, description="step of a parameter in an iteration, about")
    beta1: float = Field(0.9, ge=0, lt=1, description="decay of the first moment")
    beta2: float = Field(0.99, ge=0, lt=1, description="decay of the second moment")
    clip: PositiveFloat = Field(10.0, description="longest gradient; a longer one is shortened to this")
    difference: PositiveFloat = Field(0.2, description="distance of the shifted points, to either side")
    differences: dict[str, PositiveFloat] = Field(
        {}, description='distances of single parameters that differ from it, by name: {"inhibitory.alpha" = 0.1}'
    )
    l1: NonNegativeFloat = Field(0.0, description="weight of the L1 norm of the coefficients in the objective")
    average: PositiveInt = Field(10, description="the favourite is the average of this many last points")
    restarts: Restarts = Field(Restarts(), description="when and how to begin again")

    def start(self, space: Space, generator: np.random.Generator) -> Search:
        """A search from a random initial rule. Raises UserError if `differences` names an unknown parameter."""
        for name in self.differences:
            if name not in space.names:
                raise UserError(
                    f"search.differences.{name}: there is no such parameter; they are {', '.join(space.names)}"
                )
        return self.restarts.begin(partial(_AdamSearch, self, space), generator)


class _AdamSearch:
    def __init__(self, section: Adam, space: Space, generator: np.random.Generator, effort: float, step: float) -> None:
        self._section, self._space = section, space
        self._point = space.encode(space.draw(generator, 1)[0])
        self._points: deque[Floats] = deque(maxlen=section.average)
        self._shift = np.array([section.differences.get(name, section.difference) for name in space.names])
        self._thetas = np.empty((0, space.size))
        self._slope = np.inf
        self._flat = 0
        self._descend = _descent(section, step, space.size)

    def ask(self) -> Floats:
        """The favourite, the point itself, then the point shifted up and down along each parameter."""
        self._points.append(self._point)
        shifts = np.diag(self._shift)
        favourite = np.mean(self._points, axis=0)
        self._thetas = self._space.decode(
            np.vstack([favourite, self._point, self._point + shifts, self._point - shifts])
        )
        return self._thetas

    def tell(self, loss: Floats) -> None:
        values = objective(loss, self._thetas, self._section.l1, self._space.linear)
        up, down = np.split(values[2:], 2)
        gradient = (up - down) / (2 * self._shift)
        self._slope = float(np.linalg.norm(gradient))
        self._flat = self._flat + 1 if self._slope == 0 else 0
        self._point = self._point + self._descend(gradient)

    def stop(self) -> dict[str, float]:
        return {"no slope for iterations": float(self._flat)} if self._flat >= FLAT else {}

    def state(self) -> State:
        return {"slope": self._slope}


def _descent(section: Adam, step: float, size: int) -> Any:
    """gradient -> change of the point; keeps Adam's moments."""
    import jax
    import optax

    adam = optax.chain(
        optax.clip_by_global_norm(section.clip),
        optax.adam(section.learning_rate * step, b1=section.beta1, b2=section.beta2),
    )
    with jax.enable_x64(True):
        state, update = adam.init(np.zeros(size)), jax.jit(adam.update)

    def descend(gradient: Floats) -> Floats:
        nonlocal state
        with jax.enable_x64(True):
            change, state = update(gradient, state)
        return np.asarray(change)

    return descend
