"""What a step does whatever the rules: inputs arrive, spikes are counted and kept, the running rate is checked.

A trial is a row of spans of steps; a kernel runs one, or what there is room for of its spikes. Between two of them all
that a network has is in arrays (`Body`, and what the kernel's rules need): copies of these keep a state, and bring it
back.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from plastica.inner.outcome import Outcome
from plastica.inner.recurrent.lent import lent

OFFSET_HZ = 2.0  # of the rate in the two means that a trial keeps of it
OK, SILENT, EXPLODED = int(Outcome.OK), int(Outcome.SILENT), int(Outcome.EXPLODED)


class Body(NamedTuple):
    """The state of a network but for its synapses."""

    state: NDArray[np.floating]  # [rows, numbers] as in `membranes`
    emitted: NDArray[np.uint16]  # [delay + 1, numbers] neurons that spiked in the last steps
    counts: NDArray[np.int64]  # [delay + 1] how many
    clock: NDArray[np.int64]  # [1] steps that were made
    rate: NDArray[np.float64]  # [1] running rate of excitatory neurons, Hz


class Wiring(NamedTuple):
    """What no candidate changes."""

    neurons: NDArray[np.int64]  # [numbers / 16] bits of those that are there
    inhibitory_from: int
    in_first: NDArray[np.int64]
    in_target: NDArray[np.uint16]
    first: NDArray[np.int64]
    target: NDArray[np.uint16]
    spike_first: NDArray[np.int64]
    source: NDArray[np.uint16]
    weights: NDArray[np.floating]  # [5] of inputs, and the initial ones of EE, EI, IE, II


class Checker(NamedTuple):
    """The running rate of excitatory neurons, r <- r decay + spikes jump, and where it ends a trial, Hz."""

    silent_hz: float
    exploded_hz: float
    start_hz: float
    decay: float
    jump: float


class Course(NamedTuple):
    """A span of steps as a kernel runs it: whether rules act and spikes count, the length of a bin and of a sample of
    the running rate, and from which step on spikes are kept."""

    first: int
    last: int
    plastic: bool
    recorded: bool
    bin: int
    sample: int
    keep: int


class Record(NamedTuple):
    """What is counted of a trial. tally: of each neuron its last spike in a recorded span, or -1, the number of its
    intervals there, their sum and sum of squares. means: of r + 2 Hz and of 1 / (r + 2 Hz), summed over recorded steps,
    and the number of these. running: r, summed over the steps of each sample of the span."""

    binned: NDArray[np.int64]  # [bins, 2] spikes of E and of I
    tally: NDArray[np.float64]  # [4, numbers]
    means: NDArray[np.float64]  # [3]
    running: NDArray[np.float64]  # [samples]


@lent
def transmit(g, target, begin, end, weight):
    """A row whose synapses all have one weight."""
    row = target[begin:end]
    for s in range(row.size):
        g[row[s]] += weight


@lent
def transmit_own(g, row, weights):
    """A row whose synapses have weights of their own."""
    for s in range(row.size):
        g[row[s]] += weights[s]


@lent
def receive_inputs(g, wiring, step, weight):
    """The inputs that spike in a step arrive."""
    first, target, source = wiring.in_first, wiring.in_target, wiring.source
    for m in range(wiring.spike_first[step], wiring.spike_first[step + 1]):
        transmit(g, target, first[source[m]], first[source[m] + 1], weight)


@lent
def note_spikes(emitted, n, inhibitory_from, step, course, record):
    """Count the spikes of a step; returns how many are excitatory."""
    excitatory = 0
    tally = record.tally
    for k in range(n):
        i = int(emitted[k])
        excitatory += i < inhibitory_from
        if course.recorded:
            if tally[0, i] >= 0:
                interval = step - tally[0, i]
                tally[1, i] += 1
                tally[2, i] += interval
                tally[3, i] += interval * interval
            tally[0, i] = step
    record.binned[step // course.bin, 0] += excitatory
    record.binned[step // course.bin, 1] += n - excitatory
    return excitatory


@lent
def keep_spikes(emitted, n, step, many, times, who):
    """Append the spikes of a step to the `many` that are kept; returns how many are now. There must be room."""
    for k in range(n):
        times[many + k], who[many + k] = step, emitted[k]
    return many + n


@lent
def checked(r, excitatory, step, course, checker, record):
    """The running rate after a step, and how a trial ends there, if it does."""
    r = r * checker.decay + excitatory * checker.jump
    if r <= checker.silent_hz:
        return r, SILENT
    if r >= checker.exploded_hz:
        return r, EXPLODED
    if course.recorded:
        record.means[0] += r + OFFSET_HZ
        record.means[1] += 1 / (r + OFFSET_HZ)
        record.means[2] += 1
        record.running[(step - course.first) // course.sample] += r
    return r, OK
