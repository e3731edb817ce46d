"""The kernel of recurrent networks for spike-pair rules: weights are touched at presynaptic spikes only.

**A step**, in this order. All neurons advance and spike (`membranes`). Inputs arrive. Spikes that were emitted `delay`
steps ago arrive: a synapse transmits the weight it has, then changes by alpha + kappa x_post. The spikes of this very
step change the synapses onto their neurons by beta + gamma x_pre. After each change a weight is held within [0, limit].
Then the traces take the spikes of the step and decay, so that no change sees a spike of its own step.

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

from plastica.inner.outcome import Outcome
from plastica.inner.recurrent.membranes import AMPA, GABA, LOOK, forget_tiny, step_jumping, step_refractory

SWEEP = 6.0  # longest time between two sweeps, in tau_pre
HISTORY = 64  # spikes of a neuron since the last sweep that a history holds; one more brings the sweep forward
OFFSET_HZ = 2.0  # of the rate in the two means that a trial keeps of it
SCALE_LARGEST = 1e6  # where the scale of a postsynaptic trace goes back to 1
ALPHA, BETA, GAMMA, KAPPA = 2, 3, 4, 5  # columns of a rule, behind tau_pre and tau_post
B, Z, X_POST = range(3)  # what a neuron keeps for the connections onto it from either population
GROW_PRE, FADE_PRE, GROW_POST, FADE_POST = range(4)  # exp(+-time since the last sweep / tau)
_OK, _SILENT, _EXPLODED = int(Outcome.OK), int(Outcome.SILENT), int(Outcome.EXPLODED)


class Checker(NamedTuple):
    """The running rate of excitatory neurons, r <- r decay + spikes jump, and where it ends a trial, Hz."""

    silent_hz: float
    exploded_hz: float
    start_hz: float
    decay: float
    jump: float


class Course(NamedTuple):
    """Steps: delay of a spike; begin of plasticity and of scoring, end; length of a bin, and from where spikes are
    kept."""

    delay: int
    learning: int
    scoring: int
    end: int
    bin: int
    keep: int


class Ending(NamedTuple):
    """How a trial ended: outcome, the steps it had, and the means of r + 2 Hz and of 1 / (r + 2 Hz) while scored."""

    outcome: int
    steps: int
    mean: float
    inverse: float


@njit(nogil=True, cache=True, inline="always")
def _held(w, zero, limit):
    return max(zero, min(w, limit))


@njit(nogil=True, cache=True)
def _transmit(g, target, begin, end, weight):
    """A row whose synapses all have one weight."""
    row = target[begin:end]
    for s in range(row.size):
        g[row[s]] += weight


@njit(nogil=True, cache=True)
def _arrive(P, target, begin, end, g, post, change, bounds):
    """A presynaptic spike at a row; `change` holds alpha, kappa faded, gamma X before and after it."""
    zero, limit = bounds[0], bounds[1]
    alpha, kappa, before, after = change[0], change[1], change[2], change[3]
    row, p = target[begin:end], P[begin:end]  # from zero on: no index can be negative
    for s in range(row.size):
        i = row[s]
        b, z = post[i, B], post[i, Z]
        w = _held(p[s] + (b + before * z), zero, limit)
        g[i] += w
        w = _held(w + (alpha + kappa * post[i, X_POST]), zero, limit)
        p[s] = w - (b + after * z)


@njit(nogil=True, cache=True)
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


@njit(nogil=True, cache=True)
def _arrive_replaying(P, target, begin, end, g, post, change, bounds, last, beta, fades, steps, kept):
    """As `_arrive`, where changes of a gap may go both ways."""
    zero, limit = bounds[0], bounds[1]
    alpha, kappa, before, after = change[0], change[1], change[2], change[3]
    for s in range(begin, end):
        i = target[s]
        b, z = post[i, B], post[i, Z]
        w = _weight(P[s], i, b, z, last, before, beta, fades, steps, kept, bounds)
        g[i] += w
        w = _held(w + (alpha + kappa * post[i, X_POST]), zero, limit)
        P[s] = w - (b + after * z)


@njit(nogil=True, cache=True)
def _sweep(P, rows, kind, pre, last, post, numbers, bounds, replays, fades, steps, kept):
    """Every weight of a connection as it is now; `numbers` holds beta, gamma and the fade of X."""
    first, target = rows
    beta, gamma, fade = numbers[0], numbers[1], numbers[2]
    zero, limit = bounds[0], bounds[1]
    for j in range(pre.size):
        before = gamma * pre[j]
        begin, end = first[2 * j + kind], first[2 * j + kind + 1]
        row, p = target[begin:end], P[begin:end]
        for s in range(row.size):
            i = row[s]
            b, z = post[i, B], post[i, Z]
            if replays:
                p[s] = _weight(p[s], i, b, z, last[j], before, beta, fades, steps, kept, bounds)
            else:
                p[s] = _held(p[s] + (b + before * z), zero, limit)
        pre[j] *= fade


@njit(nogil=True, cache=True)
def _mean(P, first, kind, neurons):
    """Of the weights of a connection."""
    total, count = 0.0, 0
    for j in range(neurons):
        begin, end = first[2 * j + kind], first[2 * j + kind + 1]
        for s in range(begin, end):
            total += P[s]
        count += end - begin
    return total / max(count, 1)


@njit(nogil=True, cache=True)
def _begin_anew(post, kept, start, stop):
    for i in range(start, stop):
        post[i, B] = 0.0
        post[i, Z] = 0.0
        kept[i] = 0


@njit(nogil=True, cache=True)
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


@njit(nogil=True, cache=True)
def _larger(array):
    """A copy with room for twice as many."""
    copy = np.empty(2 * array.size, array.dtype)
    copy[: array.size] = array
    return copy


@njit(nogil=True, cache=True)
def simulate_pairs(
    membrane, state, neurons, inhibitory_from, inputs, spikes, recurrent, weights, rules, plastic, bounds, course,
    checker, P, binned, tally, scored_from,
):  # fmt: skip
    """One candidate on one dataset: how it ended, and (steps, neurons) of the spikes that are kept.

    state [5, numbers] as in `membranes`; neurons [numbers / 16]: bits of those that are there; weights [5]: of inputs,
    and the initial ones of EE, EI, IE, II; rules [4, 6] and plastic [4] for these; bounds (0, limit). It writes the
    final weights of plastic connections into P, spikes of E and I in each bin into `binned`, and of each neuron while
    scored the last spike, the number of intervals, their sum and sum of squares into tally [4, numbers]; and the mean
    weights of plastic connections as scoring begins into scored_from [4].
    """
    size = state.shape[1]
    g_excitatory, g_inhibitory = state[AMPA], state[GABA]
    in_first, in_target = inputs
    spike_first, source = spikes
    first, target = recurrent
    slots = course.delay + 1
    ring = np.empty((slots, size), np.uint16)
    counts = np.zeros(slots, np.int64)
    post = np.zeros((2, size, 4), P.dtype)
    pre = np.zeros((4, size), P.dtype)
    last = np.full(size, -1, np.int64)
    replays = np.zeros(4, np.bool_)
    periods = np.zeros(4)
    for c in range(4):
        replays[c] = plastic[c] and rules[c, BETA] * rules[c, GAMMA] < 0
        periods[c] = SWEEP * rules[c, 0] if rules[c, GAMMA] != 0 else 1e5
    history = HISTORY if replays.any() else 1
    fades = np.zeros((2, size, history), P.dtype)
    steps = np.zeros((2, size, history), np.int32)
    kept = np.zeros((2, size), np.int32)
    rates = np.zeros((4, 4))  # per step, of `factors`
    for c in range(4):
        reads = rules[c, GAMMA] != 0  # without gamma nothing reads x_pre, and its scale need not grow
        rates[c, GROW_PRE] = np.exp(1 / rules[c, 0]) if reads else 1.0
        rates[c, FADE_PRE] = np.exp(-1 / rules[c, 0]) if reads else 1.0
        rates[c, GROW_POST], rates[c, FADE_POST] = np.exp(1 / rules[c, 1]), np.exp(-1 / rules[c, 1])
    factors = np.ones((4, 4))
    swept = np.zeros(4, np.int64)
    due = np.zeros(4, np.bool_)
    used = np.zeros((4, 6), P.dtype)  # the rules, from the step on from which they act
    now = np.zeros(4, P.dtype)
    static = weights.astype(P.dtype)
    for c in range(4):
        if plastic[c]:
            for j in range(size):
                row = 2 * j + c % 2
                if (j >= inhibitory_from) == (c >= 2):
                    P[first[row] : first[row + 1]] = static[1 + c]
    times, who = np.empty(1024, np.int32), np.empty(1024, np.uint16)
    many = 0
    r, mean, inverse = checker.start_hz, 0.0, 0.0
    outcome, step = _OK, 0
    while step < course.end:
        for c in range(4):
            if not plastic[c]:
                continue
            begins = step == course.learning
            if due[c] or begins or step == course.scoring or step - swept[c] >= periods[c]:
                s, kind = c // 2, c % 2
                now[0], now[1], now[2] = used[c, BETA], used[c, GAMMA], factors[c, FADE_PRE]
                start, stop = (inhibitory_from, size) if s else (0, inhibitory_from)
                rows = (first[2 * start :], target)
                replay = replays[c] and step > course.learning
                _sweep(
                    P,
                    rows,
                    kind,
                    pre[c, start:stop],
                    last[start:stop],
                    post[s],
                    now,
                    bounds,
                    replay,
                    fades[s],
                    steps[s],
                    kept[s],
                )
                low, high = (inhibitory_from, size) if kind else (0, inhibitory_from)
                _begin_anew(post[s], kept[s], low, high)
                factors[c, GROW_PRE] = factors[c, FADE_PRE] = 1.0
                swept[c], due[c] = step, False
                if step == course.scoring:
                    scored_from[c] = _mean(P, rows[0], kind, stop - start)
                if begins:
                    used[c] = rules[c]
            if factors[c, GROW_POST] > SCALE_LARGEST:
                low, high = (inhibitory_from, size) if c % 2 else (0, inhibitory_from)
                now[0] = factors[c, FADE_POST]
                for i in range(low, high):
                    post[c // 2, i, X_POST] *= now[0]
                factors[c, GROW_POST] = factors[c, FADE_POST] = 1.0
        slot = step % slots
        emitted = ring[slot]
        if membrane.jumps:
            n = step_jumping(membrane, state, neurons, emitted)
        else:
            n = step_refractory(membrane, state, neurons, emitted)
        counts[slot] = n
        for m in range(spike_first[step], spike_first[step + 1]):
            _transmit(g_excitatory, in_target, in_first[source[m]], in_first[source[m] + 1], static[0])
        arrivals = counts[(step + 1) % slots] if step >= course.delay else 0
        arriving = ring[(step + 1) % slots]
        for a in range(arrivals):
            j = int(arriving[a])
            s = 1 if j >= inhibitory_from else 0
            g = g_inhibitory if s else g_excitatory
            for kind in range(2):
                c, row = 2 * s + kind, 2 * j + kind
                if not plastic[c]:
                    _transmit(g, target, first[row], first[row + 1], static[1 + c])
                    continue
                x = pre[c, j]
                now[0] = factors[c, GROW_PRE]
                pre[c, j] = x + now[0]
                now[0], now[1] = used[c, ALPHA], used[c, KAPPA] * factors[c, FADE_POST]
                now[2], now[3] = used[c, GAMMA] * x, used[c, GAMMA] * pre[c, j]
                if replays[c]:
                    _arrive_replaying(
                        P,
                        target,
                        first[row],
                        first[row + 1],
                        g,
                        post[s],
                        now,
                        bounds,
                        last[j],
                        used[c, BETA],
                        fades[s],
                        steps[s],
                        kept[s],
                    )
                else:
                    _arrive(P, target, first[row], first[row + 1], g, post[s], now, bounds)
            last[j] = step
        excitatory = 0
        for k in range(n):
            i = int(emitted[k])
            kind = 1 if i >= inhibitory_from else 0
            excitatory += 1 - kind
            for s in range(2):
                c = 2 * s + kind
                if plastic[c]:
                    post[s, i, B] += used[c, BETA]
                    post[s, i, Z] += factors[c, FADE_PRE]
                    post[s, i, X_POST] += factors[c, GROW_POST]
                    if replays[c]:
                        fades[s, i, kept[s, i]] = factors[c, FADE_PRE]
                        steps[s, i, kept[s, i]] = step
                        kept[s, i] += 1
                        due[c] = due[c] or kept[s, i] == history
            if step >= course.scoring:
                if tally[0, i] >= 0:
                    interval = step - tally[0, i]
                    tally[1, i] += 1
                    tally[2, i] += interval
                    tally[3, i] += interval * interval
                tally[0, i] = step
            if step >= course.keep:
                if many == times.size:
                    times, who = _larger(times), _larger(who)
                times[many], who[many] = step, i
                many += 1
        binned[step // course.bin, 0] += excitatory
        binned[step // course.bin, 1] += n - excitatory
        if step >= course.learning:
            for a in range(arrivals):
                j = int(arriving[a])
                s = 1 if j >= inhibitory_from else 0
                for k in range(n):
                    i = int(emitted[k])
                    kind = 1 if i >= inhibitory_from else 0
                    c, row = 2 * s + kind, 2 * j + kind
                    if plastic[c]:
                        now[0], now[1] = used[c, BETA], used[c, GAMMA]
                        now[2], now[3] = factors[c, GROW_PRE], factors[c, FADE_PRE]
                        _tie(P, target, first[row], first[row + 1], i, post[s], pre[c, j], now, bounds)
        for c in range(4):
            for k in range(4):
                factors[c, k] *= rates[c, k]
        if step % LOOK == 0:
            forget_tiny(state)
        step += 1
        r = r * checker.decay + excitatory * checker.jump
        if r <= checker.silent_hz:
            outcome = _SILENT
            break
        if r >= checker.exploded_hz:
            outcome = _EXPLODED
            break
        if step > course.scoring:
            mean += r + OFFSET_HZ
            inverse += 1 / (r + OFFSET_HZ)
    for c in range(4):
        if plastic[c]:
            s, kind = c // 2, c % 2
            now[0], now[1], now[2] = used[c, BETA], used[c, GAMMA], factors[c, FADE_PRE]
            start, stop = (inhibitory_from, size) if s else (0, inhibitory_from)
            replay = replays[c] and step > course.learning
            _sweep(
                P,
                (first[2 * start :], target),
                kind,
                pre[c, start:stop],
                last[start:stop],
                post[s],
                now,
                bounds,
                replay,
                fades[s],
                steps[s],
                kept[s],
            )
    scored = max(1, step - course.scoring)
    return Ending(outcome, step, mean / scored, inverse / scored), times[:many].copy(), who[:many].copy()
