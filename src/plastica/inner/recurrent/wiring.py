"""Who is connected with whom: random connections without synapses of a neuron onto itself, as rows of targets.

Neurons are numbered through: excitatory ones from 0, inhibitory ones from `Sizes.inhibitory_from`, which is a multiple
of sixteen, so that each population fills vectors of its own; the numbers between stand for no neuron. A connection is
named by what it joins, XY from X to Y; a presynaptic neuron j has two rows of targets, number 2j onto excitatory and
2j + 1 onto inhibitory neurons.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from plastica.inner.lanes import LANES

CONNECTIONS = ("EE", "EI", "IE", "II")
NEURONS_MOST = 65_000  # they are numbered in 16 bits


class Rows(NamedTuple):
    """The targets of row r are `target[first[r]:first[r + 1]]`, in increasing order."""

    first: NDArray[np.int64]  # [rows + 1]
    target: NDArray[np.uint16]  # [synapses]

    @property
    def nbytes(self) -> int:
        return self.first.nbytes + self.target.nbytes


@dataclass(frozen=True)
class Sizes:
    """How many neurons there are, and where in the numbering."""

    excitatory: int
    inhibitory: int

    @property
    def inhibitory_from(self) -> int:
        return -(-self.excitatory // LANES) * LANES

    @property
    def all(self) -> int:
        """Numbers, those that stand for no neuron included."""
        return self.inhibitory_from + -(-self.inhibitory // LANES) * LANES

    def population(self, name: str) -> tuple[int, int]:
        """(first number, count) of E or I."""
        return (0, self.excitatory) if name == "E" else (self.inhibitory_from, self.inhibitory)

    def rows(self, connection: str) -> NDArray[np.int64]:
        """The rows of a connection, in the order of its presynaptic neurons."""
        start, count = self.population(connection[0])
        return 2 * np.arange(start, start + count) + "EI".index(connection[1])


def successes(probability: float, trials: int, generator: np.random.Generator) -> NDArray[np.int64]:
    """Which of so many independent trials succeed, in increasing order: gaps between them are geometric."""
    if probability <= 0 or trials <= 0:
        return np.zeros(0, np.int64)
    mean = probability * trials

    def places(count: int) -> NDArray[np.int64]:
        return np.cumsum(np.minimum(generator.geometric(probability, count), trials + 1))  # beyond the end is enough

    found = places(int(mean + 6 * np.sqrt(mean)) + 16) - 1
    while found[-1] < trials:
        found = np.concatenate([found, found[-1] + places(found.size // 8 + 16)])
    return found[: np.searchsorted(found, trials)]


def recurrent_rows(sizes: Sizes, probability: float, generator: np.random.Generator) -> Rows:
    """All four connections: each pair of different neurons is joined with this probability."""
    rows, targets = [], []
    for connection in CONNECTIONS:
        (pre, pres), (post, posts) = sizes.population(connection[0]), sizes.population(connection[1])
        others = posts - (pre == post)
        found = successes(probability, pres * others, generator)
        source, target = found // max(1, others), found % max(1, others)
        target += (pre == post) & (target >= source)  # not onto itself
        rows.append(sizes.rows(connection)[source])
        targets.append(post + target)
    return _rows(np.concatenate(rows), np.concatenate(targets), 2 * sizes.all)


def input_rows(sizes: Sizes, inputs: int, probability: float, generator: np.random.Generator) -> Rows:
    """From inputs to neurons of both populations."""
    rows, targets = [], []
    for name in "EI":
        start, count = sizes.population(name)
        found = successes(probability, inputs * count, generator)
        rows.append(found // max(1, count))
        targets.append(start + found % max(1, count))
    return _rows(np.concatenate(rows), np.concatenate(targets), inputs)


def field_rows(sizes: Sizes, inputs: int, radius: float, generator: np.random.Generator) -> Rows:
    """From inputs on a square grid, row by row, to neurons of both populations: each has its centre on the grid and
    hears all inputs that are nearer than `radius`; those beyond the last whole row are heard by none."""
    side = int(np.sqrt(inputs))
    row, column = np.divmod(np.arange(side * side), max(1, side))
    rows, targets = [], []
    for name in "EI":
        start, count = sizes.population(name)
        for i, (x, y) in enumerate(generator.integers(max(1, side), size=(count, 2)).tolist(), start=start):
            heard = np.flatnonzero((row - x) ** 2 + (column - y) ** 2 < radius**2)
            rows.append(heard)
            targets.append(np.full(heard.size, i))
    return _rows(np.concatenate(rows), np.concatenate(targets), inputs)


class Columns(NamedTuple):
    """The same synapses by what they lead to: those onto neuron i from population s are number `first[2 i + s]` up to
    `first[2 i + s + 1]`, each with its place among the rows and its presynaptic neuron."""

    first: NDArray[np.int64]
    place: NDArray[np.uint32]
    source: NDArray[np.uint16]


def columns_of(rows: Rows, sizes: Sizes) -> Columns:
    row = np.repeat(np.arange(rows.first.size - 1), np.diff(rows.first))
    column = 2 * rows.target.astype(np.int64) + (row // 2 >= sizes.inhibitory_from)
    order = np.argsort(column, kind="stable")
    first = np.concatenate([[0], np.cumsum(np.bincount(column, minlength=2 * sizes.all))]).astype(np.int64)
    return Columns(first, order.astype(np.uint32), (row[order] // 2).astype(np.uint16))


def _rows(row: NDArray, target: NDArray, count: int) -> Rows:
    """Synapses of several connections, each in the order of its rows, sorted into rows."""
    order = np.argsort(row, kind="stable")
    first = np.concatenate([[0], np.cumsum(np.bincount(row, minlength=count))]).astype(np.int64)
    return Rows(first, target[order].astype(np.uint16))
