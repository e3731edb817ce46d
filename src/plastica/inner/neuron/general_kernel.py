"""The general kernel of the spiking neuron: any rule given as functions of scalars, weights updated at every spike.

A step is that of `kernels`; only the weights are handled otherwise: a postsynaptic spike visits all synapses.
The functions of a rule are compiled for lanes, sixteen candidates at a time; functions that branch or call `math` do
not compile for lanes, and then run lane by lane.
"""

from functools import lru_cache

import numpy as np
from numba import njit, types
from numba.core.errors import NumbaError

from plastica.inner import lanes
from plastica.inner.lanes import (
    LANES,
    any_lane,
    extract,
    fma,
    insert,
    lane_bits,
    load,
    load_rows,
    maximum,
    splat,
    store,
    where,
)
from plastica.inner.neuron.kernels import (
    CHUNK,
    FADE_POST,
    GROW_POST,
    GROW_PRE,
    ROWS,
    TINY,
    note_spikes,
    prepare_excitation,
)
from plastica.rules.spike_rule import SpikeRule

_SCALE_LARGEST = 1e9  # where the scale of the presynaptic traces goes back to 1


@lru_cache(maxsize=256)
def compiled_scalar(function):
    """A rule's function for single numbers; a division by zero is infinite, not an error."""
    return njit(nogil=True, error_model="numpy")(function)


@lru_cache(maxsize=256)
def compiled(function, parameters: int, double: bool):
    """A rule's function for lanes: compiled as it stands if it can be, else applied lane by lane."""
    scalar = compiled_scalar(function)
    element = types.float64 if double else types.float32
    try:
        vector = njit(nogil=True, error_model="numpy")(function)
        vector.compile((lanes.of(element),) * (3 + parameters))
        if vector.nopython_signatures[0].return_type == lanes.of(element):
            return vector
    except (NumbaError, TypeError):  # it branches, or calls what is defined for scalars only
        pass

    @njit(nogil=True)
    def lane_by_lane(w, x_pre, x_post, *theta):
        result = w
        for lane in range(LANES):
            arguments = extract(theta, lane)
            new = scalar(extract(w, lane), extract(x_pre, lane), extract(x_post, lane), *arguments)
            result = insert(result, lane, new)
        return result

    return lane_by_lane


def check_compiles(rule: SpikeRule) -> None:
    """Raise ValueError where numba cannot compile the functions of a rule for as many numbers as theta has."""
    numbers = (types.float64,) * (3 + len(rule.parameters()))
    for function in (rule.on_pre, rule.on_post):
        try:
            compiled_scalar(function).compile(numbers)
        except (NumbaError, TypeError) as error:
            said = " ".join(line.strip() for line in str(error).splitlines()[:2])
            raise ValueError(
                f"{type(rule).__name__}.{function.__name__} does not compile for w, x_pre, x_post and "
                f"{len(rule.parameters())} parameters ({said}): use only arithmetic, comparisons, if and math"
            ) from None


@njit(nogil=True, inline="always")
def _bounded(w, zero, limit):
    """Within [0, limit]; what is not a number counts as too large."""
    return where(w < limit, maximum(w, zero), limit)


@njit(nogil=True)
def simulate_rule(on_pre, on_post, template, membrane, drive, rules, powers, synapses, spikes):
    """As `simulate_pair`, for the rule with these functions of lanes; `template` is a tuple as long as theta."""
    conductance, event_step, event_first, event_synapse = drive
    steps = conductance.size
    window = membrane.window
    counts = np.zeros(LANES, np.int64)
    A = np.empty(CHUNK * window, synapses.dtype)
    B = np.empty(CHUNK * window, synapses.dtype)
    clock = np.arange(window).astype(synapses.dtype)
    theta = load_rows(rules, template)
    zero = load(rules, 0) * 0.0
    one = zero + 1.0
    limit = splat(membrane.weight_limit, zero)
    U = splat(membrane.u_rest, zero)
    h = zero
    ready = zero
    x_post = zero
    s = one
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
                since = ROWS * (step - anchor)
                inverse = one / (s * load(powers, since + GROW_PRE))
                x_now = x_post * load(powers, since + FADE_POST)
                for k in range(synapses.shape[0]):
                    w = load(synapses, 2 * k)
                    new = _bounded(on_post(w, load(synapses, 2 * k + 1) * inverse, x_now, *theta), zero, limit)
                    store(synapses, 2 * k, where(fired, new, w))
                x_post = where(fired, x_post + load(powers, since + GROW_POST), x_post)
                U = where(fired, splat(membrane.u_reset, zero), U)
                ready = where(fired, splat(np.float64(i + membrane.refractory), zero), ready)
                note_spikes(lane_bits(fired), step, spikes, counts)
            if event_step[event] == step:
                s = s * load(powers, ROWS * (step - anchor) + GROW_PRE)
                x_post = x_post * load(powers, ROWS * (step - anchor) + FADE_POST)
                anchor = step
                for entry in range(event_first[event], event_first[event + 1]):
                    here = 2 * np.intp(event_synapse[entry])
                    w = load(synapses, here)
                    X = load(synapses, here + 1)
                    h = fma(w, splat(membrane.jump_inhibitory, zero), h)  # Eq. (11)
                    store(synapses, here, _bounded(on_pre(w, X / s, x_post, *theta), zero, limit))
                    store(synapses, here + 1, X + s)
                event += 1
        s = s * load(powers, ROWS * (stop - anchor) + GROW_PRE)
        x_post = x_post * load(powers, ROWS * (stop - anchor) + FADE_POST)
        x_post = where(x_post > TINY, x_post, zero)
        h = where(h > TINY, h, zero)
        ready = ready - np.float64(window)
        due = s > splat(_SCALE_LARGEST, zero)
        if any_lane(due):
            for k in range(synapses.shape[0]):
                X = load(synapses, 2 * k + 1)
                x = X / s
                store(synapses, 2 * k + 1, where(due, where(x > TINY, x, zero), X))
            s = where(due, one, s)
    return counts
