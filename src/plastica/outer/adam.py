"""Adam (Kingma & Ba 2014), by `optax`, on gradients that are exact or central finite differences."""

from collections import deque
from collections.abc import Callable
from functools import partial
from math import hypot, isfinite
from typing import Annotated, Literal, Protocol

import numpy as np
from pydantic import Field, NonNegativeFloat, PositiveFloat, PositiveInt

from plastica.outer.base import Search, State, objective
from plastica.outer.restarts import Attempt, Restarts
from plastica.outer.start import Start, StartStep, by_name, check_names, check_start, first_point
from plastica.rules.base import Floats, Space
from plastica.section import Section
from plastica.tasks.task import Task

FLAT = 5  # iterations without any slope after which an attempt is at its end


class Adam(Section):
    """Follow the gradient from the best of some random rules, with moments of first and second order.

    Steps are in the search's coordinates: units of a coefficient's scale, factors of e of a time constant. A gradient
    by finite differences takes two candidates for each parameter, on any task; all see the same datasets, so their
    difference is the rules' own. An exact gradient takes one, on a task that is differentiable. The L1 norm enters
    by its subgradient (its difference where the loss is differenced too): coefficients hover near zero, and are not
    set to zero.
    """

    name: Literal["adam"] = "adam"
    gradient: Literal["exact", "finite-difference"] = Field(
        default="finite-difference", description='"exact" (rate networks only), or "finite-difference" (any task)'
    )
    learning_rate: PositiveFloat = Field(
        default=0.3, description="step of a parameter in an iteration, about, at the start"
    )
    final_rate: Annotated[float, Field(ge=0, le=1)] = Field(
        default=0.1, description="fraction of the learning rate that is left at the end of the schedule (half a cosine)"
    )
    iterations: PositiveInt = Field(default=150, description="length of the schedule; an attempt ends with it")
    log_rate: PositiveFloat = Field(
        default=1 / 3, description="learning rate of logarithmic parameters (time constants), relative to the others"
    )
    scale_rate: NonNegativeFloat = Field(
        default=0.0,
        description="step of the logarithm of the common scale of all coefficients in an iteration; 0 is plain Adam",
    )
    beta1: Annotated[float, Field(ge=0, lt=1)] = Field(default=0.9, description="decay of the first moment")
    beta2: Annotated[float, Field(ge=0, lt=1)] = Field(default=0.99, description="decay of the second moment")
    clip: PositiveFloat = Field(default=5.0, description="longest gradient; a longer one is shortened to this")
    difference: PositiveFloat = Field(default=0.2, description="distance of the shifted points, to either side")
    differences: dict[str, dict[str, PositiveFloat]] = Field(
        default={}, description="distances of single parameters where they differ, by connection and name"
    )
    screen: PositiveInt = Field(
        default=16, description="random rules that are tried first; Adam begins at the best of them"
    )
    l1: NonNegativeFloat = Field(default=0.0, description="weight of the L1 norm of the coefficients in the objective")
    average: PositiveInt = Field(default=10, description="the favourite is the average of this many last points")
    start: Start = Field(default={})
    start_step: StartStep = Field(default=0.1)
    restarts: Restarts = Field(default=Restarts(), description="when and how to begin again")

    def check(self, task: Task) -> None:
        """Raise ValueError where a parameter is named that there is not, or there is no exact gradient."""
        check_names("search.differences", self.differences, task.space)
        check_start(self.start, task.space)
        if self.gradient == "exact" and not task.differentiable:
            raise ValueError(
                f'search.gradient = "exact": the network of {task.name} has no exact gradient; use "finite-difference"'
            )

    def begin(self, space: Space, generator: np.random.Generator) -> Search:
        """A search from random initial rules, or from `start`."""
        warm_step = self.start_step if self.start else 0.0
        return self.restarts.begin(partial(_AdamSearch, self, space), generator, warm_step)

    def shifts(self, space: Space) -> Floats:
        """The distance of the shifted points along each parameter, [P]."""
        named = by_name(self.differences)
        return np.array([named.get(name, self.difference) for name in space.names])


class _FiniteDifferences:
    """The gradient from points to both sides along each parameter."""

    exact = 0

    def __init__(self, section: Adam, space: Space) -> None:
        self._shifts = section.shifts(space)

    def around(self, point: Floats) -> Floats:
        shifts = np.diag(self._shifts)
        return np.vstack([point, point + shifts, point - shifts])

    def gradient(self, point: Floats, values: Floats, exact: Floats | None) -> Floats:
        up, down = np.split(values[1:], 2)
        return (up - down) / (2 * self._shifts)


