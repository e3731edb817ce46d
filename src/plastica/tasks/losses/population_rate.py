"""The loss of a network that is to hold the rate of its excitatory neurons, and what a trial costs that ends early."""

from collections.abc import Sequence
from typing import Annotated, ClassVar

import numpy as np
from pydantic import Field

from plastica.inner.outcome import Outcome
from plastica.inner.recurrent.body import OFFSET_HZ
from plastica.inner.recurrent.dataset import RecurrentDataset
from plastica.inner.recurrent.trials import METRICS, RecurrentTrials
from plastica.rules.base import Floats
from plastica.section import Section

ENDED = 160.0  # the least that a trial costs that did not come to its end, over 1 + 1/e


class PopulationRate(Section):
    """(r - r_tg)^2 / (r + 2 Hz), the mean over the scored steps, with r the running rate (Confavreux et al. 2025).

    A trial that was silent or exploded after a share s of its time costs 160 (1 + exp(-s)), more the earlier it ends,
    at least 218.9, above anything that a trial can cost that comes to its end. One whose rule is not finite costs 320.
    """

    kind: ClassVar[str] = "population-rate"
    metrics: ClassVar[tuple[str, ...]] = METRICS
    target_hz: Annotated[float, Field(gt=0, le=20)] = Field(
        default=10.0, description="target rate r_tg of excitatory neurons, Hz"
    )

    def score(self, trials: RecurrentTrials, datasets: Sequence[RecurrentDataset]) -> tuple[Floats, dict[str, Floats]]:
        """loss [R, D], and the metrics [R, D] that trials have."""
        beyond = self.target_hz + OFFSET_HZ
        loss = trials.mean - 2 * beyond + beyond**2 * trials.inverse  # (u - c)^2 / u = u - 2c + c^2 / u, u = r + 2
        ended = ENDED * (1 + np.exp(-trials.share))
        return np.where(trials.outcome == Outcome.OK, np.maximum(loss, 0.0), ended), trials.metrics
