"""Any rule of a rate network, sample by sample: the formula is read for each weight and each sample of a mini-batch.

Layouts are those of `kernels`, but for `rules` [groups, P, 16]: the parameters of the feedforward, then of the lateral
rule. The innermost loop is over the weights onto a neuron, so that the compiler takes out of it what a formula makes of
parameters and of the neuron's activity alone: the functions that rules apply are mostly functions of that.
"""

from collections.abc import Sequence

import numpy as np
from numba import njit
from numpy.typing import NDArray

from plastica.inner.compiled_formula import Formula, apply
from plastica.inner.formula_cache import kept_by_name
from plastica.inner.lanes import load, splat, spread, store
from plastica.inner.rate.kernels import TILE, activity, contract, record
from plastica.inner.rate.moments import Course, Population, Shape
from plastica.inner.rate.table import Table, put, scratch, whole_tiles


class FormulaPlan:
    """A `Plan` for rules that are no polynomials; `sizes` are their numbers of parameters."""

    reverses = False

    def __init__(self, shape: Shape, batch: int, formulas: tuple[Formula, ...], sizes: tuple[int, ...]) -> None:
        self._shape = shape
        self._batch = batch
        self._formulas = (*formulas, *formulas)[:2]  # without lateral connections the second is not read
        self._sizes = sizes
        self._sample_tiles = whole_tiles(batch)

    @property
    def cells(self) -> int:
        return self._sample_tiles * TILE * self._shape.inputs

    def making(self, batches: int) -> int:
        return batches * self.cells // 2

    def table(self, samples: NDArray[np.float64]) -> Table:
        table = np.zeros((len(samples), self.cells), dtype=np.float32)
        put(table, 0, samples)
        return table

    def train(self, tables: Sequence[Table], course: Course, population: Population) -> None:
        for table, part in zip(tables, population.parts(len(tables)), strict=True):
            self._train(table, course, part)

    def _train(self, table: Table, course: Course, population: Population) -> None:
        outputs, samples = self._shape.outputs, self._sample_tiles * TILE
        train_on_formulas(
            *self._formulas, sum(self._sizes), self._sizes[0], table, self._shape.inputs, self._sample_tiles,
            self._batch, *self._shape.edge_arrays, course.schedule, population.rules, course.eta, course.bound,
            population.w, population.lateral, population.exploded_at,
            scratch(outputs * (self._shape.inputs + samples)),
            scratch(max(self._shape.inputs, len(self._shape.edges))),
        )  # fmt: skip


@njit(nogil=True, inline="always")
def _move(weights, at, change, low, high):
    """Add a change to a weight; returns whether it stayed within its bounds."""
    new = load(weights, at) + change
    store(weights, at, new)
    return (new <= high) & (new >= low)


@kept_by_name
@njit(nogil=True, cache=True)
def train_on_formulas(
    feedforward, lateral_rule, size, lateral_at, table, inputs, sample_tiles, batch, edge_start, edge_pre,
    schedule, rules, eta, bound, w, lateral, exploded_at, v, change,
):  # fmt: skip
    """Train all groups in place on one dataset.

    A row of the table holds the samples x in tiles; of the `size` parameters of a candidate those of the lateral rule
    begin at `lateral_at`. Scratch: v [M (N + samples), 16], of each neuron u, then its activity on each sample; change
    [N or edges, 16].
    """
    outputs, edges = len(edge_start) - 1, len(edge_pre)
    width = inputs + sample_tiles * TILE
    zero, high, low = splat(0.0, w), splat(bound, w), splat(-bound, w)
    eta_w, eta_l = splat(eta[0] / batch, w), splat(eta[1] / batch, w)
    cells = table.shape[1]
    for g in range(len(w)):
        w_start, l_start, r_start = g * outputs * inputs, g * edges, g * size
        for t in range(len(schedule)):
            origin = schedule[t] * cells
            for i in range(outputs):
                activity(w, w_start, lateral, l_start, edge_start, edge_pre, inputs, i, v, width)
                contract(table, origin, sample_tiles, inputs, v, i * width, v, i * width + inputs)
            ok = high > low
            for i in range(outputs):
                y = i * width + inputs
                for j in range(inputs):
                    store(change, j, zero)
                for s in range(batch):
                    post = load(v, y + s)
                    cell = origin + s // TILE * TILE * inputs + s % TILE
                    for j in range(inputs):
                        values = (spread(table, cell + j * TILE), post, load(w, w_start + i * inputs + j))
                        store(change, j, load(change, j) + apply(feedforward, values, rules, r_start))
                for j in range(inputs):
                    ok = ok & _move(w, w_start + i * inputs + j, eta_w * load(change, j), low, high)
                for e in range(edge_start[i], edge_start[i + 1]):
                    store(change, e, zero)
                for s in range(batch):
                    post = load(v, y + s)
                    for e in range(edge_start[i], edge_start[i + 1]):
                        values = (load(v, edge_pre[e] * width + inputs + s), post, load(lateral, l_start + e))
                        store(change, e, load(change, e) + apply(lateral_rule, values, rules, r_start + lateral_at))
                for e in range(edge_start[i], edge_start[i + 1]):
                    ok = ok & _move(lateral, l_start + e, eta_l * load(change, e), low, high)
            if not record(exploded_at, g, ok, t):
                break
