"""The spiking neuron written in Brian2: many candidates side by side on the same input, in C++ or in numpy."""

import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from plastica.inner.keys import Key
from plastica.inner.neuron.network import SpikingNeuron
from plastica.inner.neuron.vogels_input import SpikeTrains, VogelsInput
from plastica.rules.base import Floats
from plastica.rules.spike_pair import SpikePair

# Brian2 reserves names that end in _pre and _post: the traces are `before` and `after`, with tau_before and tau_after.
# Its forward Euler method decays a conductance by 1 - k dt; with k = (1 - exp(-dt / tau)) / dt this is exact.
_PARAMETERS = ("tau_before", "tau_after", "alpha", "beta", "gamma", "kappa")
_NEURON = """
dv/dt = (-(v - v_rest) - ge * (v - e_excitatory) - gi * (v - e_inhibitory)) / tau_m : 1 (unless refractory)
dge/dt = -ge * k_excitatory : 1
dgi/dt = -gi * k_inhibitory : 1
tau_before : second
tau_after : second
alpha : 1
beta : 1
gamma : 1
kappa : 1
"""
_SYNAPSE = """
w : 1
dbefore/dt = -before / tau_before_post : 1 (event-driven)
dafter/dt = -after / tau_after_post : 1 (event-driven)
"""
_ON_PRE = """
gi_post += jump_inhibitory * w
w = clip(w + alpha_post + kappa_post * after, 0, inf)
before += 1
"""
_ON_POST = """
w = clip(w + beta_post + gamma_post * before, 0, inf)
after += 1
"""


@dataclass(frozen=True)
class Brian2Trials:
    """Spike steps of each candidate, final weights [R, inhibitory afferents], and the time that the run took."""

    trains: list[NDArray[np.int64]]
    weights: Floats
    seconds: float


def simulate_in_brian2(
    neuron: SpikingNeuron, data: VogelsInput, key: Key, thetas: Floats, directory: Path | None
) -> Brian2Trials:
    """Run spike-pair rules [R, 6] on the dataset of a key, on one thread.

    The C++ program is built in `directory`; without one numpy computes, which is slow and takes no compiler.
    """
    import brian2

    if directory is None:
        brian2.prefs.codegen.target = "numpy"
    else:
        brian2.set_device("cpp_standalone", directory=str(directory), build_on_run=False)
    try:
        brian2.defaultclock.dt = neuron.dt_ms * brian2.ms
        network, monitor, inhibition = _network(brian2, neuron, data, key, thetas)
        start = time.perf_counter()
        network.run((neuron.training_s + neuron.scoring_s) * brian2.second)
        if directory is not None:
            brian2.device.build(directory=str(directory), compile=True, run=False)
            start = time.perf_counter()
            brian2.device.run(directory=str(directory))
        seconds = time.perf_counter() - start
        steps, index = np.round(monitor.t / brian2.defaultclock.dt).astype(np.int64), np.asarray(monitor.i)
        weights = np.asarray(inhibition.w).reshape(data.inhibitory, len(thetas)).T
        return Brian2Trials([steps[index == r] for r in range(len(thetas))], weights, seconds)
    finally:
        brian2.device.reinit()
        brian2.set_device("runtime")


def _network(brian2, neuron: SpikingNeuron, data: VogelsInput, key: Key, thetas: Floats):
    """The network, the monitor of its spikes, and the plastic synapses."""
    dataset = neuron.dataset(data, {"inhibitory": SpikePair()}, key)
    trains = data.spike_trains(dataset.steps, neuron.dt_ms, key.generator(0))
    neurons, source = _neurons(brian2, neuron, thetas), _source(brian2, trains, data, neuron.dt_ms)
    namespace = {"jump_excitatory": neuron.g_excitatory_ns / neuron.g_leak_ns}
    excitation = brian2.Synapses(source, neurons, "w : 1", on_pre="ge_post += jump_excitatory * w", namespace=namespace)
    excitation.connect(condition=f"i < {data.excitatory}")
    excitation.w = np.repeat(neuron.excitatory_weights(data, key.generator(1)), len(thetas))
    namespace = {"jump_inhibitory": neuron.g_inhibitory_ns / neuron.g_leak_ns}
    inhibition = brian2.Synapses(source, neurons, _SYNAPSE, on_pre=_ON_PRE, on_post=_ON_POST, namespace=namespace)
    inhibition.connect(condition=f"i >= {data.excitatory}")
    inhibition.pre.order = 1  # in one step, after the postsynaptic spike
    inhibition.w = np.repeat(dataset.initial_weights, len(thetas))
    monitor = brian2.SpikeMonitor(neurons)
    return brian2.Network(neurons, source, excitation, inhibition, monitor), monitor, inhibition


def _neurons(brian2, neuron: SpikingNeuron, thetas: Floats):
    per_ms = 1.0 / neuron.dt_ms
    namespace = {
        "v_rest": neuron.v_rest_mv,
        "e_excitatory": neuron.e_excitatory_mv,
        "e_inhibitory": neuron.e_inhibitory_mv,
        "tau_m": neuron.tau_m_ms * brian2.ms,
        "k_excitatory": (1.0 - np.exp(-neuron.dt_ms / neuron.tau_excitatory_ms)) * per_ms / brian2.ms,
        "k_inhibitory": (1.0 - np.exp(-neuron.dt_ms / neuron.tau_inhibitory_ms)) * per_ms / brian2.ms,
        "v_threshold": neuron.v_threshold_mv,
        "v_reset": neuron.v_reset_mv,
    }
    group = brian2.NeuronGroup(
        len(thetas),
        _NEURON,
        threshold="v >= v_threshold",
        reset="v = v_reset",
        refractory=neuron.refractory_ms * brian2.ms,
        method="euler",
        namespace=namespace,
    )
    group.v = neuron.v_rest_mv
    for name, values in zip(_PARAMETERS, thetas.T, strict=True):
        setattr(group, name, values * brian2.ms if name.startswith("tau") else values)
    return group


def _source(brian2, trains: SpikeTrains, data: VogelsInput, dt_ms: float):
    times = trains.step * dt_ms * brian2.ms
    return brian2.SpikeGeneratorGroup(data.excitatory + data.inhibitory, trains.afferent, times)
