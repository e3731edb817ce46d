"""Known rules made as good as their form allows: a factor for each coefficient, chosen on datasets of their own."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

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
    return side_by_side(task, [known], keys, seed, evaluator, among, generations, few)[0]


def side_by_side(
    task: Task,
    known: Sequence[Floats],
    keys: Sequence[Key],
    seed: int,
    evaluator: Evaluator,
    among: NDArray[np.bool_] | None = None,
    generations: int = GENERATIONS,
    few: int = 0,
) -> list[Floats]:
    """Each of several forms `calibrated`, with the same answers as alone.

    A generation of all of them is one population: one form alone leaves half of a pair of vectors empty.
    """
    free = task.space.linear if among is None else among
    forms = [_Form(np.atleast_2d(one), free, seed) for one in known]
    moving = [form for form in forms if form.free.size]
    few = min(few or len(keys), len(keys))
    for generation in range(1 + generations if moving else 0):
        asked = [form.ask() for form in moving]
        seen = [keys[(generation * few + k) % len(keys)] for k in range(few)]  # from the first again behind the last
        losses = evaluator.evaluate(np.concatenate(asked), seen).loss.mean(axis=1)
        for form, own in zip(moving, np.split(losses, np.cumsum([len(part) for part in asked])[:-1]), strict=True):
            form.tell(own)
    if few == len(keys):
        return [form.best for form in forms]
    return [form.raced(keys, few, evaluator) if form.free.size else form.best for form in forms]


class _Form:
    """The calibration of one form [S, P], generation by generation: the grid, then CMA-ES in full lanes."""

    def __init__(self, rules: Floats, among: NDArray[np.bool_], seed: int) -> None:
        self.free = np.flatnonzero(among & (rules != 0).any(axis=0))
        self._rules, self._rule, self._seed = rules, rules[0], seed
        self._strategy: Any = None
        self._common = np.repeat(np.log(COMMON_FACTORS)[:, None], self.free.size, axis=1)
        self._thetas = np.concatenate([self._scaled(rule, self._common) for rule in rules])
        self._published = self._thetas[PUBLISHED :: len(self._common)]
        self._winners: list[_Winner] = []
        self._means: list[Floats] = []

    def ask(self) -> Floats:
        if self._strategy is not None:
            self._means.append(self._scaled(self._rule, np.array([self._strategy.mean]))[0])
            self._tried = np.array(self._strategy.ask())
            self._thetas = self._scaled(self._rule, self._tried)
        return self._thetas

    def tell(self, losses: Floats) -> None:
        best = int(np.argmin(losses))
        self._winners.append(_Winner(self._thetas[best], float(losses[best])))
        if self._strategy is not None:
            self._strategy.tell(list(self._tried), losses.tolist())
            return
        which, place = divmod(best, len(self._common))
        self._rule = self._rules[which]
        options = cma_options(LANES, Key(self._seed, "baseline", generation=1).generator())
        self._strategy = load_cma().CMAEvolutionStrategy(self._common[place], STEP, options)

    @property
    def best(self) -> Floats:
        """Of all that was evaluated, the first of those with the least loss."""
        return min(self._winners, key=lambda one: one.loss).theta if self._winners else self._rules[0]

    def raced(self, keys: Sequence[Key], few: int, evaluator: Evaluator) -> Floats:
        """The best on all datasets of what was published, the winners and the later means."""
        entrants = np.array([*self._published, *(one.theta for one in self._winners), *self._means[1:]])
        return race(entrants, keys, few, evaluator.evaluate, stays=len(self._published))

    def _scaled(self, rule: Floats, logs: Floats) -> Floats:
        """Rules [R, P]: one [P] whose free coefficients have factors exp(logs) [R, free]."""
        thetas = np.tile(rule, (len(logs), 1))
        thetas[:, self.free] *= np.exp(logs)
        return thetas


@dataclass(frozen=True)
class _Winner:
    """The best of a generation, and its loss there."""

    theta: Floats
    loss: float
