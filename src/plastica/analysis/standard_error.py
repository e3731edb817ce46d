"""What a mean over datasets is worth."""

import numpy as np

from plastica.rules.base import Floats


def standard_error(values: Floats) -> Floats:
    """Of the mean along the last axis, [..., D] -> [...]; zero where there is a single value."""
    count = np.shape(values)[-1]
    return np.std(values, axis=-1, ddof=1) / np.sqrt(count) if count > 1 else np.zeros(np.shape(values)[:-1])
