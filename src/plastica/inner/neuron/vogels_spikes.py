"""How the spikes of `vogels_input` are drawn: all from one Poisson process of the summed rate.

Each of its spikes goes to a random group, in proportion to the rates, and to a random afferent of that group, and is
dropped if that one is refractory: exact for Poisson afferents with dead time. The gaps between spikes are unit
exponentials in units of expected spikes; every random number is a hash of a counter, so that a block of them is made at
once, in loops without branches, which LLVM turns into vectors.
"""

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from plastica.inner.lanes import LANES, count_lanes, fma, load, load_from, maximum, splat, store, where

BLOCK = 64  # steps whose rates are computed at once
_GAPS = 1024  # gaps that are drawn at once
_ONE, _SQRT2, _LN2 = np.float32(1.0), np.float32(np.sqrt(2.0)), np.float32(np.log(2.0))
_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_MIX_1 = np.uint64(0xBF58476D1CE4E5B9)
_MIX_2 = np.uint64(0x94D049BB133111EB)
_HALF = np.uint64(0xFFFFFFFF)


class Groups(NamedTuple):
    """What the afferents have in common, in units of steps, and of the expected spikes of a group in a step."""

    number: int
    excitatory: int  # afferents in a group
    inhibitory: int
    decay: np.float32  # of the walk, in a step
    noise: np.float32  # width of the even noise that drives it, 2^-24
    baseline: np.float32
    modulation: np.float32
    sparsify: bool
    shortest: np.float32  # steps between two toggles
    dead: int  # steps from a spike of an afferent to the next, at least


class Process(NamedTuple):
    """How far the spikes have come."""

    walks: np.ndarray  # [packs, 3, LANES] as in `_walk`
    gaps: np.ndarray  # [_GAPS] of which so many are used:
    used: np.ndarray  # [1]
    at: np.ndarray  # [1] expected spikes still to pass before the next one
    counter: np.ndarray  # [1] of random numbers
    ready: np.ndarray  # [afferents] step from which one may spike again, group by group, excitatory ones of it first
    number: np.ndarray  # [afferents] in the same order


class Rates(NamedTuple):
    """A block of steps: what is expected of each."""

    cumulative: np.ndarray  # [BLOCK, lanes] running sum over groups; infinite from the last one on
    total: np.ndarray  # [BLOCK] its end
    end: np.ndarray  # [BLOCK] running sum of the totals, in float64


class Drawn(NamedTuple):
    """Some spikes of the summed process."""

    step: np.ndarray  # [_GAPS] from the start of the block
    point: np.ndarray  # [_GAPS] in [0, 1): where among the groups
    member: np.ndarray  # [_GAPS] of the group


@njit(nogil=True, cache=True, inline="always")
def _mix(counter):
    """A hash of a counter: consecutive counters (in steps of `_GOLDEN`) give a splitmix64 random stream."""
    z = (counter ^ (counter >> np.uint64(30))) * _MIX_1
    z = (z ^ (z >> np.uint64(27))) * _MIX_2
    return z ^ (z >> np.uint64(31))


@njit(nogil=True, cache=True, inline="always")
def _upper(bits):
    """The upper 24 of 64 bits, as a number."""
    return np.float32(np.int32(bits >> np.uint64(40)))


@njit(nogil=True, cache=True, error_model="numpy")  # a look at each divisor would keep the loop from becoming vectors
def _fill_exponential(buffer, counter):
    """Unit exponentials -ln(u), u of 24 random bits; returns the counter behind the last one used.

    With u = 2^e m, ln m = ln sqrt(2) + 2 artanh(r): a short series that LLVM computes for many numbers at once.
    """
    for i in range(buffer.size):
        bits = _mix(counter + np.uint64(i + 1) * _GOLDEN)
        pattern = np.float32(_upper(bits) + np.float32(0.5)).view(np.int32)
        exponent = np.float32((pattern >> 23) - 127)
        m = np.int32((pattern & 0x7FFFFF) | 0x3F800000).view(np.float32)
        r = (m - _SQRT2) / (m + _SQRT2)
        r2 = r * r
        series = _ONE + r2 * (np.float32(1 / 3) + r2 * (np.float32(1 / 5) + r2 * np.float32(1 / 7)))
        buffer[i] = (np.float32(23.5) - exponent) * _LN2 - (r + r) * series
    return counter + np.uint64(buffer.size) * _GOLDEN


