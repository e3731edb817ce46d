"""Several curves as one: where their values lie between, at each point of what was spent."""

from collections.abc import Sequence

import numpy as np

from plastica.rules.base import Floats

POINTS = 200
QUARTILES = (0.25, 0.5, 0.75)


def band(spent: Sequence[Floats], values: Sequence[Floats]) -> tuple[Floats, Floats]:
    """(what was spent [points], quartiles of the values [3, points]) of N curves, each [its own generations].

    A curve keeps its first value before its beginning and its last one after its end: a search that has ended has its
    answer. Points are spread evenly over the logarithm of what was spent.
    """
    first, last = min(one[0] for one in spent), max(one[-1] for one in spent)
    points = np.geomspace(first, last, POINTS) if last > first else np.array([first])
    at = [np.searchsorted(one, points * (1 + 1e-12), side="right") - 1 for one in spent]
    curves = np.array([own[np.maximum(index, 0)] for own, index in zip(values, at, strict=True)])
    return points, np.quantile(curves, QUARTILES, axis=0)
