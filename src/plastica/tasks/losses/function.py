"""A plain function as a loss: what a user writes who has nothing to configure."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from plastica.inner.outcome import Outcome
from plastica.rules.base import Floats

FAILED = 1e3  # the loss of a trial that came to no good end, and the most that any trial costs


@dataclass(frozen=True)
class FunctionLoss:
    """`function(trials, datasets)` -> loss [R, D]; trials are what the task's network returns.

    A trial that exploded, was not simulated because its rule is not finite, or whose loss is not finite costs `FAILED`,
    and no other trial more. A loss with a penalty, settings or metrics of its own is a class with `score`.
    """

    kind: ClassVar[str] = "function"
    metrics: ClassVar[tuple[str, ...]] = ()
    function: Callable[[Any, Sequence[Any]], Any]

    def score(self, trials: Any, datasets: Sequence[Any]) -> tuple[Floats, dict[str, Floats]]:
        with np.errstate(all="ignore"):  # of trials that failed
            loss = np.asarray(self.function(trials, datasets), dtype=float)
        ended = (trials.outcome == Outcome.OK) | (trials.outcome == Outcome.SILENT)
        if loss.shape != ended.shape:
            raise ValueError(f"the loss function returned {loss.shape} for {ended.shape} (candidates, datasets)")
        return np.where(ended & np.isfinite(loss), np.minimum(loss, FAILED), FAILED), {}
