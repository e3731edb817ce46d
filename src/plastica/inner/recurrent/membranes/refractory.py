"""TIF: AMPA and GABA conductances, a fixed threshold, and a refractory period (SpikES; Vogels et al. 2011)."""

from typing import NamedTuple

from numba import njit

from plastica.inner.lanes import any_lane, fma, lane_bits, load, maximum, splat, store, where
from plastica.inner.recurrent.membranes.neuron import Neuron
from plastica.inner.recurrent.membranes.rows import constants_of, in_lanes, note

REST_MV = -60.0


class Refractory(NamedTuple):
    """Constants as the step takes them, potentials relative to E_I; refractory in steps. Rows: U, g_AMPA, g_GABA, and
    the steps that are left of the refractory period."""

    dt_over_tau: float
    u_rest: float
    u_threshold: float
    u_excitatory: float
    drive: float  # tonic current times the membrane's resistance
    refractory: float
    decay_ampa: float
    decay_gaba: float


def constants(dt_ms: float, tonic_mv: float) -> Refractory:
    """Those of Auryn's TIFGroup."""
    return Refractory(**constants_of(dt_ms, tonic_mv, REST_MV), refractory=float(round(5.0 / dt_ms)))


@njit(nogil=True, cache=True)
def step(membrane, state, neurons, spikes):
    """Conductances decay after use. Returns the spikes' count."""
    groups = state.shape[1] // 16
    zero, one, per_tau, u_excitatory, rest, constant, threshold, decay_ampa, decay_gaba = in_lanes(membrane, state)
    refractory = splat(membrane.refractory, zero)
    count = 0
    for k in range(groups):
        U, g_ampa = load(state, k), load(state, groups + k)
        g_gaba, left = load(state, 2 * groups + k), load(state, 3 * groups + k)
        F = maximum(one - per_tau * (one + g_ampa + g_gaba), zero)
        U = where(left > zero, rest, fma(U, F, per_tau * fma(g_ampa, u_excitatory, constant)))
        fired = threshold < U
        left = maximum(left - one, zero)
        if any_lane(fired):
            count = note(lane_bits(fired) & neurons[k], k, spikes, count)
            U = where(fired, rest, U)
            left = where(fired, refractory, left)
        store(state, k, U)
        store(state, groups + k, g_ampa * decay_ampa)
        store(state, 2 * groups + k, g_gaba * decay_gaba)
        store(state, 3 * groups + k, left)
    return count


REFRACTORY = Neuron(REST_MV, (0.0, 0.0, 0.0), constants, Refractory, step)
