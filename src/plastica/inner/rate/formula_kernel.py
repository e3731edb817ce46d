"""Any rule of a rate network, sample by sample: the formula is read for each weight and each sample of a mini-batch.

Layouts are those of `kernels`, but for `rules` [groups, P, 16]: the parameters of the feedforward, then of the lateral
rule. What a formula makes of parameters and the weight alone does not depend on the sample: the compiler takes it out
of the inner loop.
"""

import numpy as np
from numba import njit
from numpy.typing import NDArray

from plastica.inner.compiled_formula import Formula, apply
from plastica.inner.lanes import load, splat, spread, store
from plastica.inner.rate.kernels import TILE, activity, contract, record
from plastica.inner.rate.moments import Course, Population, Shape, Table, joined, scratch, tiled, whole_tiles


class FormulaPlan:
    """A `Plan` for rules that are no polynomials; `sizes` are their numbers of parameters."""

    def __init__(self, shape: Shape, batch: int, formulas: tuple[Formula, ...], sizes: tuple[int, ...]) -> None:
        self._shape = shape
        self._batch = batch
        self._formulas = (*formulas, *formulas)[:2]  # without lateral connections the second is not read
        self._sizes = sizes
        self._sample_tiles = whole_tiles(batch)

    @property
    def cells(self) -> int:
        return self._sample_tiles * TILE * self._shape.inputs

    @property
    def making(self) -> int:
        return 3 * self.cells

    def table(self, samples: NDArray[np.float64]) -> Table:
        return joined([tiled(samples)])

    def train(self, table: Table, course: Course, population: Population) -> None:
        outputs, samples = self._shape.outputs, self._sample_tiles * TILE
        train_on_formulas(
            *self._formulas, sum(self._sizes), self._sizes[0], table, self._shape.inputs, self._sample_tiles,
            self._batch, *self._shape.edge_arrays(), course.schedule, population.rules, course.eta, course.bound,
            population.w, population.lateral, population.exploded_at,
            scratch(outputs * (self._shape.inputs + samples)),
        )  # fmt: skip


@njit(nogil=True, inline="always")
def _move(weights, at, change, low, high):
    """Add a change to a weight; returns whether it stayed within its bounds."""
    new = load(weights, at) + change
    store(weights, at, new)
    return (new <= high) & (new >= low)


@njit(nogil=True, cache=True)
def train_on_formulas(
    feedforward, lateral_rule, size, lateral_at, table, inputs, sample_tiles, batch, edge_start, edge_pre,
    schedule, rules, eta, bound, w, lateral, exploded_at, v,
):  # fmt: skip
    """Train all groups in place on one dataset.

    A row of the table holds the samples x in tiles; of the `size` parameters of a candidate those of the lateral rule
    begin at `lateral_at`. Scratch: v [M (N + samples), 16], of each neuron u, then its activity on each sample.
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
                    at = w_start + i * inputs + j
                    old = load(w, at)
                    total = zero
                    for s in range(batch):
                        x = spread(table, origin + (s // TILE * inputs + j) * TILE + s % TILE)
                        total = total + apply(feedforward, (x, load(v, y + s), old), rules, r_start)
                    ok = ok & _move(w, at, eta_w * total, low, high)
                for e in range(edge_start[i], edge_start[i + 1]):
                    pre = edge_pre[e] * width + inputs
                    old = load(lateral, l_start + e)
                    total = zero
                    for s in range(batch):
                        values = (load(v, pre + s), load(v, y + s), old)
                        total = total + apply(lateral_rule, values, rules, r_start + lateral_at)
                    ok = ok & _move(lateral, l_start + e, eta_l * total, low, high)
            if not record(exploded_at, g, ok, t):
                break
