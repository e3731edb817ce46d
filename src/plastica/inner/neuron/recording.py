"""One candidate in full: potential, currents, spikes and weights over time, for figures (Fig. 3C)."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numba import njit

from plastica.inner.compiled_formula import apply, numbers
from plastica.inner.neuron.dataset import SpikingDataset
from plastica.inner.neuron.network import SpikingNeuron, plastic_rule
from plastica.inner.spiking_rules import compiled_rule, time_constants, within_limits
from plastica.rules.base import Floats, Rule


@dataclass(frozen=True)
class SpikingRecording:
    """Time courses of one candidate. Currents are as they drive the neuron: positive depolarises."""

    time_ms: Floats  # [T] starts of the recorded steps
    potential_mv: Floats  # [T]
    excitatory_pa: Floats  # [T] -g_E (V - E_E)
    inhibitory_pa: Floats  # [T] -g_I (V - E_I)
    spike_ms: Floats  # [spikes] of the whole trial
    weight_time_ms: Floats  # [S]
    group_weights: Floats  # [S, groups] mean inhibitory weight of each group

    @property
    def net_pa(self) -> Floats:
        """Excitatory plus inhibitory current, pA [T]."""
        return self.excitatory_pa + self.inhibitory_pa


def record(
    neuron: SpikingNeuron,
    rules: Mapping[str, Rule],
    theta: Floats,
    dataset: SpikingDataset,
    start_ms: float = 0.0,
    stop_ms: float = 1000.0,
    sample_ms: float = 100.0,
) -> SpikingRecording:
    """Run theta [P] on a dataset in float64; potential and currents from start_ms to stop_ms, weights each sample_ms.

    Raises ValueError if theta is not finite or the window does not lie within the trial.
    """
    theta = np.asarray(theta, dtype=np.float64)
    if not np.isfinite(theta).all():
        raise ValueError("a rule with a coefficient that is not finite cannot be recorded")
    start, stop = round(start_ms / neuron.dt_ms), round(stop_ms / neuron.dt_ms)
    if not 0 <= start < stop <= dataset.steps:
        raise ValueError(f"the recorded window {start_ms:g} to {stop_ms:g} ms does not lie within the trial")
    rule = plastic_rule(rules)
    sample = max(1, round(sample_ms / neuron.dt_ms))
    membrane = neuron.membrane()
    held = within_limits(rule, theta[None])[0]
    fades = [np.exp(-neuron.dt_ms / held[places]) for places in time_constants(rule)]
    traces = [(0,) * fade.size for fade in fades]
    state = (dataset.initial_weights.copy(), dataset.tuning.size)
    u, g_i, spikes, samples = _record(
        *compiled_rule(rule), *traces, held, membrane, dataset.drive, *fades, *state, start, stop, sample
    )
    g_e = dataset.drive.conductance[start:stop].astype(np.float64)
    potential = u + neuron.e_inhibitory_mv
    return SpikingRecording(
        time_ms=neuron.dt_ms * np.arange(start, stop, dtype=np.float64),
        potential_mv=potential,
        excitatory_pa=-neuron.g_leak_ns * g_e * (potential - neuron.e_excitatory_mv),
        inhibitory_pa=-neuron.g_leak_ns * g_i / membrane.dt_over_tau * u,
        spike_ms=spikes * neuron.dt_ms,
        weight_time_ms=neuron.dt_ms * sample * np.arange(len(samples), dtype=np.float64),
        group_weights=samples,
    )


@njit(nogil=True, cache=True)
def _held(w, limit):
    """A weight within [0, limit]; what is not a number counts as too large."""
    return max(w, 0.0) if w < limit else limit


@njit(nogil=True, cache=True)
def _record(on_pre, on_post, pre, post, theta, membrane, drive, fade_pre, fade_post, w, groups, start, stop, sample):
    """The neuron of `kernels`, one candidate, step by step: (U, h) in the window, spikes, sampled weights."""
    conductance, event_step, event_first, event_synapse = drive
    steps = conductance.size
    potential = np.empty(stop - start)
    inhibition = np.empty(stop - start)
    samples = np.empty(((steps + sample - 1) // sample, groups))
    spikes = np.empty(steps // max(1, membrane.refractory) + 1, np.int64)
    x = np.zeros((w.size, fade_pre.size))
    x_post = np.zeros(fade_post.size)
    U, h, ready, count, event = membrane.u_rest, 0.0, 0, 0, 0
    for step in range(steps):
        if step % sample == 0:
            for group in range(groups):
                samples[step // sample, group] = w.reshape((groups, -1))[group].mean()
        if start <= step < stop:
            potential[step - start] = U
            inhibition[step - start] = h
        g = np.float64(conductance[step])
        if step >= ready:
            F = max(1.0 - membrane.dt_over_tau * (1.0 + g) - h, 0.0)
            U = U * F + membrane.dt_over_tau * (membrane.u_rest + g * membrane.u_excitatory)  # Eq. (10)
        h *= membrane.decay_inhibitory  # Eq. (11)
        if membrane.u_threshold <= U:
            U = membrane.u_reset
            ready = step + membrane.refractory
            after = numbers(x_post, 0, post)
            for k in range(w.size):
                old, before = w[k], numbers(x, k * len(pre), pre)
                w[k] = _held(apply(on_post, (old, *before, *after), theta, 0), membrane.weight_limit)
            x_post += 1.0
            spikes[count] = step
            count += 1
        if event_step[event] == step:
            after = numbers(x_post, 0, post)
            for entry in range(event_first[event], event_first[event + 1]):
                k = event_synapse[entry]
                old, before = w[k], numbers(x, k * len(pre), pre)
                h += membrane.jump_inhibitory * old  # Eq. (11)
                w[k] = _held(apply(on_pre, (old, *before, *after), theta, 0), membrane.weight_limit)
                x[k] += 1.0
            event += 1
        for k in range(w.size):
            x[k] *= fade_pre  # Eq. (12)
        x_post *= fade_post
    return potential, inhibition, spikes[:count].copy(), samples
