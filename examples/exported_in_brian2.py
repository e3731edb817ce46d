"""What a learned rule does in Brian2, drawn from the script that plastica exports:

    plastica run inhibitory-balance --out runs/balance
    plastica export runs/balance --to brian2
    python examples/exported_in_brian2.py runs/balance/exports/inhibitory_balance_brian2.py picture.png

The script is imported as it stands; nothing of plastica is.
"""

import runpy
import sys

import matplotlib.pyplot as plt
import numpy as np
from brian2 import StateMonitor, ms, mV, nS, second


def main(script: str, picture: str) -> None:
    task = runpy.run_path(script)
    rng = np.random.default_rng(1)
    w = rng.uniform(0, 0.1, task["INHIBITORY"])
    simulation, neuron, inhibition, spikes = task["network"](*task["draw_spikes"](rng), task["draw_excitatory"](rng), w)
    membrane = StateMonitor(neuron, ["v", "ge", "gi"], record=True)
    weights = StateMonitor(inhibition, "w", record=True, dt=100 * ms)
    simulation.add(membrane, weights)
    end = task["STEPS"] * task["DT"] * ms
    simulation.run(end, namespace={})

    figure, axes = plt.subplots(2, 3, figsize=(11, 5), layout="constrained")
    for column, (first, when) in enumerate(((0 * second, "before learning"), (end - 1 * second, "after learning"))):
        draw_second(axes[:, column], membrane, spikes, first, when)
    rate, edges = np.histogram(spikes.t / second, bins=np.arange(0, end / second + 1))
    axes[0, 2].plot(edges[:-1], rate, color="0.3")
    axes[0, 2].axhline(5, color="tab:orange", linewidth=1)
    axes[0, 2].set(title="learning", ylabel="rate (Hz)")
    groups = np.array(weights.w).reshape(task["GROUPS"], -1, len(weights.t)).mean(axis=1)
    axes[1, 2].plot(weights.t / second, groups.T, linewidth=1)
    axes[1, 2].set(xlabel="time (s)", ylabel="inhibitory weight of each group")
    figure.savefig(picture, dpi=110)


def draw_second(axes, membrane, spikes, first, when) -> None:
    """One second of the membrane potential, and of both synaptic currents."""
    now = slice(*np.searchsorted(membrane.t / ms, [first / ms, first / ms + 1000]))
    t, v = (membrane.t[now] - first) / ms, membrane.v[0][now] / mV
    excitatory, inhibitory = -membrane.ge[0][now] / nS * v, -membrane.gi[0][now] / nS * (v + 80)
    axes[0].plot(t, v, color="0.3", linewidth=0.7)
    fired = (spikes.t >= first) & (spikes.t < first + 1 * second)
    axes[0].vlines((spikes.t[fired] - first) / ms, -50, -30, color="0.3", linewidth=0.7)
    axes[0].set(title=when, ylabel="membrane potential (mV)")
    axes[1].plot(t, excitatory, color="tab:red", linewidth=0.7, label="excitatory")
    axes[1].plot(t, inhibitory, color="tab:blue", linewidth=0.7, label="inhibitory")
    axes[1].plot(t, excitatory + inhibitory, color="0.3", linewidth=0.7, label="sum")
    axes[1].set(xlabel="time (ms)", ylabel="synaptic current (pA)")
    axes[1].margins(y=0.2)
    axes[1].legend(loc="lower left", ncols=3, fontsize="small", frameon=False)


if __name__ == "__main__":
    main(*sys.argv[1:])