class _Exact:
    """The gradient that the task itself states, at the point alone."""

    exact = 1

    def __init__(self, section: Adam, space: Space) -> None:
        self._space, self._l1 = space, section.l1

    def around(self, point: Floats) -> Floats:
        return point[None]

    def gradient(self, point: Floats, values: Floats, exact: Floats | None) -> Floats:
        if exact is None:
            raise TypeError("a search on exact gradients was told none")
        theta = self._space.decode(point)
        sparsity = self._l1 * np.where(self._space.linear, np.sign(theta), 0.0)
        return (exact[0] + sparsity) * self._space.slope(theta)


class _Estimator(Protocol):
    """How the gradient at a point comes about; `exact` is the number of exact gradients that it must be told."""

    exact: int

    def around(self, point: Floats) -> Floats:
        """The points [R, P] to evaluate, the last `exact` with their gradients."""
        ...

    def gradient(self, point: Floats, values: Floats, exact: Floats | None) -> Floats:
        """The gradient [P] of the objective from its `values` [R] at those points, and the exact gradients."""
        ...


_ESTIMATORS: dict[str, Callable[[Adam, Space], _Estimator]] = {
    "finite-difference": _FiniteDifferences,
    "exact": _Exact,
}


class _AdamSearch(Search):
    """First a population of random rules, then iterations from the best of them; a warm start has one rule only."""

    def __init__(self, section: Adam, space: Space, generator: np.random.Generator, attempt: Attempt) -> None:
        self._section, self._space = section, space
        self._drawn: Floats | None = (
            first_point(section.start, space, generator)[None]
            if attempt.warm
            else space.encode(space.draw(generator, round(section.screen * attempt.effort)))
        )
        self._points: deque[Floats] = deque(maxlen=section.average)
        self._estimator = _ESTIMATORS[section.gradient](section, space)
        self._asked = np.empty((0, space.size))
        self._slope, self._flat, self._iteration = 0.0, 0, 0
        self._descend = _descent(section, attempt.step, space)

    @property
    def gradients(self) -> int:
        return self._estimator.exact if self._drawn is None else 0

    def ask(self) -> Floats:
        """The favourite, the point itself, then what else its gradient takes."""
        if self._drawn is not None:
            self._asked = self._drawn
        else:
            self._asked = np.vstack([np.mean(self._points, axis=0), self._estimator.around(self._points[-1])])
        return self._space.decode(self._asked)

    def tell(self, loss: Floats, gradient: Floats | None = None) -> None:
        values = objective(loss, self._space.decode(self._asked), self._section.l1, self._space.linear)
        if self._drawn is not None:
            self._points.append(self._drawn[int(np.argmin(values))])
            self._drawn = None
            return
        slope = self._estimator.gradient(self._points[-1], values[1:], gradient)
        self._slope = _length(slope)
        self._flat = self._flat + 1 if self._slope == 0 else 0
        self._points.append(self._descend(self._points[-1], slope))
        self._iteration += 1

    def stop(self) -> dict[str, float]:
        if self._flat >= FLAT:
            return {"iterations without any slope": float(self._flat)}
        done = self._iteration >= self._section.iterations
        return {"iterations of the schedule": float(self._iteration)} if done else {}

    def state(self) -> State:
        return {"slope": self._slope}


def _length(slope: Floats) -> float:
    """Of a gradient, also where the squares of its numbers are beyond all numbers."""
    with np.errstate(over="ignore"):
        length = float(np.linalg.norm(slope))
    return length if isfinite(length) else hypot(*slope.tolist())


def _descent(section: Adam, step: float, space: Space) -> Callable[[Floats, Floats], Floats]:
    """(point, gradient) -> the next point; keeps Adam's moments.

    With a `scale_rate`, coefficients are e^s times others, and s is a parameter of its own, whose steps stay as long
    as they are at the start: for a rule with the right direction it is the one that matters.
    """
    import jax
    import optax

    schedule = optax.cosine_decay_schedule(section.learning_rate * step, section.iterations, section.final_rate)
    moments = {"b1": section.beta1, "b2": section.beta2}
    adam = optax.chain(optax.clip_by_global_norm(section.clip), optax.adam(schedule, **moments))
    scaling = optax.adam(section.scale_rate, **moments)
    relative = np.where(space.linear, 1.0, section.log_rate)
    with jax.enable_x64(True):
        state, scale_state = adam.init(np.zeros(space.size)), scaling.init(np.zeros(()))
        update, scale_update = jax.jit(adam.update), jax.jit(scaling.update)

    def descend(point: Floats, gradient: Floats) -> Floats:
        nonlocal state, scale_state
        slope = gradient[space.linear] @ point[space.linear]
        with jax.enable_x64(True):
            change, state = update(gradient, state)
            growth, scale_state = scale_update(slope, scale_state)
        return np.where(space.linear, np.exp(float(growth)), 1.0) * (point + relative * np.asarray(change))

    return descend
