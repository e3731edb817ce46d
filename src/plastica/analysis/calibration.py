"""A known rule made as good as its form allows: a factor for each coefficient, chosen on datasets of their own."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from plastica.analysis.race import race
from plastica.cma_package import cma_options, load_cma
from plastica.inner.keys import Key
from plastica.inner.lanes import LANES
from plastica.rules.base import Floats
from plastica.tasks.task import Evaluation, Task

COMMON_FACTORS = 2.0 ** np.arange(-4, 8.5, 0.5)  # of all coefficients together; 1 is the rule as published
PUBLISHED = int(np.flatnonzero(COMMON_FACTORS == 1)[0])
GENERATIONS = 40
STEP = 1.0  # first standard deviation of the logarithm of a factor


class Evaluator(Protocol):
    """What evaluates populations, and may be told which datasets it will need more than once: an engine."""

    def evaluate(self, thetas: Floats, keys: Sequence[Key]) -> Evaluation: ...

    def prepare(self, keys: Sequence[Key]) -> None: ...


def calibrated(
    task: Task,
    known: Floats,
    keys: Sequence[Key],
    seed: int,
    evaluator: Evaluator,
    among: NDArray[np.bool_] | None = None,
    generations: int = GENERATIONS,
    few: int = 0,
) -> Floats:
    """The rule [P] of the form of a known one whose mean loss on the datasets of `keys` is least.

    Each coefficient that is not zero has a factor of its own, or each `among` these [P]; time constants stay. All are
    scaled together first, over a grid that holds the rule as published, then CMA-ES moves each from the best of these.
    `known` may be several rules of one form [S, P], from each of which the grid begins.

    The best of all that was evaluated is the answer, so it is never worse on these datasets than the rule as published.
    Where trials are long, a candidate sees only `few` of them, other ones in each generation. A mean of few says little
    of which was the best, so those of the generations, the means of CMA-ES and the best of the grid `race` at the end.
    """
    forms = np.atleast_2d(known)
    free = np.flatnonzero((task.space.linear if among is None else among) & (forms != 0).any(axis=0))
    if not free.size:
        return forms[0]
    draws = _Draws(keys, min(few or len(keys), len(keys)))
    common = np.repeat(np.log(COMMON_FACTORS)[:, None], free.size, axis=1)
    grid = np.concatenate([_scaled(form, free, common) for form in forms])
    losses = evaluator.evaluate(grid, draws.of(0)).loss.mean(axis=1)
    best = int(np.argmin(losses))
    which, place = divmod(best, len(common))
    moved = list(_moved(forms[which], free, common[place], draws, seed, evaluator, generations))
    if draws.few < len(keys):
        means = [one.mean for one in moved[1:]]
        published = grid[PUBLISHED :: len(common)]
        entrants = np.array([*published, grid[best], *(one.theta for one in moved), *means])
        return race(entrants, keys, draws.few, evaluator.evaluate, stays=len(published))
    least = min(moved, key=lambda one: one.loss, default=None)
    return least.theta if least is not None and least.loss < losses[best] else grid[best]


def _scaled(form: Floats, free: NDArray[np.int64], logs: Floats) -> Floats:
    """Rules [R, P]: a form [P] whose free coefficients have factors exp(logs) [R, free]."""
    thetas = np.tile(form, (len(logs), 1))
    thetas[:, free] *= np.exp(logs)
    return thetas


@dataclass(frozen=True)
class _Draws:
    """Which datasets a generation sees: the next `few`, from the first again behind the last."""

    keys: Sequence[Key]
    few: int

    def of(self, generation: int) -> list[Key]:
        return [self.keys[(generation * self.few + k) % len(self.keys)] for k in range(self.few)]


@dataclass(frozen=True)
class _Moved:
    """The best of a generation with its loss, and the mean around which it was drawn."""

    theta: Floats
    loss: float
    mean: Floats


def _moved(
    form: Floats,
    free: NDArray[np.int64],
    start: Floats,
    draws: _Draws,
    seed: int,
    evaluator: Evaluator,
    generations: int,
) -> Iterator[_Moved]:
    """CMA-ES on the logarithms of the factors, in full lanes."""
    cma = load_cma()

    options = cma_options(LANES, Key(seed, "baseline", generation=1).generator())
    strategy = cma.CMAEvolutionStrategy(start, STEP, options)
    for generation in range(generations):
        mean = _scaled(form, free, np.array([strategy.mean]))[0]
        tried = np.array(strategy.ask())
        thetas = _scaled(form, free, tried)
        losses = evaluator.evaluate(thetas, draws.of(1 + generation)).loss.mean(axis=1)
        strategy.tell(list(tried), losses.tolist())
        best = int(np.argmin(losses))
        yield _Moved(thetas[best], float(losses[best]), mean)
