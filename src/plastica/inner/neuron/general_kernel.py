"""The general kernel of the spiking neuron: any formulas, any number of traces, weights updated at every spike.

A step is that of `kernels`; only the weights are handled otherwise: a postsynaptic spike visits all synapses, unless
the formula leaves the weight as it is.
"""

import numpy as np
from numba import njit

from plastica.inner.compiled_formula import apply, is_unchanged
from plastica.inner.formula_cache import kept_by_name
from plastica.inner.lanes import (
    LANES,
    any_lane,
    fma,
    lane_bits,
    load,
    load_rows,
    maximum,
    products,
    splat,
    store,
    where,
)
from plastica.inner.neuron.kernels import CHUNK, TINY, note_spikes, prepare_excitation

_SCALE_LARGEST = 1e9  # where the scale of a presynaptic trace goes back to 1


@njit(nogil=True, cache=True, inline="always")
def _bounded(w, zero, limit):
    """Within [0, limit]; what is not a number counts as too large."""
    return where(w < limit, maximum(w, zero), limit)


@njit(nogil=True, cache=True)
def _rescale(synapses, scale, k):
    """Bring the k-th presynaptic trace of the lanes whose scale is too large back to scale 1."""
    s = load(scale, k)
    due = s > splat(_SCALE_LARGEST, s)
    if any_lane(due):
        zero = s - s
        width = synapses.shape[1]
        for at in range(1 + k, synapses.shape[0] * width, width):
            X = load(synapses, at)
            x = X / s
            store(synapses, at, where(due, where(x > TINY, x, zero), X))
        store(scale, k, where(due, zero + 1.0, s))


@kept_by_name
@njit(nogil=True, cache=True)
def simulate_formulas(on_pre, on_post, pre, post, membrane, drive, rules, powers, synapses, spikes):
    """As `simulate_pair`, for two formulas of the weight, the presynaptic traces, the postsynaptic traces and theta.

    pre and post are tuples as long as there are traces of either side; rules [P, LANES]; synapses [n, 1 + traces,
    LANES] hold the weight and the presynaptic traces, scaled as in `kernels`.
    """
    conductance, event_step, event_first, event_synapse = drive
    steps = conductance.size
    window = membrane.window
    counts = np.zeros(LANES, np.int64)
    A = np.empty(CHUNK * window, synapses.dtype)
    B = np.empty(CHUNK * window, synapses.dtype)
    clock = np.arange(window).astype(synapses.dtype)
    n_pre, n_post, width = len(pre), len(post), 1 + len(pre)
    rows, fade, grow = n_pre + 2 * n_post, n_pre, n_pre + n_post
    scale = np.ones((n_pre, LANES), synapses.dtype)  # of the presynaptic traces at step `anchor`
    inverse = np.ones((n_pre, LANES), synapses.dtype)
    x_post = np.zeros((n_post, LANES), synapses.dtype)  # at step `anchor`
    zero = splat(0.0, synapses)
    one = zero + 1.0
    limit = splat(membrane.weight_limit, zero)
    U = splat(membrane.u_rest, zero)
    h = zero
    ready = zero
    event = 0
    for boundary in range(1, (steps + window - 1) // window + 1):
        start = (boundary - 1) * window
        stop = min(start + window, steps)
        offset = (boundary - 1) % CHUNK * window
        if offset == 0:
            prepare_excitation(membrane, conductance[start : start + A.size], A, B)
        anchor = start
        for step in range(start, stop):
            i = step - start
            F = maximum(splat(A[offset + i], zero) - h, zero)
            U = where(ready <= splat(clock[i], zero), fma(U, F, splat(B[offset + i], zero)), U)  # Eq. (10)
            h = h * membrane.decay_inhibitory  # Eq. (11)
            fired = splat(membrane.u_threshold, zero) <= U
            if any_lane(fired):
                since = rows * (step - anchor)
                if not is_unchanged(on_post):
                    for k in range(n_pre):
                        store(inverse, k, one / (load(scale, k) * load(powers, since + k)))
                    per_scale = load_rows(inverse, 0, 1, pre)
                    after = products(load_rows(x_post, 0, 1, post), load_rows(powers, since + fade, 1, post))
                    for at in range(0, synapses.shape[0] * width, width):
                        w = load(synapses, at)
                        before = products(load_rows(synapses, at + 1, 1, pre), per_scale)
                        new = _bounded(apply(on_post, (w, *before, *after), rules, 0), zero, limit)
                        store(synapses, at, where(fired, new, w))
                for k in range(n_post):
                    x = load(x_post, k)
                    store(x_post, k, where(fired, x + load(powers, since + grow + k), x))
                U = where(fired, splat(membrane.u_reset, zero), U)
                ready = where(fired, splat(np.float64(i + membrane.refractory), zero), ready)
                note_spikes(lane_bits(fired), step, spikes, counts)
            if event_step[event] == step:
                since = rows * (step - anchor)
                for k in range(n_pre):
                    store(scale, k, load(scale, k) * load(powers, since + k))
                    store(inverse, k, one / load(scale, k))
                for k in range(n_post):
                    store(x_post, k, load(x_post, k) * load(powers, since + fade + k))
                anchor = step
                per_scale = load_rows(inverse, 0, 1, pre)
                after = load_rows(x_post, 0, 1, post)
                for entry in range(event_first[event], event_first[event + 1]):
                    here = width * np.intp(event_synapse[entry])
                    w = load(synapses, here)
                    before = products(load_rows(synapses, here + 1, 1, pre), per_scale)
                    h = fma(w, splat(membrane.jump_inhibitory, zero), h)  # Eq. (11)
                    store(synapses, here, _bounded(apply(on_pre, (w, *before, *after), rules, 0), zero, limit))
                    for k in range(n_pre):
                        store(synapses, here + 1 + k, load(synapses, here + 1 + k) + load(scale, k))
                event += 1
        since = rows * (stop - anchor)
        for k in range(n_pre):
            store(scale, k, load(scale, k) * load(powers, since + k))
            _rescale(synapses, scale, k)
        for k in range(n_post):
            x = load(x_post, k) * load(powers, since + fade + k)
            store(x_post, k, where(x > TINY, x, zero))
        h = where(h > TINY, h, zero)
        ready = ready - np.float64(window)
    return counts
