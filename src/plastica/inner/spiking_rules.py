"""Rules of spikes as kernels that read formulas take them: compiled formulas, numbers within limits."""

from functools import lru_cache

import numpy as np

from plastica.inner.compiled_formula import Formula
from plastica.rules.base import TAU_LONGEST_MS, TAU_SHORTEST_MS, Floats, Rule


def time_constants(rule: Rule) -> tuple[list[int], list[int]]:
    """Where `within_limits` has those of the presynaptic and of the postsynaptic traces, in the order of these."""
    names = [*(parameter.name for parameter in rule.parameters()), *_numbers(rule)]
    pre, post = ([names.index(t.tau) for t in rule.traces if t.side == side] for side in ("pre", "post"))
    return pre, post


@lru_cache(maxsize=256)
def compiled_rule(rule: Rule, quantities: tuple[str, ...] = ()) -> tuple[Formula, Formula]:
    """(on_pre, on_post) for kernels, which read the weight, presynaptic traces, postsynaptic traces, and the further
    quantities of a network."""
    traces = tuple(trace.name for side in ("pre", "post") for trace in rule.traces if trace.side == side)
    parameters = tuple(parameter.name for parameter in rule.parameters())
    words = ("w", *traces, *quantities)
    on_pre, on_post = (Formula(rule.formulas[event], words, parameters) for event in ("on_pre", "on_post"))
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
