"""The tables of stimulus averages that the kernels of `kernels` work from, and which kernel is the cheaper one.

A `Plan` follows from the shape of a network and the order of its rules alone; it turns the samples of a dataset into
the table [batches, cells] and trains populations on it.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import combinations_with_replacement
from math import comb, factorial, prod
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from plastica.inner.lanes import LANES
from plastica.inner.rate.adjoint_kernel import go_back, remember
from plastica.inner.rate.kernels import TILE, train_on_moments, train_on_samples
from plastica.inner.rate.table import Monomial, Powers, Products, Table, put, scratch, whole_tiles

LARGEST = 37.0  # decimal exponent that float32 surely holds
TOGETHER_BYTES = 2**20  # of samples, or of tables, of datasets that are made, or trained, together


@dataclass(frozen=True)
class Population:
    """A population on its way through datasets, changed in place: its groups on the first, on the second, and so on, by
    the same rules; layouts as in `kernels`."""

    rules: Table
    w: Table
    lateral: Table
    exploded_at: Table

    def parts(self, count: int) -> Iterator["Population"]:
        """As many equal parts of it one after the other, in the same memory."""
        size = len(self.w) // count
        return (self.part(start, size) for start in range(0, count * size, size))

    def part(self, start: int, size: int) -> "Population":
        """So many of its groups from one on, all of a dataset, or a single one."""
        own, first = slice(start, start + size), start % len(self.rules)
        rules = self.rules[first : first + size]
        return Population(rules, self.w[own], self.lateral[own], self.exploded_at[own])


@dataclass(frozen=True)
class Course:
    """What training consists of: the mini-batch of each update, learning rates, weight bound."""

    schedule: NDArray[np.int64]
    eta: Table
    bound: float


class Plan(Protocol):
    """One of the two ways to compute the averages of an update.

    For each mini-batch, `cells` float32 are in the table; while it is made, `making` float64 are in memory at the most.
    """

    @property
    def reverses(self) -> bool:
        """Whether it can go back through a training, for exact gradients (`MomentPlan`)."""
        ...

    @property
    def cells(self) -> int: ...

    def making(self, batches: int) -> int: ...

    def table(self, samples: NDArray[np.float64]) -> Table:
        """[batches, cells] from samples [batches, batch, inputs]."""
        ...

    def train(self, tables: Sequence[Table], course: Course, population: Population) -> None:
        """Run all updates on all groups of a population, in place, those of each dataset on its table."""
        ...


@dataclass(frozen=True)
class Shape:
    """inputs N, outputs M, the lateral edges as (post, pre) sorted by post, and the order K of the rules."""

    inputs: int
    outputs: int
    edges: tuple[tuple[int, int], ...]
    order: int

    @property
    def powers(self) -> tuple[int, ...]:
        return tuple(range(self.order + 1))

    @cached_property
    def edge_arrays(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """edge_start [M + 1] and edge_pre [edges]."""
        posts = np.array([post for post, _ in self.edges], dtype=np.int64)
        starts = np.searchsorted(posts, np.arange(self.outputs + 1))
        return starts.astype(np.int64), np.array([pre for _, pre in self.edges], dtype=np.int64)

    def pure_rows(self) -> list[Monomial]:
        """1, x_j, x_j^2, ...: the powers of single inputs, each as the tuple of its factors."""
        return [(), *((j,) * a for a in range(1, self.order + 1) for j in range(self.inputs))]


def _monomials(inputs: int, order: int) -> list[Monomial]:
    """All products of 1 to `order` inputs, lowest degree first, each as the sorted tuple of its factors."""
    return [m for b in range(1, order + 1) for m in combinations_with_replacement(range(inputs), b)]


def _multiplicity(monomial: Monomial) -> int:
    """How often a monomial occurs in the expansion of (u . x)^b."""
    return factorial(len(monomial)) // prod(factorial(count) for count in Counter(monomial).values())


Back = Callable[[NDArray[Any], NDArray[Any]], NDArray[Any]]


class MomentPlan:
    """Averages by degree: for few inputs, where the monomials of u are fewer than the samples."""

    reverses = True

    def __init__(self, shape: Shape, batch: int) -> None:
        self._shape = shape
        self._batch = batch
        self._monomials = _monomials(shape.inputs, shape.order)
        self._rows = [(), *self._monomials] if shape.edges else shape.pure_rows()
        self._tiles = whole_tiles(len(self._rows))
        self._degree_start = np.array(
            [0, *(sum(len(m) < b for m in self._monomials) for b in range(1, shape.order + 2))]
        )
        columns = np.maximum(np.diff(self._degree_start), 1)  # the averages <x^a> themselves are one column
        self._offsets = np.concatenate([[0], np.cumsum(columns * self._tiles * TILE)[:-1]])
        self._products = Products([(), *self._monomials])
        position = {m: k for k, m in enumerate(self._monomials)}
        self._row_products = np.array([1 + position.get(row, -1) for row in self._rows])
        self._parent = np.array([position.get(m[:-1], 0) for m in self._monomials])
        self._variable = np.array([m[-1] for m in self._monomials])
        self._multiplicity = np.array([_multiplicity(m) for m in self._monomials], dtype=np.float32)
        row = {m: r for r, m in enumerate(self._rows)}
        self._pure = np.array([[row[(j,) * a] for j in range(shape.inputs)] for a in shape.powers])

    @property
    def cost(self) -> int:
        """Multiply-adds of an update."""
        return self._shape.outputs * self._tiles * TILE * len(self._monomials)

    @property
    def cells(self) -> int:
        return self._tiles * TILE * (1 + len(self._monomials))

    def making(self, batches: int) -> int:
        return batches * self.cells // 2 + len(self._products) * (self._batch + LANES + len(self._rows))

    def table(self, samples: NDArray[np.float64]) -> Table:
        table = np.zeros((len(samples), self.cells), dtype=np.float32)
        factors = np.append(np.float32(1), self._multiplicity)
        starts = np.append(0, 1 + self._degree_start[1:])
        self._products.put_averages(table, samples, self._row_products, factors, self._offsets, starts)
        return table

    def train(self, tables: Sequence[Table], course: Course, population: Population) -> None:
        """By few calls, each for some datasets where tables are small: threads wait for each other between calls."""
        groups, together = len(population.rules), max(1, TOGETHER_BYTES // tables[0].nbytes)
        for start in range(0, len(tables), together):
            some = tables[start : start + together]
            part = population.part(start * groups, len(some) * groups)
            begin = np.repeat(np.arange(len(some)) * len(some[0]), groups)
            table = np.concatenate(some) if len(some) > 1 else some[0]
            train_on_moments(*self._arguments(table, begin, course, part))

    def remember(self, table: NDArray[Any], course: Course, population: Population) -> tuple[NDArray[Any], Back]:
        """As `train`, but one group's weights stay where they are first out of bounds. Returns those before the update
        by which they went there [1, M N + edges, 16], and the way back.

        That takes slopes with respect to the weights at the end, and to those [1, M N + edges, 16], and gives the
        slopes with respect to the rules [1, 2 n^3, 16].
        """
        like = [(len(course.schedule), *old.shape[1:]) for old in (population.w, population.lateral)]
        arguments = (
            *self._arguments(table, np.zeros(1, dtype=int), course, population), scratch(1, table.dtype),
            *(np.zeros(shape, table.dtype) for shape in like),
        )  # fmt: skip
        remember(*arguments)
        *_, v, z, m, _, past_w, past_lateral = arguments
        last = np.minimum(population.exploded_at[0].astype(int), len(course.schedule) - 1)
        past = np.concatenate([past[last, :, np.arange(LANES)] for past in (past_w, past_lateral)], axis=1)

        def back(end: NDArray[Any], leaving: NDArray[Any]) -> NDArray[Any]:
            apart = [part.copy() for one in (end, leaving) for part in np.split(one, [population.w.shape[1]], axis=1)]
            like = (population.rules, v, z, m, population.w, population.lateral)
            rules_bar, *others = (np.zeros_like(array) for array in like)
            go_back(*arguments, *apart, rules_bar, *others)
            return rules_bar

        return past.T[None], back

    def _arguments(
        self, table: NDArray[Any], begin: NDArray[np.int64], course: Course, population: Population
    ) -> tuple[Any, ...]:
        """Of the kernels, the last three of them scratch."""
        n, outputs, dtype = self._shape.order + 1, self._shape.outputs, table.dtype
        return (
            self._shape.powers, table, self._offsets, self._degree_start, self._parent, self._variable,
            self._multiplicity.astype(dtype, copy=False), self._pure, self._tiles, *self._shape.edge_arrays,
            begin, course.schedule, population.rules, course.eta, course.bound,
            population.w, population.lateral, population.exploded_at,
            scratch(outputs * len(self._monomials), dtype), scratch(outputs * n * self._tiles * TILE, dtype),
            scratch(n * n, dtype),
        )  # fmt: skip


class SamplePlan:
    """Averages over the samples themselves: for many inputs."""

    reverses = False

    def __init__(self, shape: Shape, batch: int) -> None:
        self._shape = shape
        self._batch = batch
        self._by_input = shape.inputs < batch
        self._powers = Powers(shape.order, shape.inputs, batch, self._by_input)
        samples, rows = self._powers.samples, self._powers.tiles * TILE
        self._offsets = rows + np.array([0, samples * shape.inputs, samples * shape.inputs + rows * samples])
        self._pure = np.array(
            [[1 + (a - 1) * shape.inputs + j if a else 0 for j in range(shape.inputs)] for a in shape.powers]
        )

    @property
    def cost(self) -> int:
        """Multiply-adds of an update."""
        samples, inputs, rows = self._powers.samples, self._shape.inputs, self._powers.tiles * TILE
        first = inputs if self._by_input else samples
        return self._shape.outputs * (samples * inputs + rows * (first + (self._shape.order - 1) * samples))

    @property
    def cells(self) -> int:
        samples, inputs, rows = self._powers.samples, self._shape.inputs, self._powers.tiles * TILE
        return rows + samples * inputs + rows * samples + (rows * inputs if self._by_input else 0)

    def making(self, batches: int) -> int:
        return self._powers.making + batches * self.cells // 2

    def table(self, samples: NDArray[np.float64]) -> Table:
        table = np.zeros((len(samples), self.cells), dtype=np.float32)
        put(table, self._offsets[0], samples)
        self._powers.put(table, samples, self._offsets[1], self._offsets[2])
        return table

    def train(self, tables: Sequence[Table], course: Course, population: Population) -> None:
        for table, part in zip(tables, population.parts(len(tables)), strict=True):
            self._train(table, course, part)

    def _train(self, table: Table, course: Course, population: Population) -> None:
        n, outputs, powers = self._shape.order + 1, self._shape.outputs, self._powers
        train_on_samples(
            self._shape.powers, table, self._offsets, self._pure, self._tiles_read(table, course, population),
            powers.tiles, powers.samples // TILE, self._batch, self._by_input, *self._shape.edge_arrays,
            course.schedule, population.rules, course.eta, course.bound,
            population.w, population.lateral, population.exploded_at,
            scratch(outputs * (self._shape.inputs + self._shape.order * powers.samples)),
            scratch(n * powers.tiles * TILE), scratch(n * n),
        )  # fmt: skip

    def _tiles_read(self, table: Table, course: Course, population: Population) -> NDArray[np.int64]:
        """[K + 1] how many tiles of each G_b hold averages that any candidate has a coefficient for: a known rule
        has few. No result hangs on it: what is not read is zero times an average, and that is finite."""
        n, inputs = self._shape.order + 1, self._shape.inputs
        feedforward = population.rules[:, : n**3].reshape(-1, n, n, n, LANES)
        highest = ((feedforward != 0).any(axis=(0, 3, 4)) * np.arange(n)[:, None]).max(axis=0)  # power of x beside y^b
        if (highest[1:] < self._shape.order).any() and not self._averages_are_finite(table, course, population):
            highest[:] = self._shape.order
        return -(-(1 + inputs * highest) // TILE)  # 1: <y^b>, which lateral rules read, too

    def _averages_are_finite(self, table: Table, course: Course, population: Population) -> bool:
        """Whether x^a y^b is surely within float32, as long as no weight is out of bounds."""
        x = _largest(table[:, self._offsets[0] : self._offsets[1]], 1.0)
        w, lateral = (_largest(weights, course.bound) for weights in (population.w, population.lateral))
        chain = (self._shape.outputs - 1) * np.log10(1 + lateral) if self._shape.edges else 0.0
        y = max(0.0, np.log10(x) + np.log10(self._shape.inputs * w) + chain)
        return bool(self._shape.order * (np.log10(x) + y) < LARGEST)


def _largest(numbers: NDArray[np.floating], least: float) -> float:
    return max(float(numbers.max(initial=least)), -float(numbers.min(initial=-least)))


@lru_cache(maxsize=32)
def plan_for(shape: Shape, batch: int) -> Plan:
    """The cheaper plan for a network and a batch size."""
    by_samples = SamplePlan(shape, batch)
    columns = comb(shape.inputs + shape.order, shape.order) - 1
    if columns > 4 * batch:  # not worth listing the monomials
        return by_samples
    by_moments = MomentPlan(shape, batch)
    return by_moments if by_moments.cost <= by_samples.cost else by_samples
