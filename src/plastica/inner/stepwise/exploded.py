"""What exact gradients are worth where a trial did not end well."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from plastica.inner.outcome import Outcome
from plastica.rules.base import Floats

EXPLODED = 10.0  # what the gradient of an exploded trial takes a whole lifetime to be worth
LONGEST_EXPLODED = 10.0  # its length, at most


def outcomes(lifetime: Floats, finite: NDArray[np.bool_]) -> NDArray[np.int8]:
    """[R, D] of lifetimes [R, D], and of whether candidates [R] are finite."""
    outcome = np.where(lifetime < 1, Outcome.EXPLODED, Outcome.OK).astype(np.int8)
    outcome[~finite] = Outcome.NONFINITE
    return outcome


def usable(gradients: Mapping[str, Floats], outcome: NDArray[np.int8]) -> dict[str, Floats]:
    """Gradients {connection: [R, D, P]}, cut to `LONGEST_EXPLODED` where trials exploded, and zero where there is none:
    for rules that are not finite, and where they are too large for a float."""
    whole = np.concatenate(list(gradients.values()), axis=-1, dtype=float)  # in which squares are still numbers
    good = np.isfinite(whole).all(axis=-1) & (outcome != Outcome.NONFINITE)
    length = np.linalg.norm(np.where(good[..., None], whole, 0.0), axis=-1)
    factor = np.where(outcome == Outcome.EXPLODED, np.minimum(1.0, LONGEST_EXPLODED / np.maximum(length, 1.0)), 1.0)
    return {c: np.where(good[..., None], factor[..., None] * g, 0.0) for c, g in gradients.items()}
