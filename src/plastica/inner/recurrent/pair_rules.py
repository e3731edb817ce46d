"""Spike-pair rules of the four connections, as their kernel takes them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from plastica.inner.pair_form import pair_form, pair_thetas
from plastica.inner.recurrent.body import Body, Course, Wiring
from plastica.inner.recurrent.dataset import RecurrentDataset
from plastica.inner.recurrent.lazy_weights import Gaps, PairSynapses, gaps
from plastica.inner.recurrent.pair_kernel import simulate_pairs
from plastica.inner.recurrent.wiring import CONNECTIONS
from plastica.rules.base import TAU_LONGEST_MS, TAU_SHORTEST_MS, Floats, Rule

ABSENT_MS = 20.0  # time constants of a connection that is not plastic


@dataclass(frozen=True)
class PairPlasticity:
    """Rules [4, 6] with time constants in steps, and which connections [4] are plastic."""

    rules: Floats
    plastic: NDArray[np.bool_]
    kernel: ClassVar[Any] = staticmethod(simulate_pairs)

    @staticmethod
    def of(rules: Floats, connections: tuple[str, ...], dt_ms: float) -> "PairPlasticity":
        """Of rules [4, 6] with time constants in ms."""
        in_steps = rules.copy()
        in_steps[:, :2] /= dt_ms
        return PairPlasticity(in_steps, np.array([name in connections for name in CONNECTIONS]))

    def synapses(self, weights: NDArray[np.floating], numbers: int) -> PairSynapses:
        return PairSynapses(weights, np.zeros((4, numbers), weights.dtype), np.zeros((2, numbers, 4), weights.dtype))

    def shared(self, dataset: RecurrentDataset) -> None:
        return None

    def learning(
        self,
        synapses: PairSynapses,
        shared: None,
        body: Body,
        wiring: Wiring,
        course: Course,
        bounds: NDArray[np.floating],
    ) -> tuple[PairSynapses, Gaps]:
        numbers = body.state.shape[1]
        return synapses, gaps(self.rules, self.plastic, course.plastic, bounds, course.first, numbers)


def pair_rules(rules: Mapping[str, Rule], thetas: Mapping[str, Floats], connections: tuple[str, ...]) -> Floats:
    """[R, 4, 6] of thetas[connection] [R, P]; zeros, but for time constants, where a connection is not plastic."""
    pairs = np.zeros((len(thetas[connections[0]]), len(CONNECTIONS), 6))
    pairs[:, :, :2] = ABSENT_MS
    for connection in connections:
        rule = rules[connection]
        form = pair_form(rule)
        if form is None:
            raise ValueError(
                f"rules.{connection} is no spike-pair rule: w + c + d x at a spike, one trace of either side"
            )
        pairs[:, CONNECTIONS.index(connection)] = pair_thetas(rule, form, np.asarray(thetas[connection], float))
    taus = np.nan_to_num(pairs[:, :, :2], nan=TAU_SHORTEST_MS)
    pairs[:, :, :2] = np.clip(taus, TAU_SHORTEST_MS, TAU_LONGEST_MS)
    return pairs
