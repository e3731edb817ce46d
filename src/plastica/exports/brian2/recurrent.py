"""A recurrent spiking network in Brian2, with rules of any formulas and any number of traces."""

from string import Template

from plastica.exports.brian2.code import allowed, block, code, in_formulas, namespace, where_of
from plastica.exports.networks.loop import Trial
from plastica.exports.networks.recurrent import MAIN, check_neuron, drawing, ends_of, given, shortened
from plastica.exports.source import Source
from plastica.rules.expression import name

REMARK = (
    "Within a time step all neurons advance and spike; inputs arrive; spikes that were emitted a delay ago arrive, by "
    "the weight that a synapse has, which changes then; the spikes of the step change the synapses onto their neurons; "
    "no trace holds a spike of the step."
)
TEXT = Template('''\
import numpy as np
from brian2 import (Network, NeuronGroup, SpikeGeneratorGroup, SpikeMonitor, Synapses,
                    defaultclock, ms$imports)

$where
# The learned rules: what a spike of either side makes of the weight w. They learn where `learns` is 1.

$rules

# The neurons and their input, as in the task.

$drawing

$neuron


def network(ends, input_ends, spikes, V, w):
    """The network, its plastic synapses, which synapses of all each of these has, and its spikes."""
    defaultclock.dt = DT*ms
    neurons = NeuronGroup(NEURONS, equations, threshold="v > -50 + above", reset=reset,
                          $refractory, method="euler", namespace=numbers)
    neurons.v = V
    inputs = SpikeGeneratorGroup(max(1, INPUTS), spikes[1], spikes[0]*DT*ms)
    afferents = Synapses(inputs, neurons, on_pre="g_ampa_post += W_INPUT", namespace={"W_INPUT": W_INPUT})
    monitor = SpikeMonitor(neurons)
    parts, plastic, places = [inputs, neurons, monitor], {}, {}
    if input_ends.shape[1]:
        afferents.connect(i=input_ends[0], j=input_ends[1])
        parts.append(afferents)
    for number, name in enumerate(CONNECTIONS):
        place = np.flatnonzero(connection_of(ends) == number)
        if not place.size:
            continue
        receptor = "g_ampa" if name[0] == "E" else "g_gaba"
        rule = RULES.get(name, {"model": "w : 1", "change": "", "on_post": {}, "trace": "", "namespace": {}})
        on_pre = {"pre": f"{receptor}_post += w\\n{rule['change']}"}
        on_pre |= {"pre_trace": rule["trace"]} if rule["trace"] else {}
        synapses = Synapses(neurons, neurons, rule["model"], on_pre=on_pre, on_post=rule["on_post"],
                            namespace=rule["namespace"])
        synapses.connect(i=ends[0][place], j=ends[1][place])
        synapses.w = w[place]
        for order, pathway in enumerate(("pre", "post", "pre_trace", "post_trace")):  # within a time step
            if hasattr(synapses, pathway):
                getattr(synapses, pathway).order = order
                if pathway.startswith("pre"):
                    getattr(synapses, pathway).delay = DELAY*DT*ms
        parts.append(synapses)
        if name in RULES:
            plastic[name], places[name] = synapses, place
    return Network(*parts), plastic, places, monitor


def simulate(ends, input_ends, spikes, V, w, steps):
    """Steps and neurons [2, spikes] of all spikes, and the final weight of each synapse."""
    simulation, plastic, places, monitor = network(ends, input_ends, spikes, V, w)
    for begin, stop, learns in ((0, LEARNING, 0), (LEARNING, steps, 1)):
        for synapses in plastic.values():
            synapses.learns = learns
        if stop > begin:
            simulation.run((stop - begin)*DT*ms, namespace={})
    w = w.copy()
    for name, place in places.items():
        w[place] = plastic[name].w
    return np.array([np.round(monitor.t/(DT*ms)).astype(int), np.array(monitor.i)]), w


$main''')
NEURONS = {
    "tif": Template('''\
# TIF: forward Euler, a refractory period, and conductances that fade by exactly exp(-dt/tau) in a time step.
equations = """
left = clip(1 - dt/tau_m*(1 + g_ampa + g_gaba), 0, 1) : 1  # no step goes beyond the steady state
dv/dt = (-80 + left*(v + 80) + dt/tau_m*(20 + 80*g_ampa + tonic) - v)/dt : 1 (unless refractory)
dg_ampa/dt = -g_ampa*fade_5 : 1
dg_gaba/dt = -g_gaba*fade_10 : 1
above : 1
"""
reset = "v = -60"
numbers = {
    "tau_m": 20*ms,
    "tonic": $tonic,  # mV
    "fade_5": (1 - np.exp(-DT/5.0)) / (DT*ms),
    "fade_10": (1 - np.exp(-DT/10.0)) / (DT*ms),
}'''),
    "if": Template('''\
# IF: forward Euler, a threshold that jumps, and what fades does so by exactly exp(-dt/tau) in a time step.
equations = """
g = 0.3/1.3*g_ampa + g_nmda/1.3 : 1
left = clip(1 - dt/tau_m*(1 + g + g_gaba), 0, 1) : 1  # no step goes beyond the steady state
dv/dt = (clip(-80 + left*(v + 80) + dt/tau_m*(10 + 80*g + tonic), -80, 0) - v)/dt : 1
dg_ampa/dt = -g_ampa*fade_5 : 1
dg_gaba/dt = -g_gaba*fade_10 : 1
dg_nmda/dt = ((g_nmda + mix*g_ampa)*(1 - mix) - g_nmda)/dt : 1
dabove/dt = -above*fade_5 : 1
"""
reset = "v = -70; above = 100"
numbers = {
    "tau_m": 20*ms,
    "tonic": $tonic,  # mV
    "mix": 1 - np.exp(-DT/100.0),
    "fade_5": (1 - np.exp(-DT/5.0)) / (DT*ms),
    "fade_10": (1 - np.exp(-DT/10.0)) / (DT*ms),
}'''),
}


