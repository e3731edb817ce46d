"""The spiking neuron of section 3.3 as a loop in numpy, with a rule of any formulas and any number of traces."""

from string import Template
from typing import Any

from plastica.exports.networks import vogels_input
from plastica.exports.networks.loop import Arrays, Loop, Trial
from plastica.exports.python_text import TAKEN
from plastica.exports.source import Source
from plastica.exports.written import renamed
from plastica.inner.neuron.kernels import WEIGHT_LARGEST
from plastica.inner.neuron.network import PLASTIC

TEXT = Template('''\
$input

TAU_M, REFRACTORY = $tau_m, $refractory  # membrane time constant, ms; refractory steps
V_REST, V_THRESHOLD, V_RESET = $v_rest, $v_threshold, $v_reset  # mV
E_E, E_I = $e_excitatory, $e_inhibitory  # reversal potentials, mV
JUMP_E, JUMP_I = $jump_e, $jump_i  # conductance of a spike at weight 1, in units of the leak
FADE_E, FADE_I = np.exp(-DT / $tau_e), np.exp(-DT / $tau_i)  # of the conductances in a step
W_MAX = $w_max  # weights are held within [0, W_MAX]
$fades


def simulate(steps, afferents, excitatory, w):
    """Steps at which the neuron spikes, and the trained weights [INHIBITORY].

    In a step: the membrane (forward Euler), conductances, a spike of the neuron, and then those of its afferents, which
    transmit the weight that they have and change it afterwards.
    """
    w, spikes = w.copy(), []
    V, g_e, g_i, ready = V_REST, 0.0, 0.0, 0
$traces
    first = np.searchsorted(steps, np.arange(STEPS + 1))
    inhibitory = afferents >= EXCITATORY
    for step in range(STEPS):
        if step >= ready:
            left = max(0.0, 1 - DT / TAU_M * (1 + g_e + g_i))  # no step goes beyond the steady state
            V = E_I + left * (V - E_I) + DT / TAU_M * (V_REST - E_I + g_e * (E_E - E_I))
        g_e, g_i = g_e * FADE_E, g_i * FADE_I
        if V >= V_THRESHOLD:
            spikes.append(step)
            V, ready = V_RESET, step + REFRACTORY
            w[:] = np.clip(on_post($at_post), 0, W_MAX)
$count_post
        now = slice(first[step], first[step + 1])
        if now.start < now.stop:
            arrived = afferents[now]
            g_e += JUMP_E * excitatory[arrived[~inhibitory[now]]].sum()
            k = arrived[inhibitory[now]] - EXCITATORY
            g_i += JUMP_I * w[k].sum()
            w[k] = np.clip(on_pre($at_pre), 0, W_MAX)
$count_pre
$fade
    return np.array(spikes, int), w


$main''')
OWN = ("w", "k", "V", "g_e", "g_i", "ready", "step", "steps", "first", "now", "left", "spikes", "arrived", "excitatory",
       "inhibitory", "afferents", "on_pre", "on_post", "np", "slice", "max", "range", "rng")  # fmt: skip


def text(source: Source) -> str:
    network = source.network
    limit = network.weight_max or WEIGHT_LARGEST
    return TEXT.substitute(
        input=vogels_input.text(source),
        tau_m=network.tau_m_ms,
        refractory=round(network.refractory_ms / network.dt_ms),
        v_rest=network.v_rest_mv,
        v_threshold=network.v_threshold_mv,
        v_reset=network.v_reset_mv,
        e_excitatory=network.e_excitatory_mv,
        e_inhibitory=network.e_inhibitory_mv,
        jump_e=network.g_excitatory_ns / network.g_leak_ns,
        jump_i=network.g_inhibitory_ns / network.g_leak_ns,
        tau_e=network.tau_excitatory_ms,
        tau_i=network.tau_inhibitory_ms,
        w_max=limit,
        main=vogels_input.main(source),
        **_traces(source),
    )


def _traces(source: Source) -> dict[str, str]:
    """The lines of each trace: where it begins, is read, is counted and fades."""
    rule, numbers = source.rules[PLASTIC], source.numbers(PLASTIC)
    names = renamed([trace.name for trace in rule.traces], (*TAKEN, *OWN))
    pre, post = ([names[t.name] for t in rule.traces if t.side == side] for side in ("pre", "post"))
    every = list(names.values())
    fades = [f"FADE_{names[t.name].upper()} = np.exp(-DT / {t.tau_ms(numbers)!r})  # tau, ms" for t in rule.traces]
    return {
        "fades": "\n".join(fades),
        "traces": "\n".join(f"    {x} = {'np.zeros(INHIBITORY)' if x in pre else '0.0'}" for x in every),
        "at_post": ", ".join(["w", *every]),
        "at_pre": ", ".join(["w[k]", *(f"{x}[k]" if x in pre else x for x in every)]),
        "count_post": "\n".join(f"            {x} += 1" for x in post),
        "count_pre": "\n".join(f"            {x}[k] += 1" for x in pre),
        "fade": "\n".join(f"        {x} *= FADE_{x.upper()}" for x in every),
    }


def given(source: Source) -> Arrays:
    """The input of the first held-out dataset, and the weights that it begins with."""
    data: Any = source.task.data
    network, key, dataset = source.network, source.key, source.dataset
    trains = data.spike_trains(dataset.steps, network.dt_ms, key.generator(0))
    return {
        "steps": trains.step.astype(int),
        "afferents": trains.afferent.astype(int),
        "excitatory": network.excitatory_weights(data, key.generator(1)),
        "w": dataset.initial_weights,
    }


def ends(source: Source) -> tuple[Arrays, Arrays]:
    """Spikes and final weights of the first held-out dataset, in double precision and in single."""
    network, rules, dataset = source.network, source.rules, source.dataset
    thetas = {PLASTIC: source.theta[PLASTIC][None]}
    double, single = (
        {
            "spikes": network.spike_trains(rules, thetas, dataset, double=precise)[0],
            "w": network.simulate_dataset(rules, thetas, dataset, double=precise).weights[0],
        }
        for precise in (True, False)
    )
    return double, single


def trial(source: Source) -> Trial:
    """The first held-out dataset, by the kernels in double precision and in single."""
    return Trial(given(source), "spikes, w = simulate(steps, afferents, excitatory, w)", *ends(source))


SPIKING_NEURON = Loop(text, trial)
