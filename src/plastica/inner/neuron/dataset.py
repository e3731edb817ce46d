"""One dataset of the spiking neuron: all that no candidate changes, made once and shared by every candidate."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from plastica.inner.neuron.vogels_input import SpikeTrains
from plastica.rules.base import Floats


class Drive(NamedTuple):
    """What arrives at the neuron: excitation as a conductance, inhibition as spikes in CSR form.

    At step `event_step[m]` (increasing; the last entry lies behind the end) the synapses
    `event_synapse[event_first[m]:event_first[m + 1]]` receive a spike.
    """

    conductance: NDArray[np.float32]  # [steps] g_E / g_leak at the start of each step
    event_step: NDArray[np.int32]  # [M + 1]
    event_first: NDArray[np.int32]  # [M + 1]
    event_synapse: NDArray[np.int16]  # [events]


@dataclass(frozen=True)
class SpikingDataset:
    """Input, initial weights and the part of the scoring phase that counts."""

    drive: Drive
    initial_weights: Floats  # [inhibitory afferents]
    tuning: Floats  # [groups] mean excitatory weight
    window_start: int  # first step of the window in which the rate is measured

    @property
    def steps(self) -> int:
        return self.drive.conductance.size

    @property
    def nbytes(self) -> int:
        """Memory that the dataset holds, bytes."""
        return sum(array.nbytes for array in (*self.drive, self.initial_weights, self.tuning))


def excitatory_conductance(trains: SpikeTrains, weights: Floats, decay: float, jump: float) -> NDArray[np.float32]:
    """g_E / g_leak at the start of each step, Eq. (11): decay per step, `jump` per spike and unit of weight."""
    inhibitory = max(0, int(trains.afferent.max(initial=0)) + 1 - weights.size)
    return _conductance(trains.first, trains.afferent, np.append(weights, np.zeros(inhibitory)), decay, jump)


def inhibitory_events(trains: SpikeTrains, excitatory: int) -> tuple[NDArray, NDArray, NDArray]:
    """(event_step, event_first, event_synapse) of the afferents from number `excitatory` on."""
    return _events(trains.first, trains.afferent, excitatory)


@njit(nogil=True, cache=True)
def _conductance(first, afferent, weights, decay, jump):
    steps = first.size - 1
    conductance = np.empty(steps, np.float32)
    g = 0.0
    for step in range(steps):
        conductance[step] = g
        total = 0.0
        for i in range(first[step], first[step + 1]):
            total += weights[afferent[i]]
        g = g * decay + jump * total  # Eq. (11)
        if g < 1e-12:  # no denormal numbers after a long silence
            g = 0.0
    return conductance


@njit(nogil=True, cache=True)
def _events(first, afferent, excitatory):
    steps = first.size - 1
    synapse = np.empty(afferent.size, np.int16)
    event_step = np.empty(min(steps, afferent.size) + 1, np.int32)
    event_first = np.empty(event_step.size, np.int32)
    count = 0
    events = 0
    for step in range(steps):
        before = count
        for i in range(first[step], first[step + 1]):
            synapse[count] = afferent[i] - excitatory
            count += afferent[i] >= excitatory
        event_step[events] = step
        event_first[events] = before
        events += count > before
    event_step[events] = 2**31 - 1
    event_first[events] = count
    return event_step[: events + 1].copy(), event_first[: events + 1].copy(), synapse[:count].copy()