def text(source: Source) -> str:
    check_neuron(source, "brian2")
    network = source.network
    where, imports = where_of(source)
    steps = round(5.0 / network.dt_ms) + 1  # in which a neuron rests, that of its spike included
    return TEXT.substitute(
        imports=imports,
        where=where,
        rules="\n\n".join([*(_rule(source, c) for c in network.connections), _all_rules(source)]),
        drawing=drawing(source),
        neuron=NEURONS[network.neuron].substitute(tonic=network.tonic_mv),
        refractory=f"refractory={steps}*DT*ms" if network.neuron == "tif" else "refractory=False",
        main=MAIN.substitute(scoring_s=network.scoring_s),
    )


def _rule(source: Source, connection: str) -> str:
    """The synapse model of a connection, and what happens at its events, as constants of a script."""
    rule, numbers = source.rules[connection], source.numbers(connection)
    names = allowed([trace.name for trace in rule.traces], [*numbers, "learns"])
    formulas = in_formulas(source, connection, names)
    traces = ((names[t.name], names[t.tau] if isinstance(t.tau, str) else f"({t.tau!r}*ms)") for t in rule.traces)
    model = ["w : 1", "learns : 1 (shared)"]
    model += [f"d{trace}/dt = -{trace}/{tau} : 1 (event-driven)" for trace, tau in traces]
    parts = [block(f"{connection}_model", model)]
    for event in ("on_pre", "on_post"):
        lines = []
        if rule.formulas[event] != name("w"):
            lines = [
                *code("changed", rule.formulas[event], formulas),
                "w = clip(learns*changed + (1 - learns)*w, 0, w_max)",
            ]
        side = event.removeprefix("on_")
        parts.append(block(f"{connection}_{event}", lines))
        parts.append(
            block(f"{connection}_{side}_trace", [f"{names[t.name]} += 1" for t in rule.traces if t.side == side])
        )
    entries = [f"{connection}_numbers = {{", *namespace(source, connection, names)]
    return "\n".join([*parts, *entries, f'    "w_max": {source.network.weight_max!r},', "}"])


def _all_rules(source: Source) -> str:
    lines = ["RULES = {"]
    for c in source.network.connections:
        lines += [
            f'    "{c}": {{"model": {c}_model, "change": {c}_on_pre, "trace": {c}_pre_trace,',
            f'           "on_post": {{"post": {c}_on_post, "post_trace": {c}_post_trace}}, "namespace": {c}_numbers}},',
        ]
    return "\n".join([*lines, "}"])


def trial(source: Source) -> Trial:
    """The first held-out dataset, by the kernels in double precision and in single."""
    call = "fired, w = simulate(ends, input_ends, spikes, V, w, int(steps))"
    return Trial(given(source.network, shortened(source)), call, ends_of(source, True), ends_of(source, False))
