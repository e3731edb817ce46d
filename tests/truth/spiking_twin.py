"""The spiking neuron in plain Python and float64, one candidate and one step at a time: the twin of the kernels."""

import math

import numpy as np

from plastica.rules.readers import NUMPY, read


def simulate(neuron, rule, theta, dataset):
    """(steps of the spikes, final weights) of one candidate; the rule's formulas are read at every single spike."""
    dt, limit = neuron.dt_ms, neuron.weight_max or math.inf
    named = dict(zip([parameter.name for parameter in rule.parameters()], theta, strict=True))
    arrivals = presynaptic_spikes(dataset)
    w = dataset.initial_weights.copy()
    x = {trace.name: np.zeros_like(w) if trace.side == "pre" else 0.0 for trace in rule.traces}
    fades = {trace.name: math.exp(-dt / named[trace.tau]) for trace in rule.traces}
    V, g_i, held_until = neuron.v_rest_mv, 0.0, 0
    spikes = []

    formulas = rule.formulas

    def new(event, k):
        at = {trace.name: x[trace.name][k] if trace.side == "pre" else x[trace.name] for trace in rule.traces}
        with np.errstate(all="ignore"):
            return np.clip(read(formulas[event], NUMPY, {**named, **at, "w": w[k]}), 0.0, limit)

    for step in range(dataset.steps):
        if step >= held_until:
            g_e = float(dataset.drive.conductance[step])
            dV = -(V - neuron.v_rest_mv) - g_e * (V - neuron.e_excitatory_mv) - g_i * (V - neuron.e_inhibitory_mv)
            if dt / neuron.tau_m_ms * (1 + g_e + g_i) > 1:  # one step reaches the steady state of the largest g_I
                g_i_held = neuron.tau_m_ms / dt - 1 - g_e
                dV = -(V - neuron.v_rest_mv) - g_e * (V - neuron.e_excitatory_mv)
                dV -= g_i_held * (V - neuron.e_inhibitory_mv)
            V += dt / neuron.tau_m_ms * dV  # Eq. (10)
        g_i *= math.exp(-dt / neuron.tau_inhibitory_ms)  # Eq. (11)
        if neuron.v_threshold_mv <= V:
            V = neuron.v_reset_mv
            held_until = step + round(neuron.refractory_ms / dt)
            w = np.broadcast_to(new("on_post", slice(None)), w.shape).copy()
            x |= {trace.name: x[trace.name] + 1.0 for trace in rule.traces if trace.side == "post"}
            spikes.append(step)
        for k in arrivals.get(step, ()):
            g_i += neuron.g_inhibitory_ns / neuron.g_leak_ns * w[k]
            w[k] = new("on_pre", k)
            for trace in rule.traces:
                if trace.side == "pre":
                    x[trace.name][k] += 1.0
        x = {trace: value * fades[trace] for trace, value in x.items()}  # Eq. (12)
    return np.array(spikes, dtype=np.int32), w


def presynaptic_spikes(dataset):
    """{step: synapses that receive a spike}."""
    _, steps, first, synapse = dataset.drive
    return {int(step): synapse[first[m] : first[m + 1]].tolist() for m, step in enumerate(steps[:-1])}
