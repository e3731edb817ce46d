"""Rules of the four connections that are any formulas, as their kernel takes them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from plastica.inner.compiled_formula import Formula
from plastica.inner.lanes import LANES
from plastica.inner.recurrent.body import Body, Course, Wiring
from plastica.inner.recurrent.dataset import RecurrentDataset
from plastica.inner.recurrent.eager_weights import FormulaSynapses, Rules, learning
from plastica.inner.recurrent.formula_kernel import simulate_formulas
from plastica.inner.recurrent.wiring import CONNECTIONS, Columns
from plastica.inner.spiking_rules import compiled_rule, time_constants, within_limits
from plastica.rules.base import Floats, Rule
from plastica.rules.expression import name

ABSENT_STEPS = 1e3  # time constant of a trace that is not there


@dataclass(frozen=True)
class Read:
    """Both formulas of a rule, compiled, and how many traces of either side they read."""

    on_pre: Formula
    on_post: Formula
    pre: int
    post: int


_W = Formula(name("w"), ("w",), ())
NOTHING = Read(_W, _W, 0, 0)


@dataclass(frozen=True)
class FormulaPlasticity:
    """One candidate: what the rules of EE, EI, IE and II read, and their numbers."""

    read: tuple[Read, ...]
    plastic: NDArray[np.bool_]
    theta: Floats  # [parameters of all connections]
    begin: NDArray[np.int64]  # [4] where those of each begin
    tau_pre: Floats  # [4, traces] in steps
    tau_post: Floats
    rows: NDArray[np.int64]  # of the state, that quantities are
    factors: Floats
    kernel: ClassVar[Any] = staticmethod(simulate_formulas)

    def synapses(self, weights: NDArray[np.floating], numbers: int) -> FormulaSynapses:
        traces = ((len(CONNECTIONS), tau.shape[1], numbers) for tau in (self.tau_pre, self.tau_post))
        return FormulaSynapses(weights, *(np.zeros(shape, weights.dtype) for shape in traces))

    def shared(self, dataset: RecurrentDataset) -> Columns:
        return dataset.columns

    def learning(
        self,
        synapses: FormulaSynapses,
        shared: Columns,
        body: Body,
        wiring: Wiring,
        course: Course,
        bounds: NDArray[np.floating],
    ) -> tuple[Any, ...]:
        rules = Rules(
            self.plastic,
            np.array([one.pre for one in self.read]),
            np.array([one.post for one in self.read]),
            self.begin,
            np.repeat(self.theta[:, None], LANES, axis=1).astype(bounds.dtype),
            self.rows,
            self.factors,
            bounds,
        )
        on_pre, on_post = tuple(one.on_pre for one in self.read), tuple(one.on_post for one in self.read)
        learn = learning(synapses, body.state, wiring, shared, rules, self.tau_pre, self.tau_post)
        rows = tuple(self.rows.tolist())
        return on_pre, on_post, tuple((tuple(range(one.pre)), tuple(range(one.post)), rows) for one in self.read), learn


def formula_plasticities(
    rules: Mapping[str, Rule],
    thetas: Mapping[str, Floats],
    connections: tuple[str, ...],
    dt_ms: float,
    quantities: Mapping[str, tuple[int, float]],
) -> list[FormulaPlasticity]:
    """The candidates thetas[connection] [R, P] of a network that offers these quantities."""
    words = tuple(quantities)
    rows = np.array([row for row, _ in quantities.values()], np.int64)
    factors = np.array([factor for _, factor in quantities.values()], np.float64)
    read: list[Read] = []
    taus: list[tuple[tuple[Floats, ...], ...]] = []  # of each connection, presynaptic and postsynaptic
    parts: list[Floats] = []
    begin, first = [], 0
    for connection in CONNECTIONS:
        begin.append(first)
        if connection not in connections:
            read.append(NOTHING)
            taus.append(((), ()))
            continue
        rule = rules[connection]
        held = within_limits(rule, np.asarray(thetas[connection], float))
        pre, post = time_constants(rule)
        taus.append(tuple(tuple(held[:, k] / dt_ms for k in side) for side in (pre, post)))
        parts.append(held)
        first += held.shape[1]
        read.append(Read(*compiled_rule(rule, words), len(pre), len(post)))
    theta = np.concatenate(parts, axis=1)
    plastic = np.array([name in connections for name in CONNECTIONS])
    tau_pre, tau_post = (_stacked([sides[k] for sides in taus], len(theta)) for k in (0, 1))
    return [
        FormulaPlasticity(tuple(read), plastic, theta[r], np.array(begin), tau_pre[r], tau_post[r], rows, factors)
        for r in range(len(theta))
    ]


def _stacked(taus: list[tuple[Floats, ...]], count: int) -> Floats:
    """[R, 4, traces] of the time constants of each connection, as many as the one with the most has."""
    found = np.full((count, len(taus), max(map(len, taus))), ABSENT_STEPS)
    for c, of_connection in enumerate(taus):
        for k, tau in enumerate(of_connection):
            found[:, c, k] = tau
    return found
