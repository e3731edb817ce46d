"""What rate networks start from, and what candidates made of them."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from plastica.inner.rate.gaussian import Recalled, Stimuli
from plastica.inner.rate.moments import Plan
from plastica.inner.rate.table import Table
from plastica.rules.base import Floats


@dataclass(frozen=True, eq=False)
class RateDataset:
    """One draw of stimuli and initial weights, and the table of averages that all candidates share."""

    stimuli: Stimuli | Recalled
    w: Floats  # [M, N]
    lateral: Floats  # [M, M]
    table: Table
    plan: Plan

    @property
    def nbytes(self) -> int:
        return self.stimuli.nbytes + self.w.nbytes + self.lateral.nbytes + self.table.nbytes


@dataclass(frozen=True, eq=False)
class RateTrials:
    """What R candidates made of D datasets.

    outcome [R, D]; w [R, D, M, N] and lateral [R, D, M, M], the final weights (meaningless unless the outcome is OK);
    lifetime [R, D], the fraction of updates before a weight went out of bounds.
    """

    outcome: NDArray[np.int8]
    w: Floats
    lateral: Floats
    lifetime: Floats
