"""Weights that are touched at presynaptic spikes only, where rules are spike-pair rules.

**Lazy weights.** Between two arrivals at a synapse a postsynaptic spike at time t_k changes it by beta + gamma x_pre,
and x_pre = X exp(-t_k / tau_pre), where X sums exp(t / tau_pre) over arrivals and times count from the last sweep. So
w = P + B + gamma X Z with B the sum of beta and Z that of exp(-t_k / tau_pre), which all synapses of a neuron share: a
postsynaptic spike is two additions, an arrival runs once through its own row. A sweep each few tau_pre brings every
weight up to date and sets B = Z = 0: rounding grows as exp(time since / tau_pre).

**Bounds.** To clip a sum of changes is to clip each if they push one way. Where beta and gamma have opposite signs they
may reach a bound and leave it again; where that cannot be ruled out, the spikes since the last arrival are replayed one
by one from a history. **Ties**: a spike of the step of an arrival sees x_pre without it, and is set right on its own.
"""

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from plastica.inner.lanes import LANES, lane_bits, load, lowest, maximum, minimum, store
from plastica.inner.recurrent.lent import lent
from plastica.inner.recurrent.pace import per_step
from plastica.inner.scattered import add_at, load_fours
from plastica.rules.base import Floats

SWEEP = 6.0  # longest time between two sweeps, in tau_pre
HISTORY = 64  # spikes of a neuron since the last sweep that a history holds; one more brings the sweep forward
SCALE_LARGEST = 1e6  # where the scale of a postsynaptic trace goes back to 1
SELDOM = 1e5  # steps between two sweeps where nothing asks for one
ALPHA, BETA, GAMMA, KAPPA = 2, 3, 4, 5  # columns of a rule, behind tau_pre and tau_post
B, Z, X_POST = range(3)  # what a neuron keeps for the connections onto it from either population
GROW_PRE, FADE_PRE, GROW_POST, FADE_POST = range(4)  # exp(+-time since the last sweep / tau)
FROM_THE_START = -1  # the step of the last arrival where there has been none since the last span began


class PairSynapses(NamedTuple):
    """What a network keeps of its synapses between two spans: weights, traces."""

    P: NDArray[np.floating]  # [synapses]
    pre: NDArray[np.floating]  # [4, numbers] x_pre of EE, EI, IE, II
    post: NDArray[np.floating]  # [2, numbers, 4] B, Z and x_post of the connections from E and from I


class Gaps(NamedTuple):
    """What is known of the time since the last sweeps, and of the rules, [4, ...] of EE, EI, IE, II."""

    plastic: NDArray[np.bool_]
    used: NDArray[np.floating]  # [4, 6] the rules; zeros where they do not act
    bounds: NDArray[np.floating]  # (0, limit)
    replays: NDArray[np.bool_]  # whether changes of a gap may go both ways
    periods: NDArray[np.float64]  # longest time between two sweeps, steps
    swept: NDArray[np.int64]
    due: NDArray[np.bool_]  # a history is full
    rates: NDArray[np.float64]  # [4, 4] per step, of `factors`
    factors: NDArray[np.float64]  # [4, 4]
    last: NDArray[np.int64]  # [numbers] step of a neuron's last arrival
    fades: NDArray[np.floating]  # [2, numbers, history] of the spikes since the last sweep
    steps: NDArray[np.int32]
    kept: NDArray[np.int32]  # [2, numbers] how many
    now: NDArray[np.floating]  # [4] numbers for one row
    room: NDArray[np.floating]  # [16] for weights of which some are replayed


