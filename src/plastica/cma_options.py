"""Options of the `cma` package without which a strategy is neither silent nor the same every time."""

from typing import Any

import numpy as np


def cma_options(population: int, generator: np.random.Generator) -> dict[str, Any]:
    """A strategy that says nothing, writes nothing, and takes all chance from `generator`."""
    return {
        "popsize": population,
        "randn": lambda *shape: generator.standard_normal(shape),
        "seed": np.nan,  # leave numpy's global generator alone
        "verbose": -9,
        "verb_log": 0,
    }
