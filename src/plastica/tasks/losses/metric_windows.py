"""The loss of a network whose activity and weights are to be plausible: how far metrics lie outside their windows."""

from collections.abc import Sequence
from typing import ClassVar

import numpy as np
from pydantic import Field, model_validator

from plastica.inner.outcome import Outcome
from plastica.inner.recurrent.dataset import RecurrentDataset
from plastica.inner.recurrent.trials import METRICS, RecurrentTrials
from plastica.rules.base import Floats
from plastica.section import Section
from plastica.tasks.losses.window import Window, beyond

Windows = dict[str, Window]

# What the analysis in github.com/VogelsLab/fSBI calls plausible; the highest coefficient of variation is no bound.
PLAUSIBLE: Windows = {
    "rate_hz": (1.0, 50.0),
    "rate_i_hz": (1.0, 50.0),
    "cv": (0.7, 1000.0),
    "spatial_fano": (0.5, 2.5),
    "temporal_fano": (0.5, 2.5),
    "auto_cov": (0.0, 0.1),
    "fft": (0.0, 1.0),
    "std_rate_temporal": (0.0, 0.5),
    "std_rate_spatial_hz": (0.0, 5.0),
    "share_at_bound": (0.0, 0.1),
    "weight_creep": (0.0, 0.05),
    "weight_EE": (0.0, 0.5),
    "weight_EI": (0.0, 0.5),
    "weight_IE": (0.0, 5.0),
    "weight_II": (0.0, 5.0),
}


class MetricWindows(Section):
    """The mean over `counted` of how far each metric lies outside its window (`beyond`): nothing where all lie within,
    and never one.

    A trial that was silent or exploded after a share s of its time costs 1 + exp(-s), more the earlier it ends. One
    whose rule is not finite costs 2.
    """

    kind: ClassVar[str] = "metric-windows"
    metrics: ClassVar[tuple[str, ...]] = METRICS
    counted: tuple[str, ...] = Field(
        default=tuple(PLAUSIBLE), description="metrics that count, each of which has a window"
    )
    windows: Windows = Field(default=PLAUSIBLE, description="{metric: [least, most]}")

    def __hash__(self) -> int:
        return hash(self.model_dump_json())

    @model_validator(mode="after")
    def _check(self) -> "MetricWindows":
        if not self.counted:
            raise ValueError("counted = [] asks for nothing: name some that count")
        for name in (*self.windows, *self.counted):
            if name not in METRICS:
                raise ValueError(f"there is no metric {name}: choose from {', '.join(METRICS)}")
        for name, (least, most) in self.windows.items():
            if least > most:
                raise ValueError(f"windows.{name} = [{least:g}, {most:g}]: write the smaller number first")
        for name in self.counted:
            if name not in self.windows:
                raise ValueError(f"counted names {name}, which has no window: add windows.{name} = [least, most]")
        return self

    def score(self, trials: RecurrentTrials, datasets: Sequence[RecurrentDataset]) -> tuple[Floats, dict[str, Floats]]:
        """loss [R, D], and the metrics [R, D] that trials have."""
        metrics = trials.metrics
        outside = [beyond(metrics[name], *self.windows[name]) for name in self.counted]
        return np.where(trials.outcome == Outcome.OK, np.mean(outside, axis=0), 1 + np.exp(-trials.share)), metrics
