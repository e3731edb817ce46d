"""How long a biological second of a recurrent network takes, four connections plastic, at 10 Hz: by spike-pair rules,
by the same as formulas that are none, and in Brian2."""

import time
from importlib.util import find_spec

import numpy as np

from plastica.bench.formulas import as_formula
from plastica.inner.keys import Key
from plastica.inner.recurrent.dataset import DrawnNetworks
from plastica.inner.recurrent.network import RecurrentNetwork
from plastica.inner.recurrent.simulation import Plasticity
from plastica.inner.recurrent.wiring import CONNECTIONS
from plastica.rules.base import Floats
from plastica.rules.spike_pair import SpikePair

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


def by_formulas(network: RecurrentNetwork) -> Plasticity:
    """The same rules as formulas of which only their author knows that w is never negative."""
    rules = dict.fromkeys(CONNECTIONS, as_formula(SpikePair(), "maximum(w, 0)"))
    (candidate,) = network.plasticities(rules, {c: rule[None] for c, rule in zip(CONNECTIONS, holding(), strict=True)})
    return candidate


def recurrent_figures() -> dict[str, dict[str, float]]:
    """Processor time of one thread, ms a biological second and ns a synaptic event, inputs included; and how many times
    as long it takes by formulas."""
    found = {name: _measured(network, holding()) for name, network in NETWORKS.items()}
    keys = ("ms_per_biological_second", "ns_per_synaptic_event", "rate_hz")
    figures = {key: {name: of_network[key] for name, of_network in found.items()} for key in keys}
    formulas = {name: _measured(network, by_formulas(network)) for name, network in NETWORKS.items()}
    by_formula = {name: one["ms_per_biological_second"] for name, one in formulas.items()}
    return figures | {"formula_ms_per_biological_second": by_formula} | measure_brian2()


def measure_brian2() -> dict[str, dict[str, float]]:
    """The same in Brian2's C++ standalone mode, same networks and inputs; empty where Brian2 is not installed."""
    if find_spec("brian2") is None:
        return {}
    from plastica.bench.recurrent_brian2 import simulate_in_brian2

    found = {}
    for name, network in NETWORKS.items():
        dataset = network.dataset(DrawnNetworks(), {}, Key(0, "bench"))
        seconds, _ = simulate_in_brian2(network, holding(), dataset)
        found[name] = 1e3 * seconds / (dataset.phases.end * network.dt_ms * 1e-3)
    return {"brian2_ms_per_biological_second": found}


def _measured(network: RecurrentNetwork, rules: Floats | Plasticity) -> dict[str, float]:
    key = Key(0, "bench")
    short = network.model_copy(update={"learning_s": 0.01, "scoring_s": 0.01})
    short.run(rules, short.dataset(DrawnNetworks(), {}, key))  # compiles, or loads what was compiled
    dataset = network.dataset(DrawnNetworks(), {}, key)
    _ = dataset.columns  # made once for all candidates
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
