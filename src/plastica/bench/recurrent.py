"""How long a biological second of a recurrent network takes, four connections plastic, at 10 Hz."""

import time

import numpy as np

from plastica.inner.keys import Key
from plastica.inner.recurrent.dataset import DrawnNetworks
from plastica.inner.recurrent.network import RecurrentNetwork
from plastica.rules.base import Floats

SCORED_S = 10.0
NETWORKS = {  # the rate settles before it is scored
    "1000": RecurrentNetwork(preset="fsbi-small-sparse", learning_s=40.0, scoring_s=SCORED_S),
    "5120": RecurrentNetwork(preset="fsbi", learning_s=15.0, scoring_s=SCORED_S),
}


def holding() -> Floats:
    """Rules [4, 6] that hold 10 Hz: symmetric ones on inhibitory synapses, and inverted ones on excitatory ones."""
    symmetric = np.array([20.0, 20.0, -4e-3, 0.0, 1e-2, 1e-2])
    inverted = symmetric * [1, 1, -1, 1, -1, -1]
    return np.array([inverted, inverted, symmetric, symmetric])


def recurrent_figures() -> dict[str, dict[str, float]]:
    """Processor time of one thread, ms a biological second and ns a synaptic event, inputs included."""
    found = {name: _measured(network) for name, network in NETWORKS.items()}
    keys = ("ms_per_biological_second", "ns_per_synaptic_event", "rate_hz")
    return {key: {name: figures[key] for name, figures in found.items()} for key in keys}


def _measured(network: RecurrentNetwork) -> dict[str, float]:
    rules, key = holding(), Key(0, "bench")
    short = network.model_copy(update={"learning_s": 0.01, "scoring_s": 0.01})
    short.run(rules, short.dataset(DrawnNetworks(), {}, key))  # compiles, or loads what was compiled
    dataset = network.dataset(DrawnNetworks(), {}, key)
    started = time.thread_time()
    found = network.run(rules, dataset, bin_s=SCORED_S)
    seconds = time.thread_time() - started
    spikes = found.binned.sum(axis=0)
    neurons = network.excitatory + network.inhibitory
    outward = spikes.sum() * network.probability + dataset.spikes.source.size * network.input_probability
    events = neurons * outward
    lasted = found.steps * network.dt_ms * 1e-3
    return {
        "ms_per_biological_second": 1e3 * seconds / lasted,
        "ns_per_synaptic_event": 1e9 * seconds / float(events),
        "rate_hz": found.spikes_scored("E", network.sizes) / (network.excitatory * SCORED_S),
    }
