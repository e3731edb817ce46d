"""CVAIF: the neuron of `jumping` with an adaptation conductance, and with traces that rules may read (SpikES, fSBI).

A spike raises g_A by 0.1, which decays with 100 ms and acts with the reversal potential of inhibition. Three traces
follow the potential V and the currents J_E = -g_E V and J_I = (g_GABA + g_A) (V - E_I) as they are before the step, in
volts as published: x <- (x + m input)(1 - m), m = dt / tau. Unlike there, conductances decay before they are used, and
m is dt / tau for NMDA, too.
"""

from dataclasses import replace
from functools import partial
from typing import NamedTuple

import numpy as np
from numba import njit

from plastica.inner.lanes import any_lane, fma, lane_bits, load, maximum, minimum, splat, store, where
from plastica.inner.recurrent.membranes.jumping import JUMPING, REST_MV
from plastica.inner.recurrent.membranes.neuron import Neuron
from plastica.inner.recurrent.membranes.rows import in_lanes, note

ADAPTATION = 0.1  # of g_A at a spike
VOLTS = 1e-3
V_TRACE, EXCITATORY_TRACE, INHIBITORY_TRACE = 6, 7, 8  # rows, in mV


class Adapting(NamedTuple):
    """Constants as the step takes them, potentials relative to E_I. Rows: U, g_AMPA, g_GABA, g_NMDA, how far the
    threshold lies above rest, g_A, and the traces of V, J_E and J_I in mV."""

    dt_over_tau: float
    u_rest: float
    u_threshold: float
    u_excitatory: float
    drive: float  # tonic current times the membrane's resistance
    decay_ampa: float
    decay_gaba: float
    mix_nmda: float  # dt / tau of NMDA, and of the traces
    share_ampa: float
    share_nmda: float
    decay_jump: float
    jump: float
    decay_adaptation: float
    adaptation: float
    mix_v: float
    mix_excitatory: float
    mix_inhibitory: float


def constants(dt_ms: float, tonic_mv: float, tau_v_ms: float = 100.0) -> Adapting:
    """Those of the authors' CVAIFGroup as SpikES sets them: 100 ms for V and J_I, 10 ms for J_E."""
    return Adapting(
        **JUMPING.constants(dt_ms, tonic_mv)._replace(mix_nmda=dt_ms / 100.0)._asdict(),
        decay_adaptation=float(np.exp(-dt_ms / 100.0)),
        adaptation=ADAPTATION,
        mix_v=dt_ms / tau_v_ms,
        mix_excitatory=dt_ms / 10.0,
        mix_inhibitory=dt_ms / 100.0,
    )


@njit(nogil=True, cache=True, inline="always")
def _follow(state, place, mix, current):
    """A trace of the state, one step on."""
    x = load(state, place)
    store(state, place, fma(mix, current, x) * (mix * -1.0 + 1.0))


@njit(nogil=True, cache=True)
def step(membrane, state, neurons, spikes):
    """Conductances decay before use. Returns the spikes' count."""
    groups = state.shape[1] // 16
    zero, one, per_tau, u_excitatory, rest, constant, threshold, decay_ampa, decay_gaba = in_lanes(membrane, state)
    mix, rest_of_mix = splat(membrane.mix_nmda, zero), splat(1.0 - membrane.mix_nmda, zero)
    share_ampa, share_nmda = splat(membrane.share_ampa, zero), splat(membrane.share_nmda, zero)
    decay_jump, jump = splat(membrane.decay_jump, zero), splat(membrane.jump, zero)
    decay_adaptation, adaptation = splat(membrane.decay_adaptation, zero), splat(membrane.adaptation, zero)
    mix_v, mix_excitatory = splat(membrane.mix_v, zero), splat(membrane.mix_excitatory, zero)
    mix_inhibitory = splat(membrane.mix_inhibitory, zero)
    count = 0
    for k in range(groups):
        U, g_ampa, g_gaba = load(state, k), load(state, groups + k) * decay_ampa, load(state, 2 * groups + k)
        g_gaba = g_gaba * decay_gaba
        g_nmda = fma(mix, g_ampa, load(state, 3 * groups + k)) * rest_of_mix
        above, g_a = load(state, 4 * groups + k) * decay_jump, load(state, 5 * groups + k) * decay_adaptation
        g, g_inhibitory = fma(g_ampa, share_ampa, g_nmda * share_nmda), g_gaba + g_a
        V = U - u_excitatory
        _follow(state, V_TRACE * groups + k, mix_v, V)
        _follow(state, EXCITATORY_TRACE * groups + k, mix_excitatory, g * (zero - V))
        _follow(state, INHIBITORY_TRACE * groups + k, mix_inhibitory, g_inhibitory * U)
        F = maximum(one - per_tau * (one + g + g_inhibitory), zero)
        U = fma(U, F, per_tau * fma(g, u_excitatory, constant))
        U = minimum(maximum(U, zero), u_excitatory)
        fired = threshold + above < U
        if any_lane(fired):
            count = note(lane_bits(fired) & neurons[k], k, spikes, count)
            U = where(fired, rest, U)
            above = where(fired, jump, above)
            g_a = where(fired, g_a + adaptation, g_a)
        store(state, k, U)
        store(state, groups + k, g_ampa)
        store(state, 2 * groups + k, g_gaba)
        store(state, 3 * groups + k, g_nmda)
        store(state, 4 * groups + k, above)
        store(state, 5 * groups + k, g_a)
    return count


V_AS_FSBI_MS = 10.0  # time constant of the trace of V: fSBI's simulation gives that of J_E for it

ADAPTING = Neuron(
    REST_MV,
    (0.0, 0.0, 0.0, 0.0, 0.0, REST_MV, 0.0, 0.0),
    constants,
    Adapting,
    step,
    quantities={
        "v_post": (V_TRACE, VOLTS),
        "e_post": (EXCITATORY_TRACE, VOLTS),
        "i_post": (INHIBITORY_TRACE, VOLTS),
    },
)
AS_FSBI = replace(ADAPTING, constants=partial(constants, tau_v_ms=V_AS_FSBI_MS))