@njit(nogil=True, cache=True)
def _fill_uniform(buffer, counter, scale, columns):
    """Uniform numbers around zero, [BLOCK, columns]: of all lanes the first 8, or all 16; returns the counter behind
    the last one of all lanes."""
    centre, within = np.float32(2.0**23 - 0.5), columns - 1
    for i in range(BLOCK * columns):
        at = (i & within) + LANES // columns * (i & ~within) + 1
        buffer[i] = (_upper(_mix(counter + np.uint64(at) * _GOLDEN)) - centre) * scale
    return counter + np.uint64(BLOCK * LANES) * _GOLDEN


@njit(nogil=True, cache=True)
def _walk(noise, columns, groups, state, expected, pack):
    """One block of the walks of sixteen groups: `expected[step, lane]` is the expected spikes of the step.

    `state` holds the walk, whether the bump is heard (0 or 1), and the steps since the last toggle.
    """
    packs = expected.shape[1] // LANES
    z = load(state, 0)
    heard = load(state, 1)
    since = load(state, 2)
    zero = z - z
    for step in range(BLOCK):
        before = z
        z = fma(z, splat(groups.decay, z), load_from(noise, step * columns))
        since = since + 1.0
        if groups.sparsify:
            crossing = (before <= zero) & (z > zero) & (since >= groups.shortest)
            heard = where(crossing, 1.0 - heard, heard)
            since = where(crossing, zero, since)
        rate = fma(maximum(z, zero) * heard, splat(groups.modulation, z), splat(groups.baseline, z))
        store(expected, step * packs + pack, rate)
    store(state, 0, z)
    store(state, 1, heard)
    store(state, 2, since)


@njit(nogil=True, cache=True)
def _sum_up(rates, groups, steps):
    """Turn the expected spikes of each group into running sums; nothing is expected from `steps` on."""
    end = 0.0
    for step in range(BLOCK):
        running = rates.cumulative[step, 0]
        for group in range(1, groups):
            rates.cumulative[step, group - 1] = running
            running += rates.cumulative[step, group]
        rates.cumulative[step, groups - 1 :] = np.inf
        rates.total[step] = running
        end += np.float64(running) if step < steps else 0.0
        rates.end[step] = end


