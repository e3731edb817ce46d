"""What all membranes share: rows of the state, constants, spikes noted, and numbers that have decayed to nothing.

The state is [rows, numbers]: U = V - E_I, g_AMPA, g_GABA, and rows of the membrane's own. Conductances are in units of
the leak. A step is forward Euler, U <- U F + dt / tau_m (U_rest + g_E U_E + drive) with F = 1 - dt / tau_m (1 + g_E +
g_I), held at F >= 0: a conductance that would carry V past its steady state within one step does not.
"""

import numpy as np
from numba import njit

from plastica.inner.lanes import load, maximum, splat, store, where

POTENTIAL, AMPA, GABA = range(3)  # rows of the state of any membrane
TINY = 1e-20  # where a decaying number becomes zero: none turns denormal within the steps between two looks
LOOK = 256  # steps between these
E_INHIBITORY_MV, U_EXCITATORY = -80.0, 80.0


def constants_of(dt_ms: float, tonic_mv: float, rest_mv: float) -> dict[str, float]:
    """Those that all these membranes have, potentials relative to E_I."""
    return {
        "dt_over_tau": dt_ms / 20.0,
        "u_rest": rest_mv - E_INHIBITORY_MV,
        "u_threshold": -50.0 - E_INHIBITORY_MV,
        "u_excitatory": U_EXCITATORY,
        "drive": tonic_mv,
        "decay_ampa": float(np.exp(-dt_ms / 5.0)),
        "decay_gaba": float(np.exp(-dt_ms / 10.0)),
    }


@njit(nogil=True, cache=True, inline="always")
def in_lanes(membrane, state):
    """0 and 1, and these constants as a step takes them, sixteen times each."""
    zero = splat(0.0, state)
    return (
        zero,
        zero + 1.0,
        splat(membrane.dt_over_tau, zero),
        splat(membrane.u_excitatory, zero),
        splat(membrane.u_rest, zero),
        splat(membrane.u_rest + membrane.drive, zero),
        splat(membrane.u_threshold, zero),
        splat(membrane.decay_ampa, zero),
        splat(membrane.decay_gaba, zero),
    )


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
def forget_tiny(state):
    """Numbers that have decayed to nothing become zero, of either sign; denormal ones would be slow."""
    groups = state.shape[1] // 16
    zero = splat(0.0, state)
    for k in range(groups, state.shape[0] * groups):
        x = load(state, k)
        store(state, k, where(maximum(x, zero - x) > splat(TINY, zero), x, zero))
