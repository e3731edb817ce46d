"""The fast kernel of the spiking neuron: sixteen candidates, or thirty-two, walk through one dataset together.

**A step** from t to t + dt, in this order. V takes a forward Euler step of Eq. (10) with the conductances of t;
conductances and traces decay exactly, Eqs. (11), (12); a neuron above threshold spikes, and its synapses see that
spike; then the presynaptic spikes of the step arrive: a synapse transmits the weight it has, then changes. With
U = V - E_I the step is U <- U F + B, where F = 1 - dt / tau_m (1 + g_E + g_I), held at F >= 0: a conductance that
would carry V past its steady state within one step carries it there.

**Lazy weights.** Presynaptic traces are stored with a growing scale s = exp(t / tau_pre), x = X / s, so that only a
spike of its own changes X. Between two presynaptic spikes a weight changes with each postsynaptic spike at t' by
beta + gamma X / s(t'), so w = P + b + X c, where b (sum of beta) and c (sum of gamma / s(t')) belong to the neuron,
and a postsynaptic spike costs two additions instead of one for each synapse. A sweep over all synapses now and
then brings P up to date and the scale back to 1.

**Bounds.** Clipping a sum of changes equals clipping each one if they push to one bound only. Where they do not (see
`sweep_periods`) the sweep comes once a window, and a window is not longer than the refractory period: no sum holds
two changes. The schedule of a lane follows from its own rule, hence no result depends on a neighbour.
"""

from typing import NamedTuple

import numpy as np
from numba import njit

from plastica.inner.lanes import (
    LANES,
    WIDE,
    aligned,
    any_lane,
    fma,
    lane_bits,
    load,
    load_packs,
    lowest,
    maximum,
    minimum,
    splat,
    store,
    where,
)

WEIGHT_LARGEST = 1e4  # where weights are held when no bound is set
TOGETHER = 2 if WIDE else 1  # packs of sixteen candidates, as there are registers: a second one costs half a first
LEVELS = 12  # sweep periods are 1, 2, 4, ... 2^11 windows
TINY = 1e-12  # conductances and traces below this are zero: keeps denormal numbers away
CHUNK = 8  # windows whose excitation is prepared at once
ROWS, GROW_PRE, FADE_POST, GROW_POST = 3, 0, 1, 2  # rows of `trace_powers` for a trace of either side
OWN_B, OWN_C, OWN_POST, OWN_SCALE, OWN_CHANGED = range(5)  # rows of what the neuron keeps of its spikes
_SCALE_STALE = 20.0  # a scale above this is brought back at the next sweep


class Membrane(NamedTuple):
    """Constants of the neuron in the kernels' units: steps, mV above E_I, conductances in units of dt / tau_m."""

    dt_over_tau: float  # dt / tau_m
    u_rest: float  # V_rest - E_I
    u_excitatory: float  # E_E - E_I
    u_reset: float
    u_threshold: float
    decay_inhibitory: float  # exp(-dt / tau_I)
    jump_inhibitory: float  # dt / tau_m * gbar_I / g_leak
    refractory: int  # steps
    window: int  # steps, at most the refractory period
    weight_limit: float


def sweep_periods(thetas, window_ms, bounded):
    """log2 of the windows between sweeps of each rule [R, 6], in [0, LEVELS): of its traces, and of its weights [2, R].

    A longer period amplifies rounding by exp(period / tau_pre): it is at most 6 tau_pre. Where postsynaptic changes
    within one presynaptic interval may carry a weight to a bound and then away from it, weights are swept each window.
    """
    tau_pre, beta, gamma = thetas[:, 0], thetas[:, 3], thetas[:, 4]
    leaves_bound = (gamma < 0) & (beta > 0)
    if bounded:
        leaves_bound |= (gamma > 0) & (beta < 0)
    level = np.floor(np.log2(np.maximum(6.0 * tau_pre / window_ms, 1.0))).astype(np.int64)
    level = np.minimum(level, LEVELS - 1)
    return np.stack([level, np.where(leaves_bound, 0, level)])


def trace_powers(pre, post, dt, window):
    """exp(n dt / tau) of presynaptic traces, then exp(-n dt / tau) and exp(n dt / tau) of postsynaptic ones, for
    n = 0 ... window: [window + 1, rows, LANES], in the precision of the time constants pre and post [traces, LANES]."""
    exponent = np.arange(window + 1)[:, None, None] * dt
    before, after = exponent / pre.astype(np.float64), exponent / post.astype(np.float64)
    rows = np.concatenate([np.exp(before), np.exp(-after), np.exp(after)], axis=1)
    return aligned(rows.astype(pre.dtype))


