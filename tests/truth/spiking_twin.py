"""The spiking neuron in plain Python and float64, one candidate and one step at a time: the twin of the kernels."""

import math

import numpy as np


def simulate(neuron, rule, theta, dataset):
    """(steps of the spikes, final weights) of one candidate; the rule's functions are called at every single spike."""
    dt, limit = neuron.dt_ms, neuron.weight_max or math.inf
    tau_pre, tau_post = theta[:2]
    arrivals = presynaptic_spikes(dataset)
    w = dataset.initial_weights.copy()
    x = np.zeros_like(w)
    V, g_i, x_post, held_until = neuron.v_rest_mv, 0.0, 0.0, 0
    spikes = []
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
            w = np.array([min(max(rule.on_post(a, b, x_post, *theta), 0.0), limit) for a, b in zip(w, x, strict=True)])
            x_post += 1.0
            spikes.append(step)
        for k in arrivals.get(step, ()):
            g_i += neuron.g_inhibitory_ns / neuron.g_leak_ns * w[k]
            w[k] = min(max(rule.on_pre(w[k], x[k], x_post, *theta), 0.0), limit)
            x[k] += 1.0
        x *= math.exp(-dt / tau_pre)  # Eq. (12)
        x_post *= math.exp(-dt / tau_post)
    return np.array(spikes, dtype=np.int32), w


def presynaptic_spikes(dataset):
    """{step: synapses that receive a spike}."""
    _, steps, first, synapse = dataset.drive
    return {int(step): synapse[first[m] : first[m + 1]].tolist() for m, step in enumerate(steps[:-1])}
