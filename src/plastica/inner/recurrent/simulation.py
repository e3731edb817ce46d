"""One candidate on one dataset: the arguments of the kernel, and what it made of the network."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from plastica.inner.lanes import LANES, aligned
from plastica.inner.recurrent.dataset import RecurrentDataset
from plastica.inner.recurrent.membranes import Membrane
from plastica.inner.recurrent.pair_kernel import Checker, Course, simulate_pairs
from plastica.inner.recurrent.wiring import CONNECTIONS, Sizes
from plastica.rules.base import Floats


@dataclass(frozen=True)
class Simulated:
    """What became of one network."""

    outcome: int
    steps: int  # that were simulated
    mean: float  # of r + 2 Hz over the scored steps
    inverse: float  # of 1 / (r + 2 Hz)
    weights: NDArray[np.floating]  # [synapses] at the end; only those of plastic connections are set
    binned: NDArray[np.int64]  # [bins, 2] spikes of E and of I
    scored_from: Floats  # [4] mean weights of plastic connections where scoring began
    tally: Floats  # [4, numbers] as the kernel keeps it: last spike, number of intervals, their sum and squares
    spike_step: NDArray[np.int32]  # of the spikes that were kept
    spike_neuron: NDArray[np.uint16]

    def spikes_scored(self, population: str, sizes: Sizes) -> float:
        """Spikes of a population while scored."""
        start, count = sizes.population(population)
        last, intervals = self.tally[:2, start : start + count]
        return float(intervals.sum() + (last >= 0).sum())

    def weights_of(self, connection: str, dataset: RecurrentDataset, sizes: Sizes) -> NDArray[np.floating]:
        """The final weights of a plastic connection."""
        first, rows = dataset.recurrent.first, sizes.rows(connection)
        lengths = first[rows + 1] - first[rows]
        shift = np.repeat(first[rows] - np.concatenate([[0], np.cumsum(lengths)[:-1]]), lengths)
        chosen: NDArray[np.floating] = self.weights[np.arange(lengths.sum()) + shift]
        return chosen


def simulate(
    membrane: Membrane,
    state: NDArray[np.floating],
    sizes: Sizes,
    rules: Floats,
    plastic: tuple[str, ...],
    weights: Floats,
    limit: float,
    course: Course,
    checker: Checker,
    dataset: RecurrentDataset,
) -> Simulated:
    """rules [4, 6] with time constants in steps; weights [5] of inputs and of EE, EI, IE, II at first."""
    synapses = np.zeros(dataset.recurrent.target.size, state.dtype)
    binned = np.zeros((-(-course.end // course.bin), 2), np.int64)
    tally = np.zeros((4, sizes.all))
    tally[0] = -1.0
    scored_from = np.zeros(len(CONNECTIONS))
    chosen = np.array([name in plastic for name in CONNECTIONS])
    bounds = np.array([0.0, limit], state.dtype)
    ending, step, neuron = simulate_pairs(
        membrane, aligned(state), _bits(sizes), sizes.inhibitory_from, dataset.inputs, dataset.spikes,
        dataset.recurrent, weights, rules, chosen, bounds, course, checker, synapses, binned, tally,
        scored_from,
    )  # fmt: skip
    outcome, steps, mean, inverse = ending
    return Simulated(outcome, steps, mean, inverse, synapses, binned, scored_from, tally, step, neuron)


def _bits(sizes: Sizes) -> NDArray[np.int64]:
    """[numbers / 16]: which of each sixteen are neurons."""
    there = np.zeros(sizes.all, np.int64)
    for name in "EI":
        start, count = sizes.population(name)
        there[start : start + count] = 1
    bits: NDArray[np.int64] = there.reshape(-1, LANES) @ (1 << np.arange(LANES))
    return bits