def gaps(
    rules: Floats, plastic: NDArray[np.bool_], acts: bool, bounds: NDArray[np.floating], first: int, numbers: int
) -> Gaps:
    """At the begin of a span, in which rules [4, 6] with time constants in steps act or do not."""
    reads, learns = rules[:, GAMMA] != 0, plastic & acts  # without gamma nothing reads x_pre: its scale need not grow
    with np.errstate(over="ignore", invalid="ignore"):  # what is too large explodes
        replays = learns & (rules[:, BETA] * rules[:, GAMMA] < 0)
        used = np.where(learns[:, None], rules, 0).astype(bounds.dtype)
    history = HISTORY if replays.any() else 1
    rates = np.stack([*per_step(rules[:, 0]), *per_step(rules[:, 1])], axis=1)
    rates[~reads, :2] = 1.0
    return Gaps(
        plastic, used, bounds, replays, np.where(reads, SWEEP * rules[:, 0], SELDOM), np.full(4, first),
        np.zeros(4, np.bool_), rates, np.ones((4, 4)),
        np.full(numbers, FROM_THE_START), np.zeros((2, numbers, history), bounds.dtype),
        np.zeros((2, numbers, history), np.int32), np.zeros((2, numbers), np.int32), np.zeros(4, bounds.dtype),
        np.zeros(LANES, bounds.dtype),
    )  # fmt: skip


@njit(nogil=True, cache=True, inline="always")
def _held(w, zero, limit):
    return max(zero, min(w, limit))


@njit(nogil=True, cache=True, inline="always")
def _all_held(w, zero, limit):
    """The same for lanes."""
    return maximum(minimum(w, limit), zero)


@lent
def _arrive(P, target, begin, end, g, post, change, bounds):
    """A presynaptic spike at a row; `change` holds alpha, kappa faded, gamma X before and after it. Sixteen synapses at
    a time, then those that are left."""
    zero, limit = bounds[0], bounds[1]
    alpha, kappa, before, after = change[0], change[1], change[2], change[3]
    row, p = target[begin:end], P[begin:end]
    groups = row.size // LANES
    for k in range(groups):
        b, z, x, _ = load_fours(post, row, k)
        w = _all_held(load(p, k) + (b + before * z), zero, limit)
        add_at(g, row, k, w)
        w = _all_held(w + (alpha + kappa * x), zero, limit)
        store(p, k, w - (b + after * z))
    row, p = row[groups * LANES :], p[groups * LANES :]  # from zero on: no index can be negative
    for s in range(row.size):
        i = row[s]
        b, z = post[i, B], post[i, Z]
        w = _held(p[s] + (b + before * z), zero, limit)
        g[i] += w
        w = _held(w + (alpha + kappa * post[i, X_POST]), zero, limit)
        p[s] = w - (b + after * z)


@lent
def _replayed(p, i, last, before, beta, fades, steps, kept, bounds):
    """A weight whose postsynaptic changes since the step `last` are made one by one."""
    zero, limit = bounds[0], bounds[1]
    b, z = zero, zero
    k = 0
    while k < kept[i] and steps[i, k] <= last:
        b += beta
        z += fades[i, k]
        k += 1
    w = p + (b + before * z)
    while k < kept[i]:
        w = _held(w + (beta + before * fades[i, k]), zero, limit)
        k += 1
    return _held(w, zero, limit)


@njit(nogil=True, cache=True, inline="always")
def _weight(p, i, b, z, last, before, beta, fades, steps, kept, bounds):
    """The weight now; a replay only where a bound may have been reached on the way."""
    w = p + (b + before * z)
    furthest = w - b  # as far as beta alone could have taken it back
    if b != bounds[0] and not (bounds[0] <= furthest <= bounds[1] and bounds[0] <= w <= bounds[1]):
        return _replayed(p, i, last, before, beta, fades, steps, kept, bounds)
    return _held(w, bounds[0], bounds[1])


