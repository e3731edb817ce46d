"""The input of section 3.3: groups of Poisson afferents whose rates wander together (after Vogels et al., 2011).

Each group has one rate. A random walk z with time constant tau_input (stationary, mean 0, standard deviation 1) lifts
it above a baseline,

    rate(t) = baseline + modulation max(0, z(t)),

and every second excursion of z above zero, a bump, is left out (`sparsify`). Afferents of a group spike independently
at the group's rate, each with an absolute refractory period. Vogels et al. write 500 Hz s / 0.03 with a walk s of
standard deviation 0.00913, which is `modulation_hz` = 152.1 here. Everything advances with the neuron's time step.
"""

from dataclasses import dataclass
from math import pi, sqrt

import numpy as np
from numba import njit
from numpy.typing import NDArray
from pydantic import Field, model_validator

from plastica.inner.lanes import LANES, fma, load, maximum, splat, store, where
from plastica.section import Section

_AFFERENTS_MOST = 32767  # they are numbered in 16 bits
_BLOCK = 64  # steps whose rates are computed at once
_ONE, _SQRT2, _LN2 = np.float32(1.0), np.float32(np.sqrt(2.0)), np.float32(np.log(2.0))
_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_MIX_1 = np.uint64(0xBF58476D1CE4E5B9)
_MIX_2 = np.uint64(0x94D049BB133111EB)


@dataclass(frozen=True)
class SpikeTrains:
    """Spikes of all afferents in order of time.

    The spikes of step n are `afferent[first[n]:first[n + 1]]`. Afferents are numbered group by group, first all
    excitatory ones, then all inhibitory ones.
    """

    first: NDArray[np.int32]  # [steps + 1]
    afferent: NDArray[np.int16]  # [spikes]