def due_lanes(levels, dtype):
    """1 where the traces (0) or weights (1) of a lane are swept at a boundary whose number has n trailing zero bits,
    else 0: [LEVELS, 2, LANES], from the levels [2, LANES]."""
    return aligned((levels[None, :] <= np.arange(LEVELS)[:, None, None]).astype(dtype))


@njit(nogil=True, cache=True, inline="always")
def _trailing_zeros(number):
    n = 0
    while n < LEVELS - 1 and number & 1 == 0:
        number >>= 1
        n += 1
    return n


@njit(nogil=True, cache=True, inline="always")
def note_spikes(bits, step, spikes, counts):
    """Append a step to the spike trains of the lanes in `bits`."""
    while bits:
        lane = np.uintp(lowest(bits))
        spikes[lane, np.uintp(counts[lane])] = step
        counts[lane] += 1
        bits &= bits - 1


@njit(nogil=True, cache=True)
def prepare_excitation(membrane, conductance, A, B):
    """The parts of F = A - h and of B that depend on excitation only, for the steps of a chunk."""
    slope = A.dtype.type(membrane.dt_over_tau)
    floor = A.dtype.type(1.0 - membrane.dt_over_tau)
    drive = A.dtype.type(membrane.dt_over_tau * membrane.u_rest)
    push = A.dtype.type(membrane.dt_over_tau * membrane.u_excitatory)
    for i in range(conductance.size):
        g = A.dtype.type(conductance[i])
        A[i] = floor - slope * g
        B[i] = drive + push * g


@njit(nogil=True, cache=True)
def _settle(synapses, own, due, limit):
    """Bring weights up to date where `due` [lanes] is 1; packs in which it is nowhere are left alone."""
    packs = own.shape[1] // LANES
    for pack in range(packs):
        now = load(due, pack) > 0.0
        if any_lane(now):
            b, c = load(own, OWN_B * packs + pack), load(own, OWN_C * packs + pack)
            zero = b - b
            store(own, OWN_B * packs + pack, where(now, zero, b))
            store(own, OWN_C * packs + pack, where(now, zero, c))
            # The other lanes change by nothing within no bounds: a mask would be made anew for every synapse.
            b, c = where(now, b, zero), where(now, c, zero)
            least, most = where(now, zero, zero - np.inf), where(now, splat(limit, zero), zero + np.inf)
            for at in range(pack, synapses.shape[0] * 2 * packs, 2 * packs):
                w = fma(load(synapses, at + packs), c, load(synapses, at) + b)
                store(synapses, at, minimum(maximum(w, least), most))


@njit(nogil=True, cache=True)
def _rescale(synapses, due, scale, packs):
    """Divide the presynaptic traces of the lanes that are due by their scale."""
    zero = scale - scale
    factor = where(due, 1.0 / scale, zero + 1.0)
    least = where(due, zero + TINY, zero)
    for k in range(synapses.shape[0]):
        x = load_packs(synapses, 2 * k + 1, packs) * factor
        store(synapses, 2 * k + 1, where(x > least, x, zero))


@njit(nogil=True, cache=True, inline="always")
def _add_where(condition, own, row, change, packs):
    value = load_packs(own, row, packs)
    store(own, row, where(condition, value + change, value))