@njit(nogil=True, cache=True, inline="always")
def _weights(p, row, k, b, z, last, before, beta, fades, steps, kept, bounds, room):
    """The same of the `k`-th sixteen of a row, whose sums are b and z; those where a bound may have been reached on the
    way are replayed one by one."""
    zero, limit = bounds[0], bounds[1]
    w = load(p, k) + (b + before * z)
    furthest = w - b
    outside = (furthest < zero) | (furthest > limit) | (w < zero) | (w > limit)
    doubtful = lane_bits(outside & ((b < zero) | (b > zero)))
    w = _all_held(w, zero, limit)
    if doubtful:
        store(room, 0, w)
        while doubtful:
            lane = lowest(doubtful)
            s = LANES * k + lane
            room[lane] = _replayed(p[s], row[s], last, before, beta, fades, steps, kept, bounds)
            doubtful &= doubtful - 1
        w = load(room, 0)
    return w


@lent
def _arrive_replaying(P, target, begin, end, g, post, change, bounds, last, beta, fades, steps, kept, room):
    """As `_arrive`, where changes of a gap may go both ways."""
    zero, limit = bounds[0], bounds[1]
    alpha, kappa, before, after = change[0], change[1], change[2], change[3]
    row, p = target[begin:end], P[begin:end]
    groups = row.size // LANES
    for k in range(groups):
        b, z, x, _ = load_fours(post, row, k)
        w = _weights(p, row, k, b, z, last, before, beta, fades, steps, kept, bounds, room)
        add_at(g, row, k, w)
        w = _all_held(w + (alpha + kappa * x), zero, limit)
        store(p, k, w - (b + after * z))
    row, p = row[groups * LANES :], p[groups * LANES :]
    for s in range(row.size):
        i = row[s]
        b, z = post[i, B], post[i, Z]
        w = _weight(p[s], i, b, z, last, before, beta, fades, steps, kept, bounds)
        g[i] += w
        w = _held(w + (alpha + kappa * post[i, X_POST]), zero, limit)
        p[s] = w - (b + after * z)


@lent
def _sweep(P, rows, kind, pre, last, post, numbers, bounds, replays, fades, steps, kept, room):
    """Every weight of a connection as it is now; `numbers` holds beta, gamma and the fade of X."""
    first, target = rows
    beta, gamma, fade = numbers[0], numbers[1], numbers[2]
    zero, limit = bounds[0], bounds[1]
    for j in range(pre.size):
        before = gamma * pre[j]
        begin, end = first[2 * j + kind], first[2 * j + kind + 1]
        row, p = target[begin:end], P[begin:end]
        groups = row.size // LANES
        for k in range(groups):
            b, z, _, _ = load_fours(post, row, k)
            if replays:
                store(p, k, _weights(p, row, k, b, z, last[j], before, beta, fades, steps, kept, bounds, room))
            else:
                store(p, k, _all_held(load(p, k) + (b + before * z), zero, limit))
        row, p = row[groups * LANES :], p[groups * LANES :]
        for s in range(row.size):
            i = row[s]
            b, z = post[i, B], post[i, Z]
            if replays:
                p[s] = _weight(p[s], i, b, z, last[j], before, beta, fades, steps, kept, bounds)
            else:
                p[s] = _held(p[s] + (b + before * z), zero, limit)
        pre[j] *= fade


@lent
def sweep(c, synapses, gap, wiring, step):
    """Bring the weights of a connection and its traces up to date, and begin anew."""
    s, kind, size = c // 2, c % 2, gap.last.size
    start, stop = (wiring.inhibitory_from, size) if s else (0, wiring.inhibitory_from)
    low, high = (wiring.inhibitory_from, size) if kind else (0, wiring.inhibitory_from)
    gap.now[0], gap.now[1], gap.now[2] = gap.used[c, BETA], gap.used[c, GAMMA], gap.factors[c, FADE_PRE]
    rows, pre, post = (wiring.first[2 * start :], wiring.target), synapses.pre[c, start:stop], synapses.post[s]
    fades, steps, kept = gap.fades[s], gap.steps[s], gap.kept[s]
    last, room = gap.last[start:stop], gap.room
    _sweep(synapses.P, rows, kind, pre, last, post, gap.now, gap.bounds, gap.replays[c], fades, steps, kept, room)
    for i in range(low, high):
        post[i, B] = 0.0
        post[i, Z] = 0.0
        kept[i] = 0
    gap.factors[c, GROW_PRE] = gap.factors[c, FADE_PRE] = 1.0
    gap.swept[c], gap.due[c] = step, False


