"""How a table of stimulus averages is filled: products of inputs, and matrices in tiles (layout: `kernels`)."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numba import njit
from numpy.typing import DTypeLike, NDArray

from plastica.inner.lanes import LANES, aligned
from plastica.inner.rate.kernels import TILE

Table = NDArray[np.float32]
Monomial = tuple[int, ...]  # a product of inputs: the sorted tuple of its factors


def whole_tiles(rows: int) -> int:
    return -(-rows // TILE)


def scratch(rows: int, dtype: DTypeLike = np.float32) -> NDArray[Any]:
    return aligned(np.zeros((rows, LANES), dtype=dtype))


class Products:
    """Products of inputs, listed so that each comes after the one with a factor less, if that is listed at all."""

    def __init__(self, monomials: Sequence[Monomial]) -> None:
        position = {m: k for k, m in enumerate(monomials)}
        self._parent = np.array([position.get(m[:-1], -1) for m in monomials])
        self._variable = np.array([m[-1] if m else -1 for m in monomials])

    def __len__(self) -> int:
        return len(self._parent)

    def of(self, samples: NDArray[np.float64]) -> NDArray[np.float64]:
        """[batches, products, batch], from samples [batches, batch, inputs]."""
        batches, batch, _ = samples.shape
        products = np.empty((batches, len(self), batch))
        _multiply(samples, self._parent, self._variable, products)
        return products


@njit(nogil=True, cache=True)
def _multiply(samples, parent, variable, products):
    """A product is its parent times an input; -1 for no parent, and for no input."""
    batches, rows, batch = products.shape
    for b in range(batches):
        for r in range(rows):
            for s in range(batch):
                factor = samples[b, s, variable[r]] if variable[r] >= 0 else 1.0
                products[b, r, s] = products[b, parent[r], s] * factor if variable[r] >= 0 <= parent[r] else factor


def put(table: Table, cell: int, matrices: NDArray[np.float64], columns: range | None = None) -> None:
    """Put matrices [batches, rows, columns] into a table [batches, cells], from a cell on: all columns, or some."""
    chosen = range(matrices.shape[2]) if columns is None else columns
    _put(table, cell, matrices, chosen.start, chosen.stop)


@njit(nogil=True, cache=True)
def _put(table, cell, matrices, first, last):
    """Eight rows of a column stand side by side. Rows and columns that there are not are left as they are."""
    batches, rows, columns = matrices.shape
    for b in range(batches):
        for r in range(rows):
            at = cell + r // TILE * TILE * (last - first) + r % TILE
            for c in range(first, min(last, columns)):
                table[b, at + (c - first) * TILE] = matrices[b, r, c]