@njit(nogil=True, cache=True)
def simulate_pair(membrane, drive, rules, powers, due_table, synapses, spikes, packs):
    """Run spike-pair rules over one dataset, as many times sixteen as `packs` is long; returns the number of spikes of
    each lane.

    drive as in `dataset.Drive`; rules [6, lanes] (theta within limits); powers from `trace_powers`; due_table from
    `due_lanes`; synapses [n, 2, lanes], whose [:, 0] holds the initial weights and then the final ones; spikes
    [lanes, capacity] receives the steps of the spikes.
    """
    conductance, event_step, event_first, event_synapse = drive
    steps = conductance.size
    window = membrane.window
    counts = np.zeros(LANES * len(packs), np.int64)
    A = np.empty(CHUNK * window, synapses.dtype)
    B = np.empty(CHUNK * window, synapses.dtype)
    clock = np.arange(window).astype(synapses.dtype)
    own = np.zeros(
        (5, counts.size), synapses.dtype
    )  # what changes at spikes only: in registers there is no room for it
    own[OWN_SCALE] = 1.0
    due = np.ones(counts.size, synapses.dtype)

    zero = splat(0.0, load_packs(rules, 0, packs))
    one = zero + 1.0
    limit = splat(membrane.weight_limit, zero)
    threshold = splat(membrane.u_threshold, zero)
    decay = splat(membrane.decay_inhibitory, zero)
    jump = splat(membrane.jump_inhibitory, zero)

    U = splat(membrane.u_rest, zero)
    h = zero  # g_I in units of tau_m / dt
    ready = zero  # step, counted from the start of the window, at which the refractory period ends
    event = np.uintp(0)
    for boundary in range(1, (steps + window - 1) // window + 1):
        start = (boundary - 1) * window
        stop = min(start + window, steps)
        offset = (boundary - 1) % CHUNK * window
        if offset == 0:
            prepare_excitation(membrane, conductance[start : start + A.size], A, B)
        anchor = start  # the step of the scale and of postsynaptic traces
        arrival = np.intp(event_step[event])  # the last entry lies behind the end
        for step in range(start, stop):
            i = step - start
            at = np.uintp(offset + i)  # unsigned: numba need not look for negative indices
            F = maximum(splat(A[at], zero) - h, zero)
            U = where(ready <= splat(clock[np.uintp(i)], zero), fma(U, F, splat(B[at], zero)), U)  # Eq. (10)
            h = h * decay  # Eq. (11)
            fired = threshold <= U
            if any_lane(fired):
                since = ROWS * (step - anchor)
                scale = load_packs(own, OWN_SCALE, packs) * load_packs(powers, since + GROW_PRE, packs)
                _add_where(fired, own, OWN_B, load_packs(rules, 3, packs), packs)
                _add_where(fired, own, OWN_C, load_packs(rules, 4, packs) / scale, packs)
                _add_where(fired, own, OWN_POST, load_packs(powers, since + GROW_POST, packs), packs)
                store(own, OWN_CHANGED, where(fired, one, load_packs(own, OWN_CHANGED, packs)))
                U = where(fired, splat(membrane.u_reset, zero), U)
                ready = where(fired, splat(np.float64(i + membrane.refractory), zero), ready)
                note_spikes(lane_bits(fired), step, spikes, counts)
            if step == arrival:
                since = ROWS * (step - anchor)
                s = load_packs(own, OWN_SCALE, packs) * load_packs(powers, since + GROW_PRE, packs)
                x_post = load_packs(own, OWN_POST, packs) * load_packs(powers, since + FADE_POST, packs)
                store(own, OWN_SCALE, s)
                store(own, OWN_POST, x_post)
                anchor = step
                change = fma(load_packs(rules, 5, packs), x_post, load_packs(rules, 2, packs))
                b, c = load_packs(own, OWN_B, packs), load_packs(own, OWN_C, packs)
                for entry in range(event_first[event], event_first[event + np.uintp(1)]):
                    k = np.intp(event_synapse[np.uintp(entry)])
                    X = load_packs(synapses, 2 * k + 1, packs)
                    w = minimum(maximum(fma(X, c, load_packs(synapses, 2 * k, packs) + b), zero), limit)
                    h = fma(w, jump, h)  # Eq. (11)
                    w = minimum(maximum(w + change, zero), limit)  # Eq. (14)
                    X = X + s
                    store(synapses, 2 * k, w - fma(X, c, b))
                    store(synapses, 2 * k + 1, X)
                event += np.uintp(1)
                arrival = np.intp(event_step[event])
        since = ROWS * (stop - anchor)
        s = load_packs(own, OWN_SCALE, packs) * load_packs(powers, since + GROW_PRE, packs)
        x_post = load_packs(own, OWN_POST, packs) * load_packs(powers, since + FADE_POST, packs)
        store(own, OWN_POST, where(x_post > TINY, x_post, zero))
        h = where(h > TINY, h, zero)
        ready = ready - np.float64(window)
        level = 2 * _trailing_zeros(boundary)
        changed = load_packs(own, OWN_CHANGED, packs)
        stale = (load_packs(due_table, level, packs) > zero) & (s > splat(_SCALE_STALE, zero))
        swept = (load_packs(due_table, level + 1, packs) > zero) & (changed > zero) | stale
        if any_lane(swept):
            store(due, 0, where(swept, one, zero))
            store(own, OWN_CHANGED, where(swept, zero, changed))
            _settle(synapses, own, due, membrane.weight_limit)
            if any_lane(stale):
                _rescale(synapses, stale, s, packs)
                s = where(stale, one, s)
        store(own, OWN_SCALE, s)
    due[:] = 1.0
    _settle(synapses, own, due, membrane.weight_limit)
    return counts
