"""Random numbers by position: what a dataset contains follows from its key, never from the order of its making."""

from dataclasses import dataclass
from typing import Literal

import numpy as np

Purpose = Literal["initial", "search", "selection", "held-out", "baseline", "bench"]
_CODES: dict[Purpose, int] = {"initial": 0, "search": 1, "selection": 2, "held-out": 3, "baseline": 4, "bench": 5}


@dataclass(frozen=True)
class Key:
    """The name of one draw: (run seed, purpose, generation, index).

    >>> from plastica import Key
    >>> Key(seed=1, purpose="held-out", index=3).generator().integers(100, size=4)
    array([29, 54, 11, 47])
    """

    seed: int
    purpose: Purpose
    generation: int = 0
    index: int = 0

    def generator(self, stream: int = 0) -> np.random.Generator:
        """A generator of its own for this key; `stream` tells independent uses of one key apart."""
        entropy = (self.seed, _CODES[self.purpose], self.generation, self.index, stream)
        return np.random.Generator(np.random.PCG64(np.random.SeedSequence(entropy)))
