"""The loss of Eq. (16): how far a neuron's firing rate is from its target."""

from collections.abc import Sequence
from typing import Annotated, ClassVar

import numpy as np
from pydantic import Field

from plastica.inner.neuron.dataset import SpikingDataset
from plastica.inner.neuron.trials import SpikingTrials
from plastica.inner.outcome import Outcome
from plastica.rules.base import Floats
from plastica.section import Section

OFFSET_HZ = 0.1  # Eq. (16)


class TargetRate(Section):
    """(r - r_tg)^2 / (r + 0.1 Hz), with r the rate in the scoring window (Eq. 16).

    A silent neuron costs r_tg^2 / 0.1 Hz, as the formula says; so does a trial that exploded, or was not simulated
    because its rule is not finite: no trial costs more unless it fires far beyond the target.
    """

    kind: ClassVar[str] = "target-rate"
    metrics: ClassVar[tuple[str, ...]] = ("rate_hz", "cv", "mean_weight", "tuning_correlation", "share_at_bound")
    target_hz: Annotated[float, Field(gt=0, le=1e4)] = Field(default=5.0, description="target firing rate r_tg, Hz")

    def score(self, trials: SpikingTrials, datasets: Sequence[SpikingDataset]) -> tuple[Floats, dict[str, Floats]]:
        """loss [R, D], and metrics [R, D]: rate_hz in the window, cv of the inter-spike intervals, mean inhibitory
        weight, tuning_correlation of the weights with excitation, share_at_bound of weights."""
        rate = trials.rate_hz
        loss = (rate - self.target_hz) ** 2 / (rate + OFFSET_HZ)  # Eq. (16)
        failed = (trials.outcome == Outcome.EXPLODED) | (trials.outcome == Outcome.NONFINITE)
        metrics = {
            "rate_hz": rate,
            "cv": trials.cv,
            "mean_weight": trials.group_weights.mean(axis=-1),
            "tuning_correlation": trials.tuning_correlation,
            "share_at_bound": trials.share_at_bound,
        }
        return np.where(failed, self.target_hz**2 / OFFSET_HZ, loss), metrics
