"""Normal numbers of a generator: numpy's, bit for bit, in a third of the time and without the interpreter's lock."""

import numpy as np
from numba import njit
from numpy.typing import NDArray


def standard_normal(generator: np.random.Generator, out: NDArray[np.float64]) -> None:
    """`generator.standard_normal(out=out)`; for many numbers, as numba takes 10 us to look at a generator."""
    _fill(generator, out.reshape(-1))


@njit(nogil=True, cache=True)
def _fill(generator, numbers):
    for k in range(len(numbers)):
        numbers[k] = generator.standard_normal()
