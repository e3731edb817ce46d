"""How neurons advance by one step, sixteen at a time: the two membranes of the published networks.

The state is [5, numbers]: U = V - E_I, g_AMPA, g_GABA, and two rows of the membrane's own. Conductances are in units of
the leak. A step is forward Euler, U <- U F + dt / tau_m (U_rest + g_E U_E + drive) with F = 1 - dt / tau_m (1 + g_E +
g_I), held at F >= 0: a conductance that would carry V past its steady state within one step does not.
"""

from typing import NamedTuple

from numba import njit

from plastica.inner.lanes import any_lane, fma, lane_bits, load, maximum, minimum, splat, store, where

POTENTIAL, AMPA, GABA, NMDA, JUMP = range(5)  # rows of the state
REFRACTORY = NMDA  # steps that are left of it, in the same row
TINY = 1e-20  # where a decaying number becomes zero: none turns denormal within the steps between two looks
LOOK = 256  # steps between these


class Membrane(NamedTuple):
    """Constants as the kernels take them, potentials relative to E_I. `jumps`: of the threshold, and with NMDA."""

    jumps: bool
    dt_over_tau: float
    u_rest: float
    u_reset: float
    u_threshold: float
    u_excitatory: float
    drive: float  # tonic current times the membrane's resistance
    refractory: float  # steps
    decay_ampa: float
    decay_gaba: float
    mix_nmda: float  # 1 - exp(-dt / tau_nmda)
    share_ampa: float
    share_nmda: float
    decay_jump: float
    jump: float


@njit(nogil=True, cache=True)
def note(bits, k, spikes, count):
    """Append the neurons of the k-th sixteen whose bits are set; returns how many there are now."""
    number = 16 * k
    while bits:
        if bits & 1:
            spikes[count] = number
            count += 1
        bits >>= 1
        number += 1
    return count


@njit(nogil=True, cache=True)
def step_refractory(membrane, state, neurons, spikes):
    """Fixed threshold and absolute refractory period; conductances decay after use (TIF). Returns the spikes' count."""
    groups = state.shape[1] // 16
    zero = splat(0.0, state)
    one = zero + 1.0
    per_tau, u_excitatory = splat(membrane.dt_over_tau, zero), splat(membrane.u_excitatory, zero)
    rest, constant = splat(membrane.u_rest, zero), splat(membrane.u_rest + membrane.drive, zero)
    threshold, reset = splat(membrane.u_threshold, zero), splat(membrane.u_reset, zero)
    decay_ampa, decay_gaba = splat(membrane.decay_ampa, zero), splat(membrane.decay_gaba, zero)
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
            U = where(fired, reset, U)
            left = where(fired, refractory, left)
        store(state, k, U)
        store(state, groups + k, g_ampa * decay_ampa)
        store(state, 2 * groups + k, g_gaba * decay_gaba)
        store(state, 3 * groups + k, left)
    return count


@njit(nogil=True, cache=True)
def step_jumping(membrane, state, neurons, spikes):
    """AMPA, GABA and NMDA, and a threshold that jumps at a spike and decays (IF). Returns the spikes' count."""
    groups = state.shape[1] // 16
    zero = splat(0.0, state)
    one = zero + 1.0
    per_tau, u_excitatory = splat(membrane.dt_over_tau, zero), splat(membrane.u_excitatory, zero)
    constant = splat(membrane.u_rest + membrane.drive, zero)
    threshold, reset = splat(membrane.u_threshold, zero), splat(membrane.u_reset, zero)
    decay_ampa, decay_gaba = splat(membrane.decay_ampa, zero), splat(membrane.decay_gaba, zero)
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
            U = where(fired, reset, U)
            above = where(fired, jump, above)
        store(state, k, U)
        store(state, groups + k, g_ampa * decay_ampa)
        store(state, 2 * groups + k, g_gaba * decay_gaba)
        store(state, 3 * groups + k, fma(mix, g_ampa, g_nmda) * rest_of_mix)
        store(state, 4 * groups + k, above)
    return count


@njit(nogil=True, cache=True)
def forget_tiny(state):
    """Numbers that have decayed to nothing become zero; denormal ones would be slow."""
    groups = state.shape[1] // 16
    zero = splat(0.0, state)
    for k in range(groups, state.shape[0] * groups):
        x = load(state, k)
        store(state, k, where(x > splat(TINY, zero), x, zero))
