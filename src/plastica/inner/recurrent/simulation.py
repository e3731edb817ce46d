"""One candidate on one dataset: its trial, span by span, and what it made of the network."""

from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol

import numpy as np
from numba import njit
from numpy.typing import NDArray

from plastica.inner.lanes import LANES
from plastica.inner.recurrent.body import Body, Checker, Course, Record, Wiring
from plastica.inner.recurrent.dataset import RecurrentDataset
from plastica.inner.recurrent.segments import Span
from plastica.inner.recurrent.wiring import CONNECTIONS, Sizes
from plastica.rules.base import Floats


class Plasticity(Protocol):
    """A candidate's rules, as a kernel takes them."""

    def synapses(self, weights: NDArray[np.floating], numbers: int) -> Any:
        """The state of the synapses as a trial begins, a named tuple of arrays, the weights first."""
        ...

    def shared(self, dataset: RecurrentDataset) -> Any:
        """What else it needs of a dataset, and does not change."""
        ...

    @property
    def kernel(self) -> Any:
        """Steps of a span, as `pair_kernel.simulate_pairs` makes them."""
        ...

    def learning(
        self, synapses: Any, shared: Any, body: Body, wiring: Wiring, course: Course, bounds: NDArray[np.floating]
    ) -> tuple[Any, ...]:
        """What the kernel takes of it behind `record`, made anew for each span, and changed by the kernel."""
        ...


class Timing(NamedTuple):
    """Steps in a bin of spikes and in a sample of the running rate, and from which on spikes are kept."""

    bin: int
    sample: int
    keep: int


@dataclass(frozen=True)
class Simulated:
    """What became of one network."""

    outcome: int
    steps: int  # that were simulated
    mean: float  # of r + 2 Hz over the recorded steps
    inverse: float  # of 1 / (r + 2 Hz)
    running: Floats  # [samples of all recorded spans] r, the running rate of excitatory neurons
    weights: NDArray[np.floating]  # [synapses] at the end; only those of plastic connections are set
    binned: NDArray[np.int64]  # [bins, 2] spikes of E and of I
    scored_from: Floats  # [4] mean weights of plastic connections where recording began
    tally: Floats  # [4, numbers] as `Record` has it
    spike_step: NDArray[np.int32]  # of the spikes that were kept
    spike_neuron: NDArray[np.uint16]
    counted: Floats  # [numbers] spikes in recorded spans

    def spikes_scored(self, population: str, sizes: Sizes) -> float:
        """Spikes of a population in recorded spans."""
        start, count = sizes.population(population)
        return float(self.counted[start : start + count].sum())

    def weights_of(self, connection: str, dataset: RecurrentDataset, sizes: Sizes) -> NDArray[np.floating]:
        """The final weights of a plastic connection."""
        return of_connection(self.weights, connection, dataset)


