"""What stepwise networks start from, and what candidates made of them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from plastica.rules.base import Floats


@dataclass(frozen=True, eq=False)
class StepwiseDataset:
    """What was drawn of the data: arrays by name, of which `stimuli` (an array, or several by name) have a leading axis
    of steps."""

    drawn: Mapping[str, Any]

    @property
    def nbytes(self) -> int:
        return bytes_of(self.drawn)


@dataclass(frozen=True, eq=False)
class StepwiseTrials:
    """What R candidates made of D datasets.

    outcome [R, D]; state, arrays [R, D, ...] by name: at the end, or before a weight went out of bounds; lifetime
    [R, D], the fraction of updates before one did.
    """

    outcome: NDArray[np.int8]
    state: Mapping[str, Floats]
    lifetime: Floats


def bytes_of(drawn: Any) -> int:
    """Of arrays by name, at whatever depth."""
    return sum(map(bytes_of, drawn.values())) if isinstance(drawn, Mapping) else int(np.asarray(drawn).nbytes)
