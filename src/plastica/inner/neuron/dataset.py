"""One dataset of the spiking neuron: all that no candidate changes, made once and shared by every candidate."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from plastica.inner.neuron.vogels_input import SPAN, SpikeTrains
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


def drive(
    spans: Iterable[SpikeTrains], steps: int, excitatory: Floats, inhibitory: int, decay: float, jump: float
) -> Drive:
    """What arrives in `steps` steps: g_E / g_leak at the start of each, Eq. (11), with the weights of the excitatory
    afferents, `decay` per step and `jump` per spike and unit of weight; and the spikes of the inhibitory ones."""
    weights = np.append(excitatory, np.zeros(inhibitory))
    conductance, arrived = np.empty(steps, np.float32), np.zeros(SPAN)
    parts, g, start, count = [], 0.0, 0, 0
    for span in spans:
        g = _conductance(
            span.step, span.afferent, weights, arrived, start, conductance[start : start + SPAN], g, decay, jump
        )
        start += SPAN
        step, first, synapse = _events(span.step, span.afferent, excitatory.size)
        parts.append((step, first + np.int32(count), synapse))
        count += synapse.size
    parts.append((np.array([2**31 - 1], np.int32), np.array([count], np.int32), np.empty(0, np.int16)))
    return Drive(conductance, *(np.concatenate(part) for part in zip(*parts, strict=True)))


@njit(nogil=True, cache=True)
def _conductance(step, afferent, weights, arrived, start, conductance, g, decay, jump):
    """Of a span of steps from `start` on, at which it is g; returns what it is behind them. `arrived` is zero."""
    for spike in range(step.size):
        arrived[step[spike] - start] += weights[afferent[spike]]
    for n in range(conductance.size):
        conductance[n] = g
        g = g * decay + jump * arrived[n]  # Eq. (11)
        g = 0.0 if g < 1e-12 else g  # no denormal numbers after a long silence
        arrived[n] = 0.0
    return g


@njit(nogil=True, cache=True)
def _events(step, afferent, excitatory):
    """Steps of the afferents from number `excitatory` on, where their spikes begin, and these. Without a branch: what
    is written for any other afferent is overwritten by the next."""
    event_step, event_first = np.empty(step.size + 1, np.int32), np.empty(step.size + 1, np.int32)
    synapse = np.empty(afferent.size + 1, np.int16)
    count, events, last = 0, 0, np.int32(-1)
    for spike in range(step.size):
        heard = afferent[spike] >= excitatory
        synapse[count] = afferent[spike] - excitatory
        event_step[events] = step[spike]
        event_first[events] = count
        events += heard & (step[spike] != last)
        count += heard
        last = step[spike] if heard else last
    return event_step[:events].copy(), event_first[:events].copy(), synapse[:count].copy()
