"""How far numbers lie outside a window."""

import numpy as np

from plastica.rules.base import Floats

Window = tuple[float, float]


def beyond(values: Floats, least: float, most: float) -> Floats:
    """d / (d + s), with d how far a value lies outside [least, most] and s the end next to it, or 1 where that is zero:
    0 inside, and never 1."""
    below, above = np.maximum(least - values, 0.0), np.maximum(values - most, 0.0)
    scale = np.where(below > 0, abs(least) or 1.0, abs(most) or 1.0)
    distance = below + above
    return np.asarray(distance / (distance + scale), dtype=np.float64)
