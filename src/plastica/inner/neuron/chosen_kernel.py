"""Which kernel runs the candidates of a rule, and what it takes of each of them."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from plastica.inner.neuron.general_kernel import simulate_formulas
from plastica.inner.neuron.kernels import (
    WEIGHT_LARGEST,
    Membrane,
    due_lanes,
    simulate_pair,
    sweep_periods,
    trace_powers,
)
from plastica.inner.pair_form import pair_form, pair_thetas
from plastica.inner.spiking_rules import compiled_rule, time_constants, within_limits
from plastica.rules.base import Floats, Rule


@dataclass(frozen=True)
class Kernel:
    """A kernel with what it takes of each candidate: numbers [R, n], and levels of sweeps [2, R] as in `kernels`.

    run(drive, pack [n, 16], levels [2, 16], synapses [afferents, width, 16], trains) writes final weights and spikes
    into the last two and returns the spike counts.
    """

    run: Callable[..., NDArray[np.int64]]
    rules: Floats
    levels: NDArray[np.int64]
    width: int


def kernel_for(rule: Rule, theta: Floats, membrane: Membrane, dt_ms: float) -> Kernel:
    """The fast kernel for a rule that is Eq. (14), the general one for any other; thetas [R, P]."""
    held, form = within_limits(rule, theta), pair_form(rule)
    if form is None:
        return _general(rule, held, membrane, dt_ms)
    return _pair(pair_thetas(rule, form, held), membrane, dt_ms)


def _pair(thetas: Floats, membrane: Membrane, dt_ms: float) -> Kernel:
    def run(drive, pack, levels, synapses, trains):
        powers = trace_powers(pack[:1], pack[1:2], dt_ms, membrane.window)
        return simulate_pair(membrane, drive, pack, powers, due_lanes(levels, pack.dtype), synapses, trains)

    bounded = membrane.weight_limit < WEIGHT_LARGEST
    return Kernel(run, thetas, sweep_periods(thetas, membrane.window * dt_ms, bounded), width=2)


def _general(rule: Rule, thetas: Floats, membrane: Membrane, dt_ms: float) -> Kernel:
    formulas, (pre, post) = compiled_rule(rule), time_constants(rule)

    def run(drive, pack, levels, synapses, trains):
        powers = trace_powers(pack[pre], pack[post], dt_ms, membrane.window)
        traces = (0,) * len(pre), (0,) * len(post)
        return simulate_formulas(*formulas, *traces, membrane, drive, pack, powers, synapses, trains)

    return Kernel(run, thetas, np.zeros((2, len(thetas)), np.int64), width=1 + len(pre))
