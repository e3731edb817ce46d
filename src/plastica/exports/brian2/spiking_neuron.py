"""The spiking neuron of section 3.3 in Brian2, with its input, and a rule of any formulas and any number of traces."""

from string import Template

from plastica.exports.brian2.code import allowed, block, code, in_formulas, namespace, where_of
from plastica.exports.networks import vogels_input
from plastica.exports.networks.loop import Trial
from plastica.exports.networks.spiking_neuron import ends, given
from plastica.exports.source import Source
from plastica.inner.neuron.kernels import WEIGHT_LARGEST
from plastica.inner.neuron.network import PLASTIC
from plastica.rules.expression import name

REMARK = (
    "Within a time step the neuron's spike comes before those of its afferents; these transmit the weight that they "
    "have and change it afterwards; no trace holds the spike that is being handled."
)
TEXT = Template('''\
import numpy as np
from brian2 import (Network, NeuronGroup, SpikeGeneratorGroup, SpikeMonitor, Synapses,
                    defaultclock, ms, mV, nS$imports)

$where
# The learned rule: what a spike of either side makes of the weight w.

$rule


# The neuron and its input, as in the task.

$input

neuron_equations = """
dv/dt = current / (g_leak*tau_m) : volt (unless refractory)
current = g_leak*(v_rest - v) + ge*(e_excitatory - v) + gi_held*(e_inhibitory - v) : amp
dge/dt = -ge*fade_e : siemens
dgi/dt = -gi*fade_i : siemens
gi_held = clip(gi, 0*nS, g_leak*(tau_m/dt - 1) - ge) : siemens  # no step goes beyond the steady state
"""
neuron_numbers = {
    "tau_m": $tau_m*ms,
    "v_rest": $v_rest*mV,
    "v_threshold": $v_threshold*mV,
    "v_reset": $v_reset*mV,
    "e_excitatory": $e_excitatory*mV,
    "e_inhibitory": $e_inhibitory*mV,
    "g_leak": $g_leak*nS,
    # By these rates forward Euler fades a conductance by exactly exp(-dt/tau) in a time step.
    "fade_e": (1 - np.exp(-DT/$tau_e)) / (DT*ms),
    "fade_i": (1 - np.exp(-DT/$tau_i)) / (DT*ms),
}


def network(steps, afferents, excitatory, w):
    """The network, its neuron, its plastic synapses and its spikes; spikes come at `steps` from `afferents`."""
    defaultclock.dt = DT*ms
    source = SpikeGeneratorGroup(EXCITATORY + INHIBITORY, afferents, steps*DT*ms)
    neuron = NeuronGroup(1, neuron_equations, threshold="v >= v_threshold", reset="v = v_reset",
                         refractory=$refractory*ms, method="euler", namespace=neuron_numbers)
    neuron.v = $v_rest*mV
    excitation = Synapses(source, neuron, "w : 1", on_pre="ge_post += gbar_e*w", namespace={"gbar_e": $gbar_e*nS})
    excitation.connect(i=np.arange(EXCITATORY), j=0)
    excitation.w = excitatory
    inhibition = Synapses(source, neuron, synapse_model, on_pre=on_pre, on_post=on_post, namespace=rule_numbers)
    inhibition.connect(i=EXCITATORY + np.arange(INHIBITORY), j=0)
    inhibition.w = w
$order
    spikes = SpikeMonitor(neuron)
    return Network(source, neuron, excitation, inhibition, spikes), neuron, inhibition, spikes


def simulate(steps, afferents, excitatory, w):
    """Steps at which the neuron spikes, and the trained weights [INHIBITORY]."""
    simulation, neuron, inhibition, spikes = network(steps, afferents, excitatory, w)
    simulation.run(STEPS*DT*ms, namespace={})
    return np.round(spikes.t/(DT*ms)).astype(int), np.array(inhibition.w)


def main():
    rng = np.random.default_rng(1)
    spikes, w = simulate(*draw_spikes(rng), draw_excitatory(rng), rng.uniform(0, $initial, INHIBITORY))
    training = np.sum(spikes*DT < TRAINING_S*1e3)
    print("rate in training:", training/TRAINING_S, "Hz")
    print("rate after it:", (spikes.size - training)/SCORING_S, "Hz")
    print("mean inhibitory weight of each group:", w.reshape(GROUPS, -1).mean(axis=1))


if __name__ == "__main__":
    main()
''')


def text(source: Source) -> str:
    network = source.network
    where, imports = where_of(source)
    rule, order = _rule(source)
    return TEXT.substitute(
        imports=imports,
        where=where,
        rule=rule,
        order=order,
        input=vogels_input.text(source),
        tau_m=network.tau_m_ms,
        v_rest=network.v_rest_mv,
        v_threshold=network.v_threshold_mv,
        v_reset=network.v_reset_mv,
        e_excitatory=network.e_excitatory_mv,
        e_inhibitory=network.e_inhibitory_mv,
        g_leak=network.g_leak_ns,
        tau_e=network.tau_excitatory_ms,
        tau_i=network.tau_inhibitory_ms,
        refractory=network.refractory_ms,
        gbar_e=network.g_excitatory_ns,
        initial=network.initial_weight,
    )


def _rule(source: Source) -> tuple[str, str]:
    """The synapse model as constants of a script, and the order of its events."""
    network, rule, numbers = source.network, source.rules[PLASTIC], source.numbers(PLASTIC)
    names = allowed([trace.name for trace in rule.traces], numbers)
    formulas = in_formulas(source, PLASTIC, names)
    traces = ((names[t.name], names[t.tau] if isinstance(t.tau, str) else f"({t.tau!r}*ms)") for t in rule.traces)
    model = ["w : 1", *(f"d{trace}/dt = -{trace}/{tau} : 1 (event-driven)" for trace, tau in traces)]
    events = {"on_pre": ["gi_post += gbar_i*w"], "on_post": []}
    for event, lines in events.items():
        side = event.removeprefix("on_")
        if rule.formulas[event] != name("w"):
            lines += [*code("changed", rule.formulas[event], formulas), "w = clip(changed, 0, w_max)"]
        lines += [f"{names[t.name]} += 1" for t in rule.traces if t.side == side]
    limit = network.weight_max or WEIGHT_LARGEST
    entries = ["rule_numbers = {", *namespace(source, PLASTIC, names), f'    "w_max": {limit!r},']
    entries += [f'    "gbar_i": {network.g_inhibitory_ns!r}*nS,  # of a spike at weight 1', "}"]
    blocks = [block("synapse_model", model), *(block(event, lines) for event, lines in events.items())]
    order = ["    inhibition.pre.order = 1  # within a time step after the postsynaptic spike"]
    if events["on_post"]:
        order.append("    inhibition.post.order = 0")
    return "\n".join([*entries, *blocks]), "\n".join(order)


def trial(source: Source) -> Trial:
    """The first held-out dataset, by the kernels in double precision and in single."""
    return Trial(given(source), "spikes, w = simulate(steps, afferents, excitatory, w)", *ends(source))