@lent
def rescale(c, synapses, gap, wiring):
    """Bring the scale of a connection's postsynaptic trace back to 1."""
    low, high = (wiring.inhibitory_from, gap.last.size) if c % 2 else (0, wiring.inhibitory_from)
    gap.now[0] = gap.factors[c, FADE_POST]
    post = synapses.post[c // 2]
    for i in range(low, high):
        post[i, X_POST] *= gap.now[0]
    gap.factors[c, GROW_POST] = gap.factors[c, FADE_POST] = 1.0


@lent
def arrive(c, j, g, synapses, gap, wiring):
    """A presynaptic spike at the synapses of one connection."""
    s, row = c // 2, 2 * j + c % 2
    begin, end, now, used, factors = wiring.first[row], wiring.first[row + 1], gap.now, gap.used, gap.factors
    x = synapses.pre[c, j]
    now[0] = factors[c, GROW_PRE]
    synapses.pre[c, j] = x + now[0]
    now[0], now[1] = used[c, ALPHA], used[c, KAPPA] * factors[c, FADE_POST]
    now[2], now[3] = used[c, GAMMA] * x, used[c, GAMMA] * synapses.pre[c, j]
    P, target, post, bounds = synapses.P, wiring.target, synapses.post[s], gap.bounds
    if gap.replays[c]:
        beta, fades, steps, kept = used[c, BETA], gap.fades[s], gap.steps[s], gap.kept[s]
        _arrive_replaying(P, target, begin, end, g, post, now, bounds, gap.last[j], beta, fades, steps, kept, gap.room)
    else:
        _arrive(P, target, begin, end, g, post, now, bounds)


@lent
def leave(c, i, step, synapses, gap):
    """A postsynaptic spike, for all synapses of one connection onto its neuron."""
    s, factors = c // 2, gap.factors
    post, kept = synapses.post[s], gap.kept[s]
    post[i, B] += gap.used[c, BETA]
    post[i, Z] += factors[c, FADE_PRE]
    post[i, X_POST] += factors[c, GROW_POST]
    if gap.replays[c]:
        gap.fades[s, i, kept[i]] = factors[c, FADE_PRE]
        gap.steps[s, i, kept[i]] = step
        kept[i] += 1
        gap.due[c] = gap.due[c] or kept[i] == gap.fades.shape[2]


@lent
def tie(c, j, i, synapses, gap, wiring):
    """An arrival from j and a spike of i in the same step."""
    now, row = gap.now, 2 * j + c % 2
    now[0], now[1] = gap.used[c, BETA], gap.used[c, GAMMA]
    now[2], now[3] = gap.factors[c, GROW_PRE], gap.factors[c, FADE_PRE]
    begin, end, post, x = wiring.first[row], wiring.first[row + 1], synapses.post[c // 2], synapses.pre[c, j]
    _tie(synapses.P, wiring.target, begin, end, i, post, x, now, gap.bounds)


@lent
def _tie(P, target, begin, end, i, post, x, tie, bounds):
    """A postsynaptic spike in the step of an arrival, if they have a synapse: it sees x_pre without the arrival.

    `tie` holds beta, gamma, the growth and the fade of this step; X and the neuron's sums have the spikes already.
    """
    s = begin + np.searchsorted(target[begin:end], i)
    if s == end or target[s] != i:
        return
    beta, gamma, grow, fade = tie[0], tie[1], tie[2], tie[3]
    b, z = post[i, B], post[i, Z]
    w = P[s] + ((b - beta) + gamma * x * (z - fade))
    w = _held(w + (beta + gamma * (x - grow) * fade), bounds[0], bounds[1])
    P[s] = w - (b + gamma * x * z)
