"""How a trial ended: failures are values that every report counts."""

from enum import IntEnum

import numpy as np
from numpy.typing import NDArray


class Outcome(IntEnum):
    """`OK`; `SILENT`: the neuron stopped firing; `EXPLODED`: a weight passed its bound or stopped being finite;
    `NONFINITE`: the rule itself holds a number that is not finite, so nothing was simulated."""

    OK = 0
    SILENT = 1
    EXPLODED = 2
    NONFINITE = 3


def count_outcomes(outcomes: NDArray[np.int8]) -> dict[str, int]:
    """{"ok": n, "silent": n, ...} of any array of outcomes."""
    counts = np.bincount(np.asarray(outcomes).ravel(), minlength=len(Outcome))
    return {outcome.name.lower(): int(counts[outcome]) for outcome in Outcome}
