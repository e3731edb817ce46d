"""IF: AMPA, GABA and NMDA, and a threshold that jumps at a spike and decays (fSBI)."""

from typing import NamedTuple

import numpy as np
from numba import njit

from plastica.inner.lanes import any_lane, fma, lane_bits, load, maximum, minimum, splat, store, where
from plastica.inner.recurrent.membranes.neuron import Neuron
from plastica.inner.recurrent.membranes.rows import constants_of, in_lanes, note

REST_MV = -70.0
SHARE_AMPA = 0.3 / 1.3  # 0.3 to 1 beside NMDA
JUMP_MV = 100.0  # of the threshold at a spike


class Jumping(NamedTuple):
    """Constants as the step takes them, potentials relative to E_I. Rows: U, g_AMPA, g_GABA, g_NMDA, and how far the
    threshold lies above rest."""

    dt_over_tau: float
    u_rest: float
    u_threshold: float
    u_excitatory: float
    drive: float  # tonic current times the membrane's resistance
    decay_ampa: float
    decay_gaba: float
    mix_nmda: float  # 1 - exp(-dt / tau_nmda)
    share_ampa: float
    share_nmda: float
    decay_jump: float
    jump: float


def constants(dt_ms: float, tonic_mv: float) -> Jumping:
    """Those of Auryn's IFGroup, with the shares of AMPA and NMDA that the sequels set."""
    return Jumping(
        **constants_of(dt_ms, tonic_mv, REST_MV),
        mix_nmda=1.0 - float(np.exp(-dt_ms / 100.0)),
        share_ampa=SHARE_AMPA,
        share_nmda=1.0 - SHARE_AMPA,
        decay_jump=float(np.exp(-dt_ms / 5.0)),
        jump=JUMP_MV,
    )


@njit(nogil=True, cache=True)
def step(membrane, state, neurons, spikes):
    """Currents from the conductances as they are, which decay after use. Returns the spikes' count."""
    groups = state.shape[1] // 16
    zero, one, per_tau, u_excitatory, rest, constant, threshold, decay_ampa, decay_gaba = in_lanes(membrane, state)
    mix, rest_of_mix = splat(membrane.mix_nmda, zero), splat(1.0 - membrane.mix_nmda, zero)
    share_ampa, share_nmda = splat(membrane.share_ampa, zero), splat(membrane.share_nmda, zero)
    decay_jump, jump = splat(membrane.decay_jump, zero), splat(membrane.jump, zero)
    count = 0
    for k in range(groups):
        U, g_ampa, g_gaba = load(state, k), load(state, groups + k), load(state, 2 * groups + k)
        g_nmda, above = load(state, 3 * groups + k), load(state, 4 * groups + k)
        g = fma(g_ampa, share_ampa, g_nmda * share_nmda)
        F = maximum(one - per_tau * (one + g + g_gaba), zero)
        U = fma(U, F, per_tau * fma(g, u_excitatory, constant))
        U = minimum(maximum(U, zero), u_excitatory)
        above = above * decay_jump
        fired = threshold + above < U
        if any_lane(fired):
            count = note(lane_bits(fired) & neurons[k], k, spikes, count)
            U = where(fired, rest, U)
            above = where(fired, jump, above)
        store(state, k, U)
        store(state, groups + k, g_ampa * decay_ampa)
        store(state, 2 * groups + k, g_gaba * decay_gaba)
        store(state, 3 * groups + k, fma(mix, g_ampa, g_nmda) * rest_of_mix)
        store(state, 4 * groups + k, above)
    return count


JUMPING = Neuron(REST_MV, (0.0, 0.0, 0.0, 0.0), constants, Jumping, step)
