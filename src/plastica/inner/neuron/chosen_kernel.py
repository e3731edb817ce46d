"""Which kernel runs the candidates of a rule, and what it takes of each of them."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from plastica.inner.lanes import LANES
from plastica.inner.neuron.general_kernel import simulate_formulas
from plastica.inner.neuron.kernels import (
    TOGETHER,
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

    run(drive, pack [n, L], levels [2, L], synapses [afferents, width, L], trains) writes final weights and spikes into
    the last two and returns the spike counts; L is a multiple of sixteen, and at most `lanes`.
    """

    run: Callable[..., NDArray[np.int64]]
    rules: Floats
    levels: NDArray[np.int64]
    width: int
    lanes: int


def kernel_for(rule: Rule, theta: Floats, membrane: Membrane, dt_ms: float) -> Kernel:
    """The fast kernel for a rule that is Eq. (14), the general one for any other; thetas [R, P]."""
    held, form = within_limits(rule, theta), pair_form(rule)
    if form is None:
        return _general(rule, held, membrane, dt_ms)
    return _pair(pair_thetas(rule, form, held), membrane, dt_ms)


def _pair(thetas: Floats, membrane: Membrane, dt_ms: float) -> Kernel:
    def run(drive, pack, levels, synapses, trains):
        powers = trace_powers(pack[:1], pack[1:2], dt_ms, membrane.window)
        due, packs = due_lanes(levels, pack.dtype), (0,) * (pack.shape[1] // LANES)
        return simulate_pair(membrane, drive, pack, powers, due, synapses, trains, packs)

    bounded = membrane.weight_limit < WEIGHT_LARGEST
    return Kernel(run, thetas, sweep_periods(thetas, membrane.window * dt_ms, bounded), width=2, lanes=TOGETHER * LANES)


def _general(rule: Rule, thetas: Floats, membrane: Membrane, dt_ms: float) -> Kernel:
    formulas, (pre, post) = compiled_rule(rule), time_constants(rule)

    def run(drive, pack, levels, synapses, trains):
        powers = trace_powers(pack[pre], pack[post], dt_ms, membrane.window)
        traces = (0,) * len(pre), (0,) * len(post)
        return simulate_formulas(*formulas, *traces, membrane, drive, pack, powers, synapses, trains)

    return Kernel(run, thetas, np.zeros((2, len(thetas)), np.int64), width=1 + len(pre), lanes=LANES)
