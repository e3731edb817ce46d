"""Why the network of Vogels et al. 2011 settles above the target of its rule: the terms of the drift, measured.

    python papers/vogels2011/deviation.py                # all variants of the network; or those that are named

A synapse is at rest where -2 rho_0 tau r_pre + (tau r_pre r_post + C_before) + (tau r_pre r_post + C_after) = 0:
C_before is what the trace of postsynaptic spikes has at a presynaptic one beyond independent spikes, C_after the
presynaptic trace at a postsynaptic spike. Mean field has C = 0, and rest at rho_0. Prints, after WARM_S of learning and
over COUNTED_S, the rates, and C of connected pairs and of all pairs, as the Hz by which they move that rest.
"""

import sys

import numpy as np
from numba import njit

from plastica.config import load
from plastica.inner.keys import Key
from plastica.inner.recurrent.wiring import Rows, Sizes
from plastica.rules.base import Floats
from plastica.rules.spike_pair import vogels_2011

TARGET_HZ, TAU_MS = 3.0, 20.0
WARM_S, COUNTED_S = 200.0, 20.0
SETTINGS = {
    "network.preset": "vogels-2011", "network.weight_IE": 0.2, "network.learning_s": WARM_S,
    "network.scoring_s": COUNTED_S, "loss.target_hz": TARGET_HZ,
}  # fmt: skip
VARIANTS = {
    "as published": {},
    "no delay": {"network.delay_ms": 0.0},
    "half as many synapses, twice as strong": {
        "network.probability": 0.01, "network.weight_EE": 0.06, "network.weight_EI": 0.06, "network.weight_II": 0.6,
        "network.weight_IE": 0.4,
    },
    "twice as many, half as strong": {
        "network.probability": 0.04, "network.weight_EE": 0.015, "network.weight_EI": 0.015, "network.weight_II": 0.15,
        "network.weight_IE": 0.1,
    },
}  # fmt: skip


@njit
def products(steps, sources, targets_of, sources_of, inhibitory_from, fade):
    """Sums over spikes of the trace of the other side: of connected pairs [before, after], and of all pairs.

    steps and sources of events in order of time, where those of inhibitory neurons count as they arrive.
    """
    size = inhibitory_from + targets_of[0].size
    x, last = np.zeros(size), np.zeros(size, np.int64)
    found, whole = np.zeros(4), np.zeros(2)  # whole: sums of the traces of E and of I
    first, n, clock = 0, steps.size, 0
    while first < n:
        now, stop = steps[first], first
        whole *= fade ** (now - clock)
        clock = now
        while stop < n and steps[stop] == now:
            k = sources[stop]
            inhibitory = k >= inhibitory_from
            begin, others = targets_of if inhibitory else sources_of
            row = k - inhibitory_from if inhibitory else k
            for s in range(begin[row], begin[row + 1]):
                found[0 if inhibitory else 1] += x[others[s]] * fade ** (now - last[others[s]])
            found[2 if inhibitory else 3] += whole[0 if inhibitory else 1]
            stop += 1
        for event in range(first, stop):  # no product sees a spike of its own step
            k = sources[event]
            x[k] = x[k] * fade ** (now - last[k]) + 1.0
            last[k] = now
            whole[1 if k >= inhibitory_from else 0] += 1.0
        first = stop
    return found


def both_ways(rows: Rows, sizes: Sizes) -> tuple:
    """(begin, ends) of the targets of each inhibitory neuron, and of the sources of each excitatory one."""
    own = sizes.rows("IE")
    lengths = rows.first[own + 1] - rows.first[own]
    target = np.concatenate([rows.target[rows.first[r] : rows.first[r + 1]] for r in own]).astype(np.int64)
    source = sizes.inhibitory_from + np.repeat(np.arange(own.size), lengths)
    order = np.argsort(target, kind="stable")
    begin = np.concatenate([[0], np.cumsum(lengths)])
    return (begin, target), (np.searchsorted(target[order], np.arange(sizes.excitatory + 1)), source[order])


def measured(changes: dict) -> Floats:
    """Rates of E and I, C_before and C_after of connected pairs, and their sum of all pairs, in Hz; weights at zero."""
    task = load("recurrent-stability", SETTINGS | changes).composed
    network, dataset = task.network, task.dataset(Key(1, "held-out"))
    sizes = network.sizes
    rules = network.pair_rules(task.rules, {"IE": vogels_2011(target_hz=TARGET_HZ, tau_ms=TAU_MS)[None]})[0]
    found = network.run(rules, dataset, keep_s=WARM_S)
    neurons = found.spike_neuron.astype(np.int64)
    inhibitory = neurons >= sizes.inhibitory_from
    steps = found.spike_step + inhibitory * round(network.delay_ms / network.dt_ms)
    order = np.argsort(steps, kind="stable")
    targets_of, sources_of = both_ways(dataset.recurrent, sizes)
    fade = float(np.exp(-network.dt_ms / TAU_MS))
    sums = products(steps[order], neurons[order], targets_of, sources_of, sizes.inhibitory_from, fade)
    rate = np.array([(~inhibitory).sum() / sizes.excitatory, inhibitory.sum() / sizes.inhibitory]) / COUNTED_S
    tau = network.dt_ms * 1e-3 * fade / (1 - fade)  # the sum of a trace, which is read a step after a spike at first
    pairs = np.repeat([targets_of[1].size, sizes.excitatory * sizes.inhibitory], 2)
    beyond = sums / (pairs * 2 * tau * rate[1] * COUNTED_S) - rate[0] / 2
    at_zero = np.mean(found.weights_of("IE", dataset, sizes) <= 0)
    return np.array([*rate, *beyond[:2], beyond[2:].sum(), at_zero])


def main() -> None:
    print("| network | E, Hz | I, Hz | C_before | C_after | 3 Hz - both | of all pairs | weights at zero |")
    print("|---|---|---|---|---|---|---|---|")
    for name in sys.argv[1:] or VARIANTS:
        r_e, r_i, before, after, every, at_zero = measured(VARIANTS[name])
        rest = TARGET_HZ - before - after
        print(
            f"| {name} | {r_e:.2f} | {r_i:.2f} | {before:+.2f} | {after:+.2f} | {rest:.2f} | {every:+.2f} | "
            f"{100 * at_zero:.0f} % |",
            flush=True,
        )


if __name__ == "__main__":
    main()
