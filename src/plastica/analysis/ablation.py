"""Which terms of a learned rule matter: leave one out, evaluate again on held-out datasets."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from plastica.analysis.calibration import Evaluator
from plastica.analysis.standard_error import standard_error
from plastica.inner.keys import Key
from plastica.rules.base import Floats
from plastica.tasks.task import Task


@dataclass(frozen=True)
class Ablation:
    """names [T] of the terms that were left out one by one, the loss without each [T], the loss of the whole rule,
    and the standard error [T] of the difference over datasets."""

    names: tuple[str, ...]
    loss: Floats
    whole: float
    standard_error: Floats

    def ranked(self) -> list[tuple[str, float, float, float]]:
        """(name, loss without it, increase, standard error of the increase), largest increase first."""
        increase = self.loss - self.whole
        rows = zip(self.names, self.loss.tolist(), increase.tolist(), self.standard_error.tolist(), strict=True)
        return sorted(rows, key=lambda row: -row[2])


def ablate(task: Task, theta: Floats, keys: Sequence[Key], evaluator: Evaluator) -> Ablation:
    """Set each coefficient of a rule [P] to zero in turn; logarithmic parameters (time constants) have no zero."""
    terms = np.flatnonzero(task.space.linear)
    thetas = np.tile(theta, (len(terms) + 1, 1))
    thetas[np.arange(len(terms)) + 1, terms] = 0.0
    loss = evaluator.evaluate(thetas, keys).loss
    difference = loss[1:] - loss[0]
    names = tuple(task.space.names[k] for k in terms)
    return Ablation(names, loss[1:].mean(axis=1), float(loss[0].mean()), standard_error(difference))