@njit(nogil=True, cache=True)
def _arrive(end, at, gaps, used, step):
    """The steps of spikes, of which the next comes after `at` expected ones, until the block or the gaps are at their
    end: (how many, at, gaps used).

    Sums of float32 numbers are exact in float64 here, so that these are the steps at which one would find them one
    after another.
    """
    count = 0
    for k in range(BLOCK // LANES):
        ends = load(end, k)
        last = end[k * LANES + LANES - 1]
        while at <= last:
            step[count] = k * LANES + count_lanes(ends < splat(at, ends))
            count += 1
            if used == gaps.size:
                return count, at, used
            at += gaps[used]
            used += 1
    return count, at, used


@njit(nogil=True, cache=True)
def _choose(drawn, count, counter, size):
    """Group and member of each spike, at random; returns the counter behind the last one used."""
    for i in range(count):
        bits = _mix(counter + np.uint64(i + 1) * _GOLDEN)
        drawn.point[i] = _upper(bits) * np.float32(2.0**-24)
        drawn.member[i] = np.int32((bits & _HALF) * np.uint64(size) >> np.uint64(32))
    return counter + np.uint64(count) * _GOLDEN


@njit(nogil=True, cache=True)
def _find(drawn, count, rates, size):
    """Turn the members of groups into places among all afferents."""
    packs = rates.cumulative.shape[1] // LANES
    for i in range(count):
        step = np.uintp(drawn.step[i])
        point = drawn.point[i] * rates.total[step]
        sums = load(rates.cumulative, step * packs)
        group = count_lanes(sums <= splat(point, sums))
        for pack in range(1, packs):
            sums = load(rates.cumulative, step * packs + pack)
            group += count_lanes(sums <= splat(point, sums))
        drawn.member[i] += group * size


@njit(nogil=True, cache=True)
def _deliver(drawn, count, process, dead, start, steps, numbers, spikes):
    """Write the spikes of afferents that are ready behind the `spikes` that there are; returns how many there are."""
    for i in range(count):
        k = np.uintp(drawn.member[i])
        step = np.int32(start + drawn.step[i])
        ready = process.ready[k]
        free = ready <= step
        process.ready[k] = ready + free * (step + dead - ready)
        steps[spikes] = step
        numbers[spikes] = process.number[k]
        spikes += np.uintp(free)
    return spikes


@njit(nogil=True, cache=True)
def _grown(array, spikes):
    """A copy with room for twice as many."""
    larger = np.empty(2 * array.size, array.dtype)
    for k in range(spikes):  # one slice put into another takes numba a second and a half longer to compile
        larger[k] = array[k]
    return larger


@njit(nogil=True, cache=True)
def _expect(process, groups, rates, noise, steps):
    """The rates of the next block, of which `steps` are to be had."""
    for pack in range(process.walks.shape[0]):
        columns = 8 if groups.number - pack * LANES <= 8 else LANES
        if groups.noise > 0:
            process.counter[0] = _fill_uniform(noise, process.counter[0], groups.noise, columns)
        _walk(noise, columns, groups, process.walks[pack], rates.cumulative, pack)
    _sum_up(rates, groups.number, steps)


@njit(nogil=True, cache=True)
def next_spikes(process, groups, start, stop, step, afferent):
    """Go on from the step `start` to `stop`: (spikes, step, afferent), the last two as long as there is need."""
    size = groups.excitatory + groups.inhibitory
    lanes = process.walks.shape[0] * LANES
    rates = Rates(np.empty((BLOCK, lanes), np.float32), np.empty(BLOCK, np.float32), np.empty(BLOCK))
    noise = np.zeros(BLOCK * LANES + LANES, np.float32)
    drawn = Drawn(np.empty(_GAPS, np.int32), np.empty(_GAPS, np.float32), np.empty(_GAPS, np.int32))
    spikes = np.uintp(0)
    for block in range(start, stop, BLOCK):
        _expect(process, groups, rates, noise, stop - block)
        at, used, counter = process.at[0], process.used[0], process.counter[0]
        while True:
            count, at, used = _arrive(rates.end, at, process.gaps, used, drawn.step)
            counter = _choose(drawn, count, counter, size)
            _find(drawn, count, rates, size)
            while spikes + np.uintp(count) > step.size:
                step, afferent = _grown(step, spikes), _grown(afferent, spikes)
            spikes = _deliver(drawn, count, process, groups.dead, block, step, afferent, spikes)
            if at > rates.end[BLOCK - 1]:
                break
            counter = _fill_exponential(process.gaps, counter)
            at, used = at + process.gaps[0], 1
        process.at[0], process.used[0], process.counter[0] = at - rates.end[BLOCK - 1], used, counter
    return spikes, step, afferent


def process(seed: np.uint64, groups: Groups, walks: NDArray[np.float32]) -> Process:
    """At its beginning."""
    member = np.arange(groups.excitatory + groups.inhibitory)
    group = np.arange(groups.number)[:, None]
    behind = (groups.number - 1) * groups.excitatory + group * groups.inhibitory  # inhibitory ones: all come last
    number = member + np.where(member < groups.excitatory, group * groups.excitatory, behind)
    gaps = np.empty(_GAPS, np.float32)
    counter = _fill_exponential(gaps, seed)
    return Process(
        walks,
        gaps,
        used=np.array([1]),
        at=np.array([gaps[0]], np.float64),
        counter=np.array([counter], np.uint64),
        ready=np.zeros(number.size, np.int32),
        number=number.astype(np.int16).reshape(-1),
    )
