"""What all membranes share: rows of the state, spikes noted, and numbers that have decayed to nothing.

The state is [rows, numbers]: U = V - E_I, g_AMPA, g_GABA, and rows of the membrane's own. Conductances are in units of
the leak. A step is forward Euler, U <- U F + dt / tau_m (U_rest + g_E U_E + drive) with F = 1 - dt / tau_m (1 + g_E +
g_I), held at F >= 0: a conductance that would carry V past its steady state within one step does not.
"""

from numba import njit

from plastica.inner.lanes import load, maximum, splat, store, where

POTENTIAL, AMPA, GABA = range(3)  # rows of the state of any membrane
TINY = 1e-20  # where a decaying number becomes zero: none turns denormal within the steps between two looks
LOOK = 256  # steps between these
E_INHIBITORY_MV, U_EXCITATORY = -80.0, 80.0


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
