"""A known rule made as good as its form allows: a factor for each coefficient, chosen on datasets of their own."""

from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from plastica.cma_package import cma_options, load_cma
from plastica.inner.keys import Key
from plastica.inner.lanes import LANES
from plastica.rules.base import Floats
from plastica.tasks.task import Evaluation, Task

COMMON_FACTORS = 2.0 ** np.arange(-4, 8.5, 0.5)  # of all coefficients together; 1 is the rule as published
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
) -> Floats:
    """The rule [P] of the form of a known one whose mean loss on the datasets of `keys` is least.

    Each coefficient that is not zero has a factor of its own, or each `among` these [P]; time constants stay. All are
    scaled together first, over a grid that holds the rule as published, then CMA-ES moves each from the best of these.
    The best of all that was evaluated is the answer, so it is never worse on these datasets than the rule as published.
    `known` may be several rules of one form [S, P], from each of which the grid begins.
    """
    cma = load_cma()

    forms = np.atleast_2d(known)
    free = np.flatnonzero((task.space.linear if among is None else among) & (forms != 0).any(axis=0))
    if not free.size:
        return forms[0]

    def rules(form: Floats, logs: Floats) -> Floats:
        thetas = np.tile(form, (len(logs), 1))
        thetas[:, free] *= np.exp(logs)
        return thetas

    def losses(thetas: Floats) -> Floats:
        return evaluator.evaluate(thetas, keys).loss.mean(axis=1)

    tried = np.repeat(np.log(COMMON_FACTORS)[:, None], free.size, axis=1)
    values = losses(np.concatenate([rules(form, tried) for form in forms]))
    which, place = divmod(int(np.argmin(values)), len(tried))
    form, best, least = forms[which], tried[place], values.min()
    options = cma_options(LANES, Key(seed, "baseline", generation=1).generator())  # full lanes
    strategy = cma.CMAEvolutionStrategy(best, STEP, options)
    for _ in range(generations):
        tried = np.array(strategy.ask())
        values = losses(rules(form, tried))
        strategy.tell(list(tried), values.tolist())
        if values.min() < least:
            best, least = tried[np.argmin(values)], values.min()
    return rules(form, best[None])[0]
