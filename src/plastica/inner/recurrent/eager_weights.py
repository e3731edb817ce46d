"""Weights that are touched at every spike of either side, where rules are any formulas.

An arrival runs through its row, a postsynaptic spike through its column: what the formula reads is gathered into rows,
one word of all synapses in each, computed sixteen synapses at a time, and written back. The first row is the weight,
then come the traces of the presynaptic neuron, those of the postsynaptic one, and its quantities: the order in which
formulas have them. Weights of a column lie scattered: the fewer instructions between two, the more are fetched at once.

A trace stands as X with x = X exp(-t / tau), t the time since its scale was 1, so that none has to decay step by step.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from plastica.inner.compiled_formula import apply, is_unchanged
from plastica.inner.lanes import LANES, load_rows, maximum, splat, store, where
from plastica.inner.recurrent.body import Wiring
from plastica.inner.recurrent.lent import lent
from plastica.inner.recurrent.pace import per_step
from plastica.inner.recurrent.wiring import Columns
from plastica.rules.base import Floats

SCALE_LARGEST = 1e6  # where the scale of a trace goes back to 1
TINY = 1e-20  # where a trace becomes zero then


class FormulaSynapses(NamedTuple):
    """What a network keeps of its synapses between two spans: weights, and traces of EE, EI, IE, II."""

    P: NDArray[np.floating]  # [synapses]
    pre: NDArray[np.floating]  # [4, traces, numbers]
    post: NDArray[np.floating]  # [4, traces, numbers]


class Scales(NamedTuple):
    """exp(+-t / tau) of the traces [4, traces] of either side, and by what they grow and fade in a step."""

    grow: NDArray[np.float64]
    fade: NDArray[np.float64]
    grows: NDArray[np.float64]
    fades: NDArray[np.float64]


class Rules(NamedTuple):
    """Of EE, EI, IE, II: which are plastic, how many traces of either side each has, and where its parameters begin in
    theta [parameters, 16], the same number in all sixteen; the rows of the state that quantities are, and their
    factors; bounds (0, limit)."""

    plastic: NDArray[np.bool_]
    pre: NDArray[np.int64]
    post: NDArray[np.int64]
    begin: NDArray[np.int64]
    theta: NDArray[np.floating]
    rows: NDArray[np.int64]
    factors: NDArray[np.float64]
    bounds: NDArray[np.floating]


class Learning(NamedTuple):
    """All that a spike needs: synapses, the scales of traces of either side, the state of neurons, who is connected
    with whom, the rules, and room for what is gathered [width, synapses]."""

    synapses: FormulaSynapses
    before: Scales
    after: Scales
    state: NDArray[np.floating]
    wiring: Wiring
    columns: Columns
    rules: Rules
    gathered: NDArray[np.floating]


def learning(
    synapses: FormulaSynapses,
    state: NDArray[np.floating],
    wiring: Wiring,
    columns: Columns,
    rules: Rules,
    tau_pre: Floats,
    tau_post: Floats,
) -> Learning:
    """As a span begins; time constants [4, traces] in steps."""
    longest = max(wiring.inhibitory_from, state.shape[1] - wiring.inhibitory_from)
    width = 1 + (rules.pre + rules.post).max() + rules.rows.size
    gathered = np.zeros((width, -(-longest // LANES) * LANES), rules.bounds.dtype)
    before, after = (Scales(np.ones(tau.shape), np.ones(tau.shape), *per_step(tau)) for tau in (tau_pre, tau_post))
    return Learning(synapses, before, after, state, wiring, columns, rules, gathered)


@lent
def take_arrival(j, learn):
    """The traces of a neuron that is presynaptic take its spike."""
    s = 2 if j >= learn.wiring.inhibitory_from else 0
    for c in range(s, s + 2):
        for k in range(learn.rules.pre[c]):
            learn.synapses.pre[c, k, j] += learn.before.grow[c, k]


@lent
def take_spike(i, learn):
    """The same where it is postsynaptic."""
    for c in range(1 if i >= learn.wiring.inhibitory_from else 0, 4, 2):
        for k in range(learn.rules.post[c]):
            learn.synapses.post[c, k, i] += learn.after.grow[c, k]


@lent
def pass_time(learn):
    """A step: the scales of all traces grow, and go back to 1 in time."""
    for c in range(4):
        _pass(learn.synapses.pre, learn.before, _population(c // 2, learn), c, learn.rules.pre[c])
        _pass(learn.synapses.post, learn.after, _population(c % 2, learn), c, learn.rules.post[c])


@lent
def unscale(learn):
    """Bring all traces back to scale 1."""
    for c in range(4):
        for k in range(learn.rules.pre[c]):
            _unscale(learn.synapses.pre, learn.before, _population(c // 2, learn), c, k)
        for k in range(learn.rules.post[c]):
            _unscale(learn.synapses.post, learn.after, _population(c % 2, learn), c, k)


@lent
def _pass(traces, scale, population, c, count):
    for k in range(count):
        scale.grow[c, k] *= scale.grows[c, k]
        scale.fade[c, k] *= scale.fades[c, k]
        if scale.grow[c, k] > SCALE_LARGEST:
            _unscale(traces, scale, population, c, k)


@lent
def _unscale(traces, scale, population, c, k):
    for i in range(population[0], population[1]):
        x = traces[c, k, i] * scale.fade[c, k]
        traces[c, k, i] = x if x > TINY else 0.0
    scale.grow[c, k] = scale.fade[c, k] = 1.0


@lent
def _population(which, learn):
    """The numbers of E (0) or I (1)."""
    middle = learn.wiring.inhibitory_from
    return (middle, learn.state.shape[1]) if which else (0, middle)


@lent
def _compute(formula, template, gathered, count, theta, begin, bounds):
    """The new weights of `count` gathered synapses, in the place of the old ones."""
    zero = splat(bounds[0], gathered)
    limit = splat(bounds[1], zero)
    groups = gathered.shape[1] // LANES
    for group in range((count + LANES - 1) // LANES):
        new = apply(formula, load_rows(gathered, group, groups, template), theta, begin)
        store(gathered, group, where(new < limit, maximum(new, zero), limit))  # also where it is no number


@lent
def arrive(formula, template, c, j, g, learn):
    """A presynaptic spike at the synapses of one connection: each transmits the weight it has, and changes."""
    rules, synapses, gathered, row = learn.rules, learn.synapses, learn.gathered, 2 * j + c % 2
    begin, end = learn.wiring.first[row], learn.wiring.first[row + 1]
    P, target, count = synapses.P[begin:end], learn.wiring.target[begin:end], end - begin
    for s in range(count):
        g[target[s]] += P[s]
    if is_unchanged(formula):
        return
    at, weights = 1, gathered[0]
    for s in range(count):
        weights[s] = P[s]
    for k in range(rules.pre[c]):
        _fill(gathered, at, count, synapses.pre[c, k, j] * learn.before.fade[c, k])
        at += 1
    for k in range(rules.post[c]):
        _gather(gathered, at, synapses.post[c, k], target, P.dtype.type(learn.after.fade[c, k]))
        at += 1
    for k in range(rules.rows.size):
        _gather(gathered, at, learn.state[rules.rows[k]], target, P.dtype.type(rules.factors[k]))
        at += 1
    _compute(formula, template, gathered, count, rules.theta, rules.begin[c], rules.bounds)
    for s in range(count):
        P[s] = weights[s]


@lent
def leave(formula, template, c, i, learn):
    """A postsynaptic spike, for the synapses of one connection onto its neuron."""
    if is_unchanged(formula):
        return
    rules, synapses, gathered, column = learn.rules, learn.synapses, learn.gathered, 2 * i + c // 2
    begin, end = learn.columns.first[column], learn.columns.first[column + 1]
    place, source, count = learn.columns.place[begin:end], learn.columns.source[begin:end], end - begin
    at, weights, P = 1, gathered[0], synapses.P
    for s in range(count):
        weights[s] = P[place[s]]
    for k in range(rules.pre[c]):
        _gather(gathered, at, synapses.pre[c, k], source, P.dtype.type(learn.before.fade[c, k]))
        at += 1
    for k in range(rules.post[c]):
        _fill(gathered, at, count, synapses.post[c, k, i] * learn.after.fade[c, k])
        at += 1
    for k in range(rules.rows.size):
        _fill(gathered, at, count, learn.state[rules.rows[k], i] * rules.factors[k])
        at += 1
    _compute(formula, template, gathered, count, rules.theta, rules.begin[c], rules.bounds)
    for s in range(count):
        P[place[s]] = weights[s]


@lent
def _gather(gathered, at, values, index, factor):
    """What the synapses read of neurons of their own."""
    words = gathered[at]
    for s in range(index.size):
        words[s] = values[index[s]] * factor


@lent
def _fill(gathered, at, count, value):
    """What all of them read of one neuron."""
    words = gathered[at]
    for s in range(count):
        words[s] = value
