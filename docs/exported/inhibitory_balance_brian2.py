"""inhibitory-balance: learned, for Brian2.

    inhibitory: dw / dt = 0.0316*S_post*x_pre + 0.0209*S_post + 0.0565*S_pre*x_post - 0.0504*S_pre

Within a time step the neuron's spike comes before those of its afferents; these transmit the weight
that they have and change it afterwards; no trace holds the spike that is being handled.
python FILE trains on data that it draws itself, and prints what comes of it.
Three digits and the largest terms above, full precision below. Units: tau_pre, tau_post in ms;
alpha, beta, gamma, kappa in 1/spike; all other numbers in 1.

Found by plastica 0.2.0 in the run balance (task inhibitory-balance, seed 1, 150 generations); loss
0.003134 +- 0.00039 on 100 held-out datasets. Exported by plastica 0.2.0.
SPDX-License-Identifier: MIT (the text of this file is plastica's; the numbers are their finder's)
"""

import numpy as np
from brian2 import (Network, NeuronGroup, SpikeGeneratorGroup, SpikeMonitor, Synapses,
                    defaultclock, ms, mV, nS)


# The learned rule: what a spike of either side makes of the weight w.

rule_numbers = {
    "tau_pre": 159.24063038579823*ms,
    "tau_post": 57.386586154412655*ms,
    "alpha": -0.05043618751804686,  # 1/spike
    "beta": 0.02087250710714736,  # 1/spike
    "gamma": 0.03164776971448477,  # 1/spike
    "kappa": 0.05652130185633476,  # 1/spike
    "w_max": 10000.0,
    "gbar_i": 0.35*nS,  # of a spike at weight 1
}
synapse_model = """
w : 1
dxpre/dt = -xpre/tau_pre : 1 (event-driven)
dxpost/dt = -xpost/tau_post : 1 (event-driven)
"""
on_pre = """
gi_post += gbar_i*w
changed = w + alpha + kappa*xpost
w = clip(changed, 0, w_max)
xpre += 1
"""
on_post = """
changed = w + beta + gamma*xpre
w = clip(changed, 0, w_max)
xpost += 1
"""


# The neuron and its input, as in the task.

DT = 0.1  # time step, ms
TRAINING_S, SCORING_S = 60.0, 30.0  # seconds of training, and then of scoring
STEPS = round((TRAINING_S + SCORING_S) * 1e3 / DT)
GROUPS = 8  # of afferents; those of a group share a rate
EXCITATORY, INHIBITORY = 800, 200  # afferents, numbered group by group: first excitatory ones


def draw_rates(rng):
    """Rates [STEPS, GROUPS] in Hz: a baseline, and above it where a random walk is above zero; every second bump is left out."""
    decay = np.exp(-DT / 50.0)
    noise = np.sqrt(1 - decay**2) * rng.standard_normal((STEPS, GROUPS))
    walk = np.empty((STEPS + 1, GROUPS))
    walk[0] = rng.standard_normal(GROUPS)
    for step in range(STEPS):
        walk[step + 1] = decay * walk[step] + noise[step]
    heard = np.empty((STEPS, GROUPS))
    for group in range(GROUPS):
        upward = np.flatnonzero((walk[:-1, group] <= 0) & (walk[1:, group] > 0))
        bumps = np.zeros(STEPS, int)
        bumps[upward[np.diff(upward, prepend=-STEPS) * DT >= 1.0]] = 1
        heard[:, group] = (np.cumsum(bumps) + rng.integers(2)) % 2
    return 5.0 + 152.1 * heard * np.maximum(walk[1:], 0)


