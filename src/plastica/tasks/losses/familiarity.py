"""The loss of a network that is to tell familiar patterns from novel ones by its rate (Confavreux et al. 2025)."""

from collections.abc import Sequence
from typing import Annotated, Any, ClassVar

import numpy as np
from pydantic import Field

from plastica.inner.outcome import Outcome
from plastica.inner.recurrent.dataset import RecurrentDataset
from plastica.inner.recurrent.trials import METRICS, RecurrentTrials
from plastica.rules.base import Floats
from plastica.section import Section

ENDED = 42.0  # what a trial costs at least that did not come to its end
HIGHEST_HZ = 100.0  # rate at which a novel pattern costs 1
Names = Annotated[tuple[str, ...], Field(min_length=1)]


class Familiarity(Section):
    """The mean, over all steps of the named segments, of max(0, r - 10 Hz) / 90 Hz while a novel pattern is shown, and
    of max(0, 1 - r / 20 Hz) while a familiar one is; r is the running rate, as a mean over 10 ms.

    A network of one constant rate for both scores `floor`, 0.056 at 20 Hz where both are as long: only less than that
    tells them apart. Beside the metrics of recurrent networks there are the mean running rate in either, and by how
    much a trial is better than the best constant rate. A trial that was silent or exploded after a share s of its time
    costs 42 + exp(-s), more the earlier it ends. One whose rule is not finite costs 43.
    """

    kind: ClassVar[str] = "familiarity"
    metrics: ClassVar[tuple[str, ...]] = (*METRICS, "rate_familiar_hz", "rate_novel_hz", "better_than_constant")
    familiar_hz: float = Field(
        default=20.0, description="rate from which a familiar pattern costs nothing, Hz", ge=0.1, le=HIGHEST_HZ
    )
    novel_hz: float = Field(
        default=10.0, description="rate up to which a novel pattern costs nothing, Hz", ge=0, le=0.9 * HIGHEST_HZ
    )
    familiar: Names = Field(default=("familiar",), description="recorded segments that show familiar patterns")
    novel: Names = Field(default=("novel",), description="recorded segments that show novel patterns")

    def check_network(self, network: Any) -> None:
        """Raise ValueError where a network has no such segments."""
        recorded = getattr(network, "recorded", {})
        for key in ("familiar", "novel"):
            for name in getattr(self, key):
                if name not in recorded:
                    raise ValueError(
                        f'loss.{key} names the segment "{name}", and the network records '
                        f"{', '.join(recorded) or 'none'}: name one of these, or add it to network.segments"
                    )

    def score(self, trials: RecurrentTrials, datasets: Sequence[RecurrentDataset]) -> tuple[Floats, dict[str, Floats]]:
        """loss [R, D], and the metrics [R, D] that trials have."""
        recorded = datasets[0].recorded
        familiar, novel = (
            np.concatenate([trials.running[..., recorded[name]] for name in names], axis=-1)
            for names in (self.familiar, self.novel)
        )
        cost = np.concatenate([self.cost_familiar(familiar), self.cost_novel(novel)], axis=-1).mean(axis=-1)
        loss = np.where(trials.outcome == Outcome.OK, cost, ENDED + np.exp(-trials.share))
        floor, _ = self.floor(familiar.shape[-1], novel.shape[-1])
        rates = {"rate_familiar_hz": familiar.mean(axis=-1), "rate_novel_hz": novel.mean(axis=-1)}
        return loss, {**trials.metrics, **rates, "better_than_constant": floor - loss}

    def cost_familiar(self, rate_hz: Floats) -> Floats:
        return np.maximum(0.0, 1 - rate_hz / self.familiar_hz)

    def cost_novel(self, rate_hz: Floats) -> Floats:
        return np.maximum(0.0, rate_hz - self.novel_hz) / (HIGHEST_HZ - self.novel_hz)

    def floor(self, familiar: float = 1.0, novel: float = 1.0) -> tuple[float, float]:
        """What the best constant rate scores where familiar and novel patterns last so long, and that rate, Hz. The
        cost is piecewise linear in it, so it is least at a rate that the loss names."""
        rates = np.array([self.novel_hz, self.familiar_hz])
        costs = (familiar * self.cost_familiar(rates) + novel * self.cost_novel(rates)) / (familiar + novel)
        return float(costs.min()), float(rates[costs.argmin()])