class VogelsInput(Section):
    """Spike trains in groups; `modulation_hz = 0` makes them homogeneous and uncorrelated."""

    count: int = Field(default=8, description="datasets that every candidate of a generation is tested on", ge=1)
    refresh: int = Field(default=5, description="generations between two redraws of the datasets", ge=1)
    groups: int = Field(default=8, description="groups of afferents", ge=1, le=1000)
    excitatory_per_group: int = Field(default=100, description="excitatory afferents in a group", ge=1, le=2000)
    inhibitory_per_group: int = Field(
        default=25, description="inhibitory (plastic) afferents in a group", ge=1, le=2000
    )
    tau_input_ms: float = Field(
        default=50.0, description="time constant of the random walk behind a group's rate, ms", gt=0
    )
    baseline_hz: float = Field(default=5.0, description="rate of an afferent between bumps, Hz", gt=0, le=1000)
    modulation_hz: float = Field(
        default=152.1,
        description="rate added for each standard deviation of the walk above zero, Hz; 0: none",
        ge=0,
        le=10000,
    )
    refractory_ms: float = Field(
        default=5.0, description="absolute refractory period of an afferent, ms; 0: none", ge=0, le=1e4
    )
    sparsify: bool = Field(default=True, description="leave out every second bump of a group's rate")
    shortest_bump_ms: float = Field(
        default=1.0,
        description="a crossing of zero sooner than this after the last one belongs to the same bump, ms",
        ge=0,
    )

    @model_validator(mode="after")
    def _check(self) -> "VogelsInput":
        if self.excitatory + self.inhibitory > _AFFERENTS_MOST:
            raise ValueError(f"{self.excitatory + self.inhibitory} afferents are too many: at most {_AFFERENTS_MOST}")
        return self

    @property
    def excitatory(self) -> int:
        """Excitatory afferents altogether."""
        return self.groups * self.excitatory_per_group

    @property
    def inhibitory(self) -> int:
        """Inhibitory afferents altogether."""
        return self.groups * self.inhibitory_per_group

    def most_hz(self, dt_ms: float) -> float:
        """A rate that no afferent exceeds on average: six standard deviations of the walk, or the refractory period."""
        return min(self.baseline_hz + 6 * self.modulation_hz, 1e3 / max(self.refractory_ms, dt_ms))

    def mean_hz(self, dt_ms: float) -> float:
        """The rate of an afferent, on average, or a little more: as if a bump's rate were the same from end to end."""
        dead_s = 1e-3 * max(self.refractory_ms, dt_ms)
        in_a_bump = self.baseline_hz + self.modulation_hz * sqrt(2 / pi)
        rest, bump = (rate / (1 + rate * dead_s) for rate in (self.baseline_hz, in_a_bump))
        share = 0.25 if self.sparsify else 0.5
        return (1 - share) * rest + share * bump

    def spike_trains(self, steps: int, dt_ms: float, generator: np.random.Generator) -> SpikeTrains:
        """Spike trains of `steps` steps of dt_ms; an afferent spikes at most once a step."""
        seed = generator.integers(2**64, dtype=np.uint64)
        state = np.zeros((-(-self.groups // LANES), 3, LANES), np.float32)
        state[:, 0] = generator.standard_normal(state[:, 0].shape)
        state[:, 1] = generator.integers(2, size=state[:, 1].shape) if self.sparsify else 1
        decay = np.exp(-dt_ms / self.tau_input_ms)
        expected = (self.excitatory_per_group + self.inhibitory_per_group) * dt_ms * 1e-3  # spikes a step at 1 Hz
        first, afferent = _spike_trains(
            seed,
            steps,
            state,
            np.float32(decay),
            np.sqrt(12.0 * (1.0 - decay**2)),
            (self.groups, self.excitatory_per_group, self.inhibitory_per_group),
            self.baseline_hz * expected,
            self.modulation_hz * expected,
            max(1, round(self.refractory_ms / dt_ms)),
            self.sparsify,
            self.shortest_bump_ms / dt_ms,
        )
        return SpikeTrains(first, afferent)


@njit(nogil=True, cache=True, inline="always")
def _mix(counter):
    """A hash of a counter: consecutive counters (in steps of `_GOLDEN`) give a splitmix64 random stream."""
    z = (counter ^ (counter >> np.uint64(30))) * _MIX_1
    z = (z ^ (z >> np.uint64(27))) * _MIX_2
    return z ^ (z >> np.uint64(31))


@njit(nogil=True, cache=True)
def _fill_exponential(buffer, counter):
    """Unit exponentials -ln(u), u of 24 random bits; returns the counter behind the last one used.

    With u = 2^e m, ln m = ln sqrt(2) + 2 artanh(r): a short series that LLVM computes for many numbers at once.
    """
    for i in range(buffer.size):
        bits = _mix(counter + np.uint64(i + 1) * _GOLDEN)
        pattern = np.float32(np.float32(np.int64(bits >> np.uint64(40))) + np.float32(0.5)).view(np.int32)
        exponent = np.float32((pattern >> 23) - 127)
        m = np.int32((pattern & 0x7FFFFF) | 0x3F800000).view(np.float32)
        r = (m - _SQRT2) / (m + _SQRT2)
        r2 = r * r
        series = _ONE + r2 * (np.float32(1 / 3) + r2 * (np.float32(1 / 5) + r2 * np.float32(1 / 7)))
        buffer[i] = (np.float32(23.5) - exponent) * _LN2 - (r + r) * series
    return counter + np.uint64(buffer.size) * _GOLDEN


@njit(nogil=True, cache=True)
def _grown(array):
    """A copy with room for twice as many."""
    larger = np.empty(2 * array.size, array.dtype)
    larger[: array.size] = array
    return larger


@njit(nogil=True, cache=True)
def _fill_uniform(buffer, counter, width):
    """Uniform numbers in (-width / 2, width / 2); returns the counter behind the last one used."""
    for i in range(buffer.size):
        bits = _mix(counter + np.uint64(i + 1) * _GOLDEN)
        buffer[i] = (np.float32(np.int64(bits >> np.uint64(40))) - np.float32(2.0**23 - 0.5)) * np.float32(
            width * 2.0**-24
        )
    return counter + np.uint64(buffer.size) * _GOLDEN


@njit(nogil=True, cache=True)
def _walk_groups(noise, state, decay, baseline, modulation, shortest, sparsify, expected, pack):
    """One block of the walks of sixteen groups: `expected[step, lane]` is the expected spikes of the step.

    `state` holds the walk, whether the bump is heard (0 or 1), and the steps since the last toggle.
    """
    packs = expected.shape[1] // LANES
    z = load(state, 0)
    heard = load(state, 1)
    since = load(state, 2)
    zero = z - z
    for step in range(expected.shape[0]):
        before = z
        z = fma(z, splat(decay, z), load(noise, step))
        since = since + 1.0
        if sparsify:
            crossing = (before <= zero) & (z > zero) & (since >= shortest)
            heard = where(crossing, 1.0 - heard, heard)
            since = where(crossing, zero, since)
        rate = fma(maximum(z, zero) * heard, splat(modulation, z), splat(baseline, z))
        store(expected, step * packs + pack, rate)
    store(state, 0, z)
    store(state, 1, heard)
    store(state, 2, since)


@njit(nogil=True, cache=True)
def _accumulate(expected, groups):
    """Turn the expected spikes of each group into running sums over groups, step by step."""
    for step in range(expected.shape[0]):
        for group in range(1, groups):
            expected[step, group] += expected[step, group - 1]


@njit(nogil=True, cache=True)
def _member(bits, cumulative, step, groups, size):
    """A random (group, member of the group): groups in proportion to their rates, members evenly."""
    point = np.float32(np.float64(bits >> np.uint64(40)) * 2.0**-24) * cumulative[step, groups - 1]
    group = 0
    for i in range(groups - 1):
        group += point >= cumulative[step, i]
    return group, np.int64((bits & np.uint64(0xFFFFFFFF)) * np.uint64(size) >> np.uint64(32))


@njit(nogil=True, cache=True)
def _spike_trains(seed, steps, state, decay, spread, sizes, baseline, modulation, dead, sparsify, shortest):
    """All spikes come from one Poisson process of the summed rate: each goes to a random group and afferent, and is
    dropped if that one is refractory. This is exact for Poisson afferents with dead time."""
    groups, excitatory, inhibitory = sizes
    size = excitatory + inhibitory
    packs = state.shape[0]
    noise = np.zeros((_BLOCK, LANES), np.float32)
    expected = np.empty((_BLOCK, packs * LANES), np.float32)
    gaps = np.empty(1024, np.float32)
    counter = _fill_exponential(gaps, seed)
    left = np.float64(gaps[0])  # expected spikes still to pass before the next one
    used = 1
    ready = np.zeros(groups * size, np.int64)  # step from which an afferent may spike again
    first = np.empty(steps + 1, np.int32)
    afferent = np.empty(max(1024, int(steps * groups * (baseline + 0.15 * modulation))), np.int16)
    count = 0
    for start in range(0, steps, _BLOCK):
        for pack in range(packs):
            if modulation > 0:
                counter = _fill_uniform(noise.reshape(-1), counter, spread)
            _walk_groups(noise, state[pack], decay, baseline, modulation, shortest, sparsify, expected, pack)
        _accumulate(expected, groups)
        for step in range(start, min(start + _BLOCK, steps)):
            first[step] = count
            while count + groups * size > afferent.size:
                afferent = _grown(afferent)
            left -= expected[step - start, groups - 1]
            while left <= 0:
                counter += _GOLDEN
                bits = _mix(counter)
                if used == gaps.size:
                    counter = _fill_exponential(gaps, counter)
                    used = 0
                left += gaps[used]
                used += 1
                group, member = _member(bits, expected, step - start, groups, size)
                index = group * size + member
                free = ready[index] <= step
                ready[index] = step + dead if free else ready[index]
                base = group * excitatory if member < excitatory else (groups - 1) * excitatory + group * inhibitory
                afferent[count] = base + member
                count += free
    first[steps] = count
    return first, afferent[:count].copy()
