"""Weights that are touched at every spike of either side, where rules are any formulas.

An arrival runs through its row, a postsynaptic spike through its column, sixteen synapses at a time: what the formula
reads of the neuron that spikes is the same for all, what it reads of those at the other ends is gathered. First comes
the weight, then the traces of the presynaptic neuron, those of the postsynaptic one, and its quantities: the order in
which formulas have them. The synapses that are left at the end of a row or column are lanes of their own.

A trace stands as X with x = X exp(-t / tau), t the time since its scale was 1, so that none has to decay step by step.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from plastica.inner.compiled_formula import apply, is_unchanged
from plastica.inner.lanes import LANES, load, load_rows, maximum, products, splat, store, where
from plastica.inner.recurrent.body import Wiring, transmit_own
from plastica.inner.recurrent.lent import inlined, lent
from plastica.inner.recurrent.pace import per_step
from plastica.inner.recurrent.wiring import Columns
from plastica.inner.scattered import add_at, gather, gather_rows, scatter
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
    with whom, the rules, and room."""

    synapses: FormulaSynapses
    before: Scales
    after: Scales
    state: NDArray[np.floating]
    wiring: Wiring
    columns: Columns
    rules: Rules
    shared: NDArray[np.floating]  # [words, 16] what all synapses of a row or column read
    factors: NDArray[np.floating]  # [words, 16] of what each reads of a neuron of its own
    left: NDArray[np.floating]  # [16] weights at the end of a row
    places: NDArray[np.uint32]  # [16] where those at the end of a column are
    ends: NDArray[np.uint16]  # [16] the neurons that either join with


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
    shared, factors = np.zeros((2, (rules.pre + rules.post).max() + rules.factors.size, LANES), rules.bounds.dtype)
    before, after = (Scales(np.ones(tau.shape), np.ones(tau.shape), *per_step(tau)) for tau in (tau_pre, tau_post))
    return Learning(
        synapses, before, after, state, wiring, columns, rules, shared, factors,
        np.zeros(LANES, shared.dtype), np.zeros(LANES, np.uint32), np.zeros(LANES, np.uint16),
    )  # fmt: skip


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


@inlined
def _changed(formula, words, learn, c):
    """The new weights of sixteen synapses."""
    zero = splat(learn.rules.bounds[0], words[0])
    limit = splat(learn.rules.bounds[1], words[0])
    new = apply(formula, words, learn.rules.theta, learn.rules.begin[c])
    return where(new < limit, maximum(new, zero), limit)  # also where it is no number


@lent
def arrive(formula, template, c, j, g, learn):
    """A presynaptic spike at the synapses of one connection: each transmits the weight it has, and changes. `template`
    holds the numbers of the traces of either side, and rules.rows."""
    rules, synapses, row = learn.rules, learn.synapses, 2 * j + c % 2
    begin, end = learn.wiring.first[row], learn.wiring.first[row + 1]
    P, target = synapses.P[begin:end], learn.wiring.target[begin:end]
    if is_unchanged(formula):
        transmit_own(g, target, P)
        return
    for k in range(rules.pre[c]):
        _put(learn.shared, k, synapses.pre[c, k, j] * learn.before.fade[c, k])
    for k in range(rules.post[c]):
        _put(learn.factors, k, learn.after.fade[c, k])
    for k in range(rules.factors.size):
        _put(learn.factors, rules.post[c] + k, rules.factors[k])
    before = load_rows(learn.shared, 0, 1, template[0])
    factors = load_rows(learn.factors, 0, 1, template[1] + template[2])
    p, others, groups = P, target, P.size // LANES
    first = LANES * groups
    _set_aside_of_row(P[first:], target[first:], learn)
    for _ in range(2):  # whole lanes, then what is left; one loop, so that the formula is compiled once
        for group in range(groups):
            w = load(p, group)
            add_at(g, others, group, w)
            traces = gather_rows(synapses.post[c], template[1], others, group)
            quantities = gather_rows(learn.state, template[2], others, group)
            words = (w,) + before + products(traces + quantities, factors)  # noqa: RUF005
            store(p, group, _changed(formula, words, learn, c))
        p, others, groups = learn.left, learn.ends, min(P.size - first, 1)
    for s in range(first, P.size):
        P[s] = learn.left[s - first]


@lent
def leave(formula, template, c, i, learn):
    """A postsynaptic spike, for the synapses of one connection onto its neuron."""
    if is_unchanged(formula):
        return
    rules, synapses, column = learn.rules, learn.synapses, 2 * i + c // 2
    begin, end = learn.columns.first[column], learn.columns.first[column + 1]
    place, source = learn.columns.place[begin:end], learn.columns.source[begin:end]
    for k in range(rules.pre[c]):
        _put(learn.factors, k, learn.before.fade[c, k])
    for k in range(rules.post[c]):
        _put(learn.shared, k, synapses.post[c, k, i] * learn.after.fade[c, k])
    for k in range(rules.factors.size):
        _put(learn.shared, rules.post[c] + k, learn.state[rules.rows[k], i] * rules.factors[k])
    factors = load_rows(learn.factors, 0, 1, template[0])
    after = load_rows(learn.shared, 0, 1, template[1] + template[2])
    seats, others, groups = place, source, place.size // LANES
    first = LANES * groups
    _set_aside_of_column(place[first:], source[first:], learn)
    for _ in range(2):  # as above
        for group in range(groups):
            traces = products(gather_rows(synapses.pre[c], template[0], others, group), factors)
            words = (gather(synapses.P, seats, group),) + traces + after  # noqa: RUF005
            scatter(synapses.P, seats, group, _changed(formula, words, learn, c))
        seats, others, groups = learn.places, learn.ends, min(place.size - first, 1)


@lent
def _put(words, at, number):
    """What all synapses read, or a factor of what each reads."""
    for lane in range(LANES):
        words[at, lane] = number


@lent
def _set_aside_of_row(P, target, learn):
    """The synapses that are left, as sixteen, of which the others transmit nothing to neuron 0."""
    for lane in range(LANES if P.size else 0):
        there = lane < P.size
        learn.left[lane] = P[lane] if there else 0.0
        learn.ends[lane] = target[lane] if there else 0


@lent
def _set_aside_of_column(place, source, learn):
    """The same, where the others are the last synapse again: what is computed of it twice is the same."""
    for lane in range(LANES if place.size else 0):
        s = min(lane, place.size - 1)
        learn.places[lane], learn.ends[lane] = place[s], source[s]
