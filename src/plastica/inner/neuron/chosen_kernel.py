"""Which kernel runs the candidates of a rule, and what it takes of each of them."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from plastica.inner.compiled_formula import Formula
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
from plastica.rules.base import TAU_LONGEST_MS, TAU_SHORTEST_MS, Floats, Rule


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


def time_constants(rule: Rule) -> tuple[list[int], list[int]]:
    """Where `within_limits` has those of the presynaptic and of the postsynaptic traces, in the order of these."""
    names = [*(parameter.name for parameter in rule.parameters()), *_numbers(rule)]
    pre, post = ([names.index(t.tau) for t in rule.traces if t.side == side] for side in ("pre", "post"))
    return pre, post


@lru_cache(maxsize=256)
def compiled_rule(rule: Rule) -> tuple[Formula, Formula]:
    """(on_pre, on_post) for kernels; their quantities are the weight, presynaptic traces, postsynaptic traces."""
    traces = tuple(trace.name for side in ("pre", "post") for trace in rule.traces if trace.side == side)
    parameters = tuple(parameter.name for parameter in rule.parameters())
    on_pre, on_post = (Formula(rule.formulas[event], ("w", *traces), parameters) for event in ("on_pre", "on_post"))
    return on_pre, on_post


def within_limits(rule: Rule, theta: Floats) -> Floats:
    """thetas [R, P], and behind them the time constants that are no parameters, with numbers that the kernels can
    represent: time constants held to their limits, zero instead of what is not a number. What other parameters mean is
    not known: only float32 limits them."""
    safe = np.clip(np.nan_to_num(theta, nan=0.0), -1e30, 1e30)
    safe = np.where(np.abs(safe) < 1e-20, 0.0, safe)
    safe = np.hstack([safe, np.tile(_numbers(rule), (len(theta), 1))])
    for k in {place for side in time_constants(rule) for place in side}:
        safe[:, k] = np.clip(safe[:, k], TAU_SHORTEST_MS, TAU_LONGEST_MS)
    return safe


def _numbers(rule: Rule) -> list[float]:
    """The time constants of a fixed rule."""
    return [trace.tau for trace in rule.traces if not isinstance(trace.tau, str)]
