"""What a few runs say of all that could be: intervals that hold the true value 95 times of a hundred."""

from math import comb, sqrt

import numpy as np

from plastica.rules.base import Floats

CONFIDENCE = 0.95
Z = 1.959963984540054  # of a normal distribution, for that confidence


def median_interval(values: Floats) -> tuple[float, float] | None:
    """Two of the values [N] between which the median lies, whatever their distribution: order statistics.

    None for fewer than six values, whose least and greatest are not far enough apart.
    """
    ordered, count = np.sort(values), len(values)
    below, rank = 0.0, 0  # how likely it is that fewer than `rank` values lie below the median
    while rank < count and below + comb(count, rank) / 2**count <= (1 - CONFIDENCE) / 2:
        below += comb(count, rank) / 2**count
        rank += 1
    return (float(ordered[rank - 1]), float(ordered[count - rank])) if rank else None


def share_interval(successes: int, count: int) -> tuple[float, float]:
    """Of the probability behind some successes among so many runs (Wilson 1927)."""
    share, spread = successes / count, Z**2 / count
    middle = (share + spread / 2) / (1 + spread)
    half = sqrt(share * (1 - share) * spread + spread**2 / 4) / (1 + spread)
    return (middle - half if successes else 0.0), (middle + half if successes < count else 1.0)
