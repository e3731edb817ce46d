"""How far recalled patterns are from those that were stored."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, ClassVar

import numpy as np
from pydantic import Field

from plastica.inner.outcome import Outcome
from plastica.inner.stepwise.trials import StepwiseDataset, StepwiseTrials
from plastica.rules.base import Floats
from plastica.section import Section


class RecallError(Section):
    """The mean of (answer - pattern)^2 over units that should be active, and over those that should not, of all
    patterns; and the mean of both. So it is one half where all units are active or none is, and at most 1.

    An exploded trial costs `unstable * (2 - lifetime)`, and a rule that is not finite `2 * unstable`.
    """

    kind: ClassVar[str] = "recall-error"
    metrics: ClassVar[tuple[str, ...]] = ("wrong",)
    unstable: Annotated[float, Field(ge=1, le=1e6)] = Field(
        default=1.0, description="what an exploded trial costs at least; up to twice as much"
    )

    def distance(self, state: Mapping[str, Any], drawn: Mapping[str, Any], numpy: Any) -> Any:
        """For answers [..., patterns, N] and the patterns themselves; `numpy` is what computes, or JAX's."""
        wanted = drawn["stimuli"]
        error = (state["recalled"] - wanted) ** 2

        def mean(where: Any) -> Any:
            return (where * error).sum(axis=(-2, -1)) / numpy.maximum(where.sum(axis=(-2, -1)), 1.0)

        return 0.5 * (mean(wanted) + mean(1.0 - wanted))

    def score(self, trials: StepwiseTrials, datasets: Sequence[StepwiseDataset]) -> tuple[Floats, dict[str, Floats]]:
        """loss [R, D], and a metric [R, D]: wrong, the share of units on the wrong side of one half; one where the
        trial did not end well."""
        patterns = np.stack([dataset.drawn["stimuli"] for dataset in datasets])  # [D, patterns, N]
        ended = trials.outcome == Outcome.OK
        recalled = np.where(ended[..., None, None], trials.state["recalled"], 0.0)
        error = self.distance({"recalled": recalled}, {"stimuli": patterns}, np)
        lifetime = np.where(trials.outcome == Outcome.NONFINITE, 0.0, trials.lifetime)
        wrong = ((recalled > 0.5) != (patterns > 0.5)).mean(axis=(-2, -1))
        return np.where(ended, error, self.unstable * (2 - lifetime)), {"wrong": np.where(ended, wrong, 1.0)}