def draw_spikes(rng):
    """Steps and afferents of all input spikes, in order of time: Poisson, none within 5.0 ms of the last."""
    rates, steps, afferents = draw_rates(rng), [], []
    for first, size in ((0, EXCITATORY // GROUPS), (EXCITATORY, INHIBITORY // GROUPS)):
        counts = rng.poisson(rates * size * DT * 1e-3)
        step, group = np.repeat(np.argwhere(counts), counts[counts > 0], axis=0).T
        steps.append(step)
        afferents.append(first + group * size + rng.integers(size, size=step.size))
    order = np.argsort(np.concatenate(steps), kind="stable")
    steps, afferents = np.concatenate(steps)[order], np.concatenate(afferents)[order]
    ready, kept = [0] * (EXCITATORY + INHIBITORY), []
    for index, (step, afferent) in enumerate(zip(steps.tolist(), afferents.tolist())):
        if step >= ready[afferent]:
            ready[afferent] = step + 50
            kept.append(index)
    return steps[kept], afferents[kept]


def draw_excitatory(rng):
    """Excitatory weights [EXCITATORY], tuned to one of the groups."""
    distance = np.arange(1, GROUPS + 1) - 5
    tuning = 0.3 + 1.1 / (1 + distance**4.0)
    return np.repeat(tuning, EXCITATORY // GROUPS) + rng.uniform(0, 0.1, EXCITATORY)


neuron_equations = """
dv/dt = current / (g_leak*tau_m) : volt (unless refractory)
current = g_leak*(v_rest - v) + ge*(e_excitatory - v) + gi_held*(e_inhibitory - v) : amp
dge/dt = -ge*fade_e : siemens
dgi/dt = -gi*fade_i : siemens
gi_held = clip(gi, 0*nS, g_leak*(tau_m/dt - 1) - ge) : siemens  # no step goes beyond the steady state
"""
neuron_numbers = {
    "tau_m": 20.0*ms,
    "v_rest": -60.0*mV,
    "v_threshold": -50.0*mV,
    "v_reset": -60.0*mV,
    "e_excitatory": 0.0*mV,
    "e_inhibitory": -80.0*mV,
    "g_leak": 10.0*nS,
    # By these rates forward Euler fades a conductance by exactly exp(-dt/tau) in a time step.
    "fade_e": (1 - np.exp(-DT/5.0)) / (DT*ms),
    "fade_i": (1 - np.exp(-DT/10.0)) / (DT*ms),
}


def network(steps, afferents, excitatory, w):
    """The network, its neuron, its plastic synapses and its spikes; spikes come at `steps` from `afferents`."""
    defaultclock.dt = DT*ms
    source = SpikeGeneratorGroup(EXCITATORY + INHIBITORY, afferents, steps*DT*ms)
    neuron = NeuronGroup(1, neuron_equations, threshold="v >= v_threshold", reset="v = v_reset",
                         refractory=5.0*ms, method="euler", namespace=neuron_numbers)
    neuron.v = -60.0*mV
    excitation = Synapses(source, neuron, "w : 1", on_pre="ge_post += gbar_e*w", namespace={"gbar_e": 0.14*nS})
    excitation.connect(i=np.arange(EXCITATORY), j=0)
    excitation.w = excitatory
    inhibition = Synapses(source, neuron, synapse_model, on_pre=on_pre, on_post=on_post, namespace=rule_numbers)
    inhibition.connect(i=EXCITATORY + np.arange(INHIBITORY), j=0)
    inhibition.w = w
    inhibition.pre.order = 1  # within a time step after the postsynaptic spike
    inhibition.post.order = 0
    spikes = SpikeMonitor(neuron)
    return Network(source, neuron, excitation, inhibition, spikes), neuron, inhibition, spikes


def simulate(steps, afferents, excitatory, w):
    """Steps at which the neuron spikes, and the trained weights [INHIBITORY]."""
    simulation, neuron, inhibition, spikes = network(steps, afferents, excitatory, w)
    simulation.run(STEPS*DT*ms, namespace={})
    return np.round(spikes.t/(DT*ms)).astype(int), np.array(inhibition.w)


def main():
    rng = np.random.default_rng(1)
    spikes, w = simulate(*draw_spikes(rng), draw_excitatory(rng), rng.uniform(0, 0.1, INHIBITORY))
    training = np.sum(spikes * DT < TRAINING_S * 1e3)
    print("rate in training:", training / TRAINING_S, "Hz")
    print("rate after it:", (spikes.size - training) / SCORING_S, "Hz")
    print("mean inhibitory weight of each group:", w.reshape(GROUPS, -1).mean(axis=1))


if __name__ == "__main__":
    main()
