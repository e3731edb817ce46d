"""What a kind of network brings to a script in numpy: its loop as text, and a trial that checks it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from plastica.errors import UserError
from plastica.exports.source import Source
from plastica.exports.target import Agreement

NEAR = 1e-9  # of double precision, after a whole training
Arrays = Mapping[str, NDArray[Any]]


@dataclass(frozen=True)
class Trial:
    """One trial on a run's own data: `given` to a script, whose `call` makes the arrays that are `expected`.

    The call is a statement on the names of `given` and of what the script defines; `kernel` has what the search
    computed, in single precision.
    """

    given: Arrays
    call: str
    expected: Arrays
    kernel: Arrays


@dataclass(frozen=True)
class Loop:
    """`text` is the script's end: constants, the loop, data that it draws itself, and what it prints."""

    text: Callable[[Source], str]
    trial: Callable[[Source], Trial]


def agreements(trial: Trial, made: Arrays) -> list[Agreement]:
    """How far each array is from what is expected, relative to its largest number; and, to be told, from what the
    search computed. Raises UserError where the rule explodes."""
    found = []
    for name, expected in trial.expected.items():
        if not np.isfinite(expected).all():
            raise UserError(
                f"--check: on the first held-out dataset this rule sends {name} beyond all numbers, which cannot be "
                "compared: the file is written, but not checked"
            )
        far = f"{name}: relative distance from"
        found.append(Agreement(f"{far} plastica in double precision", distance(made[name], expected), NEAR))
        if name in trial.kernel:
            single = distance(made[name], trial.kernel[name])
            found.append(Agreement(f"{far} the search's own computation, in single precision", single))
    return found


def distance(a: NDArray[Any], b: NDArray[Any]) -> float:
    """The largest difference relative to the largest number; infinite where there are not as many."""
    if a.shape != b.shape:
        return np.inf
    return float(np.max(np.abs(a - b), initial=0.0) / max(np.max(np.abs(b), initial=0.0), 1e-12))
