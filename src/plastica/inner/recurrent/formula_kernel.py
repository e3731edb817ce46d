"""The kernel of recurrent networks for rules that are any formulas, which touches weights at spikes of either side.

A step is that of `pair_kernel`: an arriving spike transmits the weight it has and then makes it on_pre, a spike of the
step itself makes those onto its neuron on_post, and no trace has a spike of its own step. Quantities of the
postsynaptic neuron are as its membrane left them in this step.
"""

from plastica.inner.formula_cache import kept_by_name
from plastica.inner.recurrent.body import (
    OK,
    checked,
    keep_spikes,
    note_spikes,
    receive_inputs,
    transmit,
    transmit_own,
)
from plastica.inner.recurrent.eager_weights import (
    arrive,
    leave,
    pass_time,
    take_arrival,
    take_spike,
    unscale,
)
from plastica.inner.recurrent.lent import inlined, lent
from plastica.inner.recurrent.membranes import advance
from plastica.inner.recurrent.membranes.rows import AMPA, GABA, LOOK, forget_tiny


@inlined
def _arrive_somewhere(formula, template, c, acts, j, g, learn):
    """An arrival at the synapses of one connection, whether rules act there or not."""
    first, target, row = learn.wiring.first, learn.wiring.target, 2 * j + c % 2
    if not learn.rules.plastic[c]:
        transmit(g, target, first[row], first[row + 1], learn.wiring.weights[1 + c])
    elif acts:
        arrive(formula, template, c, j, g, learn)
    else:
        begin, end = first[row], first[row + 1]
        transmit_own(g, target[begin:end], learn.synapses.P[begin:end])


@inlined
def _arrive_both(formulas, templates, c, acts, j, g, learn):
    """An arrival at the synapses onto E and onto I."""
    _arrive_somewhere(formulas[0], templates[0], c, acts, j, g, learn)
    _arrive_somewhere(formulas[1], templates[1], c + 1, acts, j, g, learn)


@inlined
def _leave_both(formulas, templates, c, i, learn):
    """A postsynaptic spike, for the synapses from E and from I."""
    if learn.rules.plastic[c]:
        leave(formulas[0], templates[0], c, i, learn)
    if learn.rules.plastic[c + 2]:
        leave(formulas[1], templates[1], c + 2, i, learn)


@kept_by_name
@lent
def simulate_formulas(
    membrane,
    body,
    wiring,
    course,
    checker,
    record,
    on_pre,
    on_post,
    templates,
    learn,
    step,
    times,
    who,
    many,
):
    """As `pair_kernel.simulate_pairs`, for the formulas of EE, EI, IE and II, what they read (`eager_weights.arrive`),
    and `learn` of `eager_weights.learning`."""
    state, emitted_in, counts = body.state, body.emitted, body.counts
    slots, inhibitory_from = counts.size, wiring.inhibitory_from
    tick, r, outcome = body.clock[0], body.rate[0], OK
    while step < course.last and outcome == OK and times.size - many >= state.shape[1]:
        emitted = emitted_in[tick % slots]
        n = advance(membrane, state, wiring.neurons, emitted)
        counts[tick % slots] = n
        receive_inputs(state[AMPA], wiring, step, wiring.weights[0])
        arrivals, arriving = counts[(tick + 1) % slots], emitted_in[(tick + 1) % slots]
        for a in range(arrivals):
            j = int(arriving[a])
            if j < inhibitory_from:
                _arrive_both(on_pre[:2], templates[:2], 0, course.plastic, j, state[AMPA], learn)
            else:
                _arrive_both(on_pre[2:], templates[2:], 2, course.plastic, j, state[GABA], learn)
        for k in range(n if course.plastic else 0):
            i = int(emitted[k])
            if i < inhibitory_from:
                _leave_both(on_post[::2], templates[::2], 0, i, learn)
            else:
                _leave_both(on_post[1::2], templates[1::2], 1, i, learn)
        for a in range(arrivals):
            take_arrival(int(arriving[a]), learn)
        for k in range(n):
            take_spike(int(emitted[k]), learn)
        pass_time(learn)
        excitatory = note_spikes(emitted, n, inhibitory_from, step, course, record)
        if step >= course.keep:
            many = keep_spikes(emitted, n, step, many, times, who)
        if tick % LOOK == 0:
            forget_tiny(state)
        r, outcome = checked(r, excitatory, step, course, checker, record)
        tick += 1
        step += 1
    body.clock[0], body.rate[0] = tick, r
    if step == course.last or outcome != OK:
        unscale(learn)
    return outcome, step, many
