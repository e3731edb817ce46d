"""What a spike-pair rule should do by theory, beside what it was measured to do."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from plastica.analysis import mean_field
from plastica.inner.keys import Key
from plastica.inner.neuron.network import SpikingNeuron
from plastica.inner.neuron.vogels_input import VogelsInput
from plastica.rules.base import Floats
from plastica.tasks.task import Task


def presynaptic_rate(task: Task, key: Key) -> float:
    """Mean rate of the inhibitory afferents in one dataset, Hz."""
    dataset: Any = task.dataset(key)
    network: Any = task.network
    seconds = dataset.steps * network.dt_ms / 1e3
    return float(dataset.drive.event_synapse.size / (dataset.initial_weights.size * seconds))


def theory(task: Task, theta: Floats, seed: int, measured: Mapping[str, float]) -> dict[str, Any]:
    """Eqs. (15) to (18) for the learned rule, beside its `measured` metrics, as plain data.

    `signs_as_in_paper` is alpha < 0 < beta; where it does not hold, `why` says whether the rule is stable all the same.
    """
    loss: Any = task.loss
    pre_hz = presynaptic_rate(task, Key(seed, "held-out"))
    predicted = float(mean_field.predicted_rate(theta, pre_hz))
    distance = float(mean_field.distance_from_manifold(theta, pre_hz, loss.target_hz))
    stable, signs = bool(mean_field.is_stable(theta, pre_hz)), bool(mean_field.signs_as_in_paper(theta))
    return {
        "presynaptic_hz": pre_hz,
        "predicted_hz": None if np.isnan(predicted) else predicted,
        "measured_hz": measured["rate_hz"],
        "log_distance_from_manifold": distance if np.isfinite(distance) else None,
        "stable": stable,
        "signs_as_in_paper": signs,
        "why": _why(theta, stable, signs),
    }


def rectified_excitation(network: SpikingNeuron, data: VogelsInput, tuning: Floats, v_mv: float = -55.0) -> Floats:
    """Excitatory weights [groups] as the inhibitory weights that would balance them at a membrane potential.

    A group's mean currents cancel where n_I g_I tau_I w_I (V - E_I) = n_E g_E tau_E w_E (E_E - V).
    """
    excitation = data.excitatory_per_group * network.g_excitatory_ns * network.tau_excitatory_ms
    inhibition = data.inhibitory_per_group * network.g_inhibitory_ns * network.tau_inhibitory_ms
    drive = (network.e_excitatory_mv - v_mv) / (v_mv - network.e_inhibitory_mv)
    return tuning * drive * excitation / inhibition


def _why(theta: Floats, stable: bool, signs: bool) -> str:
    alpha, beta = theta[2], theta[3]
    if signs:
        return "alpha < 0 < beta"
    if stable:
        return f"alpha = {alpha:.2g}, beta = {beta:.2g}: the Hebbian terms outweigh beta and hold the rate (Eq. 17)"
    return f"alpha = {alpha:.2g}, beta = {beta:.2g}: by Eq. (17) the rule holds no stable rate; the weight bounds do"
