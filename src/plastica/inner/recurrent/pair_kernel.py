"""The kernel of recurrent networks for spike-pair rules, which touches weights at presynaptic spikes only.

**A step**, in this order. All neurons advance and spike (`membranes`). Inputs arrive. Spikes that were emitted `delay`
steps ago arrive: a synapse transmits the weight it has, then changes by alpha + kappa x_post. The spikes of this very
step change the synapses onto their neurons by beta + gamma x_pre. After each change a weight is held within [0, limit].
Then the traces take the spikes of the step and decay, so that no change sees a spike of its own step.
"""

from plastica.inner.recurrent.body import (
    OK,
    checked,
    keep_spikes,
    note_spikes,
    receive_inputs,
    transmit,
)
from plastica.inner.recurrent.lazy_weights import (
    GROW_POST,
    SCALE_LARGEST,
    arrive,
    leave,
    rescale,
    sweep,
    tie,
)
from plastica.inner.recurrent.lent import lent
from plastica.inner.recurrent.membranes import advance
from plastica.inner.recurrent.membranes.rows import AMPA, GABA, LOOK, forget_tiny


@lent
def simulate_pairs(membrane, body, wiring, course, checker, record, synapses, gap, step, times, who, many):
    """One candidate on a span of steps, from one of them to its end, or as long as there is room for the spikes that
    are kept: how the trial ended there, if it did, the step behind the last, and of how many spikes are step and neuron
    in `times` and `who` now.

    `gap` is of `gaps` for this span. `body` and `synapses` are the state, which it takes on; `record` is added to.
    """
    state, emitted_in, counts, plastic = body.state, body.emitted, body.counts, gap.plastic
    g_excitatory, g_inhibitory, slots, inhibitory_from = state[AMPA], state[GABA], counts.size, wiring.inhibitory_from
    first, target = wiring.first, wiring.target
    tick, r, outcome = body.clock[0], body.rate[0], OK
    while step < course.last and outcome == OK and times.size - many >= state.shape[1]:
        for c in range(4):
            if plastic[c]:
                if gap.due[c] or step - gap.swept[c] >= gap.periods[c]:
                    sweep(c, synapses, gap, wiring, step)
                if gap.factors[c, GROW_POST] > SCALE_LARGEST:
                    rescale(c, synapses, gap, wiring)
        emitted = emitted_in[tick % slots]
        n = advance(membrane, state, wiring.neurons, emitted)
        counts[tick % slots] = n
        receive_inputs(g_excitatory, wiring, step, wiring.weights[0])
        arrivals, arriving = counts[(tick + 1) % slots], emitted_in[(tick + 1) % slots]
        for a in range(arrivals):
            j = int(arriving[a])
            s = 1 if j >= inhibitory_from else 0
            g = g_inhibitory if s else g_excitatory
            for c in range(2 * s, 2 * s + 2):
                if plastic[c]:
                    arrive(c, j, g, synapses, gap, wiring)
                else:
                    row = 2 * j + c % 2
                    transmit(g, target, first[row], first[row + 1], wiring.weights[1 + c])
            gap.last[j] = step
        for k in range(n):
            i = int(emitted[k])
            kind = 1 if i >= inhibitory_from else 0
            for c in range(kind, 4, 2):
                if plastic[c]:
                    leave(c, i, step, synapses, gap)
        if course.plastic:
            for a in range(arrivals):
                j = int(arriving[a])
                s = 1 if j >= inhibitory_from else 0
                for k in range(n):
                    i = int(emitted[k])
                    c = 2 * s + (1 if i >= inhibitory_from else 0)
                    if plastic[c]:
                        tie(c, j, i, synapses, gap, wiring)
        excitatory = note_spikes(emitted, n, inhibitory_from, step, course, record)
        if step >= course.keep:
            many = keep_spikes(emitted, n, step, many, times, who)
        for c in range(4):
            for k in range(4):
                gap.factors[c, k] *= gap.rates[c, k]
        if tick % LOOK == 0:
            forget_tiny(state)
        r, outcome = checked(r, excitatory, step, course, checker, record)
        tick += 1
        step += 1
    body.clock[0], body.rate[0] = tick, r
    if step == course.last or outcome != OK:
        for c in range(4):
            if plastic[c]:
                sweep(c, synapses, gap, wiring, step)
                rescale(c, synapses, gap, wiring)
    return outcome, step, many
