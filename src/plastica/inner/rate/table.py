"""How a table of stimulus averages is filled: products of inputs, and matrices in tiles (layout: `kernels`)."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numba import njit
from numpy.typing import DTypeLike, NDArray

from plastica.inner.lanes import LANES, aligned_zeros, fma, load, splat, store
from plastica.inner.rate.kernels import TILE, contract

Table = NDArray[np.float32]
Monomial = tuple[int, ...]  # a product of inputs: the sorted tuple of its factors


def whole_tiles(rows: int) -> int:
    return -(-rows // TILE)


def scratch(rows: int, dtype: DTypeLike = np.float32) -> NDArray[Any]:
    return aligned_zeros((rows, LANES), dtype)


class Products:
    """Products of inputs: 1, all inputs, and then each behind the one with a factor less."""

    def __init__(self, monomials: Sequence[Monomial]) -> None:
        position = {m: k for k, m in enumerate(monomials)}
        self._parent = np.array([position[m[:-1]] for m in monomials])
        self._variable = np.array([m[-1] if m else -1 for m in monomials])

    def __len__(self) -> int:
        return len(self._parent)

    def put_averages(
        self,
        table: Table,
        samples: NDArray[np.float64],
        rows: NDArray[np.int64],
        factors: NDArray[np.float32],
        matrices: NDArray[np.int64],
        starts: NDArray[np.int64],
    ) -> None:
        """Put averages over mini-batches into a table [batches, cells]: of product rows[r] times each product, times
        its factor; the k-th of `matrices` is the cell at which products from the k-th of `starts` on are columns. The
        first products must be 1 and all inputs, and of every other the one with a factor less be listed.
        """
        packs = -(-samples.shape[1] // LANES)
        _put_averages(
            table, samples, self._parent, self._variable, rows, factors, matrices, starts,
            scratch(len(self) * packs, np.float64), scratch(1, np.float64), np.empty((1, len(rows), len(self))),
        )  # fmt: skip


@njit(nogil=True, cache=True)
def _put_averages(table, samples, parent, variable, rows, factors, matrices, starts, v, total, averages):
    """Scratch: v [products packs, 16], total [1, 16], averages [1, rows, products]. Sixteen samples at a time, in an
    order of its own: the same sums on every machine."""
    batches, batch, _ = samples.shape
    products, packs = len(parent), len(v) // len(parent)
    for b in range(batches):
        _products_in_lanes(samples[b], parent, variable, v, packs)
        for r in range(len(rows)):
            for c in range(products):
                even = splat(0.0, v)
                odd = even
                for p in range(0, packs - 1, 2):
                    even = fma(load(v, rows[r] * packs + p), load(v, c * packs + p), even)
                    odd = fma(load(v, rows[r] * packs + p + 1), load(v, c * packs + p + 1), odd)
                if packs % 2:
                    even = fma(load(v, rows[r] * packs + packs - 1), load(v, c * packs + packs - 1), even)
                store(total, 0, even + odd)
                averages[0, r, c] = _sum(total[0]) / batch * factors[c]
        for k in range(len(matrices)):
            _put(table[b : b + 1], matrices[k], averages[:, :, starts[k] :], starts[k + 1] - starts[k])


@njit(nogil=True, inline="always")
def _products_in_lanes(samples, parent, variable, v, packs):
    """v [products packs, 16] of samples [batch, inputs]; zero, also for the product 1, where there is no sample."""
    batch, inputs = samples.shape
    for p in range(packs):
        for s in range(min(LANES, batch - p * LANES)):
            v[p, s] = 1.0
            for j in range(inputs):  # each is its own place among the products
                v[(1 + j) * packs + p, s] = samples[p * LANES + s, j]
    for k in range(1 + inputs, len(parent)):
        for p in range(packs):
            store(v, k * packs + p, load(v, parent[k] * packs + p) * load(v, (1 + variable[k]) * packs + p))


@njit(nogil=True, inline="always")
def _sum(numbers):
    """Of sixteen numbers, in pairs, pairs of pairs and so on, which do not wait for each other; destroys them."""
    for k in range(8):
        numbers[k] += numbers[k + 8]
    for k in range(4):
        numbers[k] += numbers[k + 4]
    return (numbers[0] + numbers[2]) + (numbers[1] + numbers[3])


class Powers:
    """1, x_j, x_j^2, ... of each sample, in this order, as rows of a matrix: for many inputs."""

    def __init__(self, order: int, inputs: int, batch: int, by_input: bool) -> None:
        self._order, self._averaged = order, inputs if by_input else 0
        self.tiles, self.samples = whole_tiles(1 + order * inputs), whole_tiles(batch) * TILE
        self._packs = self._averaged // LANES + 1

    @property
    def making(self) -> int:
        """How many float64 `put` needs meanwhile."""
        return self.tiles * TILE * (self.samples + LANES) + self._packs * self.samples * LANES

    def put(self, table: Table, samples: NDArray[np.float64], matrix: int, averages: int) -> None:
        """Put <x^a> into the first cells of a table, the matrix of x^a of each sample over the batch size from cell
        `matrix` on, and <x^a x>, if that is wanted, from cell `averages` on."""
        _put_powers(
            table, samples, self._order, self._averaged, matrix, averages, np.zeros(self.tiles * self.samples * TILE),
            scratch(self._packs * self.samples, np.float64), scratch(self.tiles * TILE, np.float64),
        )  # fmt: skip


@njit(nogil=True, cache=True)
def _put_powers(table, samples, order, averaged, matrix, averages, powers, x, total):
    """Scratch: powers [tiles samples 8], x [packs samples, 16], total [rows, 16]. Sums go on sample by sample, the same
    on every machine; those of the powers themselves are as of one more input, which is 1."""
    batches, batch, inputs = samples.shape
    rows, length, per_sample = len(total), len(powers) // len(total), 1.0 / batch
    for b in range(batches):
        for s in range(batch):
            powers[s * TILE] = per_sample
            for j in range(inputs):
                power = 1.0
                for a in range(order):
                    power *= samples[b, s, j]
                    row = 1 + a * inputs + j
                    powers[(row // TILE * length + s) * TILE + row % TILE] = power * per_sample
            for j in range(averaged):
                x[j // LANES * length + s, j % LANES] = samples[b, s, j]
            x[averaged // LANES * length + s, averaged % LANES] = 1.0
        for k in range(len(powers)):
            table[b, matrix + k] = powers[k]
        for pack in range(len(x) // length):
            contract(powers, 0, rows // TILE, length, x, pack * length, total, 0)
            for row in range(rows):
                at = averages + row // TILE * TILE * averaged + row % TILE
                for j in range(pack * LANES, min(averaged, (pack + 1) * LANES)):
                    table[b, at + j * TILE] = total[row, j % LANES]
        for row in range(rows):
            table[b, row] = total[row, averaged % LANES]


def put(table: Table, cell: int, matrices: NDArray[np.float64]) -> None:
    """Put matrices [batches, rows, columns] into a table [batches, cells], from a cell on."""
    _put(table, cell, matrices, matrices.shape[2])


@njit(nogil=True, cache=True)
def _put(table, cell, matrices, columns):
    """The first columns; eight rows of a column stand side by side. Rows that there are not are left as they are."""
    for b in range(len(matrices)):
        for r in range(matrices.shape[1]):
            at = cell + r // TILE * TILE * columns + r % TILE
            for c in range(columns):
                table[b, at + c * TILE] = matrices[b, r, c]
