"""What was measured of candidates beside their losses: for a search that keeps rules by their metrics."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from plastica.analysis.standard_error import standard_error
from plastica.inner.outcome import Outcome
from plastica.rules.base import Floats
from plastica.tasks.task import Evaluation


@dataclass(frozen=True)
class Measured:
    """Of R candidates on the datasets of a generation: how many trials did not end well, the mean of every metric, and
    the standard error of every mean, that of the loss too; each [R]."""

    failed: NDArray[np.int64]
    mean: Mapping[str, Floats]
    error: Mapping[str, Floats]

    @staticmethod
    def of(evaluation: Evaluation) -> "Measured":
        metrics = evaluation.metrics
        return Measured(
            (evaluation.outcome != Outcome.OK).sum(axis=1),
            {name: values.mean(axis=1) for name, values in metrics.items()},
            {name: standard_error(values) for name, values in {"loss": evaluation.loss, **metrics}.items()},
        )

    def plain(self) -> dict[str, Any]:
        """As the journal keeps it."""
        return {
            "failed": self.failed.tolist(),
            "mean": {name: values.tolist() for name, values in self.mean.items()},
            "error": {name: values.tolist() for name, values in self.error.items()},
        }

    @staticmethod
    def of_plain(kept: Mapping[str, Any]) -> "Measured":
        """From the journal."""
        mean, error = ({name: np.array(values) for name, values in kept[key].items()} for key in ("mean", "error"))
        return Measured(np.array(kept["failed"]), mean, error)

    def fits(self, count: int) -> bool:
        """Whether it speaks of so many candidates, and has an error for each mean."""
        values = (self.failed, *self.mean.values(), *self.error.values())
        return all(len(one) == count for one in values) and set(self.error) == {"loss", *self.mean}