class Trial:
    """A network as it runs through the spans of a dataset."""

    def __init__(
        self,
        membrane: Any,
        body: Body,
        checker: Checker,
        plasticity: Plasticity,
        plastic: tuple[str, ...],
        wiring: Wiring,
        limit: float,
        timing: Timing,
        dataset: RecurrentDataset,
    ) -> None:
        self.membrane, self.body, self.checker, self.plasticity, self.wiring = (
            membrane, body, checker, plasticity, wiring
        )  # fmt: skip
        self.plastic, self.timing, self.dataset, sizes = plastic, timing, dataset, dataset.sizes
        self.bounds = np.array([0.0, limit], body.state.dtype)
        self.synapses = plasticity.synapses(initial_weights(dataset, body.state.dtype), sizes.all)
        self.shared = plasticity.shared(dataset)
        self.binned = np.zeros((-(-dataset.spans[-1].last // timing.bin), 2), np.int64)
        self.tally = np.zeros((4, sizes.all))
        self.counted = np.zeros(sizes.all)
        self.means = np.zeros(3)
        self.running: list[Floats] = []
        self.spikes: list[tuple[NDArray[np.int32], NDArray[np.uint16]]] = []
        self.scored_from = np.zeros(len(CONNECTIONS))

    def simulated(self) -> Simulated:
        """Run, and say what became of it."""
        outcome = steps = 0
        for span in self.dataset.spans:
            before = [array.copy() for array in (*self.body, *self.synapses)] if span.restores else []
            if span.recorded and not self.running:
                self.scored_from = self._mean_weights()
            outcome, steps = self._span(span)
            if outcome:
                break
            for array, copy in zip((*self.body, *self.synapses) if before else (), before, strict=True):
                array[...] = copy
        counted = max(1, int(self.means[2]))
        recorded = sum(-(-span.steps // self.timing.sample) for span in self.dataset.spans if span.recorded)
        running = np.concatenate([np.zeros(0), *self.running])
        return Simulated(
            outcome, steps, self.means[0] / counted, self.means[1] / counted,
            np.pad(running, (0, recorded - running.size)), self.synapses[0], self.binned, self.scored_from, self.tally,
            np.concatenate([np.zeros(0, np.int32), *(steps for steps, _ in self.spikes)]),
            np.concatenate([np.zeros(0, np.uint16), *(neurons for _, neurons in self.spikes)]), self.counted,
        )  # fmt: skip

    def _span(self, span: Span) -> tuple[int, int]:
        """Run one span; returns the outcome, and the step behind the last."""
        bin_, sample, keep = self.timing
        course = Course(
            span.first,
            span.last,
            span.plastic,
            span.recorded,
            bin_,
            sample,
            min(keep, span.first) if span.recorded else keep,
        )
        self.tally[0] = -1.0
        before = self.tally[1].copy()
        sums = np.zeros(-(-span.steps // sample) if span.recorded else 0)
        record = Record(self.binned, self.tally, self.means, sums)
        outcome, step = self._run(course, record)
        if span.recorded:
            self.counted += self.tally[1] - before + (self.tally[0] >= 0)
            lengths = np.minimum(sample, span.steps - sample * np.arange(sums.size))
            self.running.append(sums / lengths)
        return outcome, step

    def _run(self, course: Course, record: Record) -> tuple[int, int]:
        """The steps of a span, with room for the spikes that are kept."""
        learning = self.plasticity.learning(self.synapses, self.shared, self.body, self.wiring, course, self.bounds)
        times, who, many = np.empty(0, np.int32), np.empty(0, np.uint16), 0
        outcome, step, numbers = 0, course.first, self.body.state.shape[1]
        while not outcome and step < course.last:
            times, who = _with_room(times, many, numbers), _with_room(who, many, numbers)
            outcome, step, many = self.plasticity.kernel(
                self.membrane, self.body, self.wiring, course, self.checker, record, *learning, step, times, who, many
            )
        self.spikes.append((times[:many].copy(), who[:many].copy()))
        return outcome, step

    def _mean_weights(self) -> Floats:
        """[4] of plastic connections; zero for others."""
        parts = [
            of_connection(self.synapses[0], c, self.dataset) if c in self.plastic else np.zeros(0) for c in CONNECTIONS
        ]
        return np.array([part.mean(dtype=np.float64) if part.size else 0.0 for part in parts])


def _with_room(array: NDArray[Any], many: int, numbers: int) -> NDArray[Any]:
    """The array, or a larger copy of its first `many` where it cannot take a spike of each neuron behind them."""
    if array.size - many >= numbers:
        return array
    return np.concatenate([array[:many], np.empty(max(1024, many) + numbers, array.dtype)])


def wiring_of(dataset: RecurrentDataset, input_weight: float, dtype: Any) -> Wiring:
    """As kernels take it."""
    sizes = dataset.sizes
    there = np.zeros(sizes.all, np.int64)
    for name in "EI":
        start, count = sizes.population(name)
        there[start : start + count] = 1
    bits: NDArray[np.int64] = there.reshape(-1, LANES) @ (1 << np.arange(LANES))
    weights = np.array([input_weight, *dataset.initial_weights], dtype)
    return Wiring(bits, sizes.inhibitory_from, *dataset.inputs, *dataset.recurrent, *dataset.spikes, weights)


def initial_weights(dataset: RecurrentDataset, dtype: Any) -> NDArray[np.floating]:
    """[synapses] of all connections as a trial begins."""
    rows = np.arange(2 * dataset.sizes.all)
    connection = 2 * (rows // 2 >= dataset.sizes.inhibitory_from) + rows % 2
    weights: NDArray[np.floating] = np.repeat(
        dataset.initial_weights.astype(dtype)[connection], np.diff(dataset.recurrent.first)
    )
    return weights


def of_connection(weights: NDArray[np.floating], connection: str, dataset: RecurrentDataset) -> NDArray[np.floating]:
    """Of weights [synapses], those of one connection."""
    found: NDArray[np.floating] = _of_rows(weights, dataset.recurrent.first, dataset.sizes.rows(connection))
    return found


@njit(nogil=True, cache=True)
def _of_rows(weights, first, rows):
    found = np.empty((first[rows + 1] - first[rows]).sum(), weights.dtype)
    at = 0
    for row in rows:
        for s in range(first[row], first[row + 1]):
            found[at] = weights[s]
            at += 1
    return found
