"""A single synapse under spike trains, by a rule's own formulas in float64: all conditions at once, spike by spike."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from plastica.analysis.protocols.trains import Trains
from plastica.inner.spiking_rules import within_limits
from plastica.rules.base import Floats, Rule, Trace
from plastica.rules.expression import Expression
from plastica.rules.readers import NUMPY, read


@dataclass(frozen=True)
class Synapse:
    """A rule for spikes with its numbers, as networks compute with them; no bound holds its weight."""

    formulas: Mapping[str, Expression]  # on_pre, on_post: the new weight
    traces: tuple[Trace, ...]
    numbers: Mapping[str, float]

    @classmethod
    def of(cls, rule: Rule, theta: Floats) -> "Synapse":
        names = [parameter.name for parameter in rule.parameters()]
        held = within_limits(rule, np.asarray(theta, dtype=float)[None])[0, : len(names)]
        numbers = dict(zip(names, held.tolist(), strict=True))
        return cls(rule.formulas, rule.traces, numbers)

    def resting(self) -> dict[str, Any]:
        """Traces long after the last spike."""
        return {trace.name: 0.0 for trace in self.traces}

    def stationary(self, pre_hz: Floats, post_hz: Floats) -> dict[str, Any]:
        """The mean of each trace under stationary trains: rate times time constant."""
        rates = {"pre": pre_hz, "post": post_hz}
        return {trace.name: 1e-3 * trace.tau_ms(self.numbers) * rates[trace.side] for trace in self.traces}


def changed(synapse: Synapse, trains: Trains, weight: Floats, traces: Mapping[str, Any], hold: bool = False) -> Floats:
    """By how much a weight [..., L] has changed at the end of trains of L lanes; `traces` is where they begin.

    `hold`: every spike finds the weight of the beginning, so that the sum is the drift at that weight.
    """
    lanes = np.shape(trains.time_ms)[0]
    x = {name: np.broadcast_to(np.asarray(value, dtype=float), lanes) for name, value in traces.items()}
    start = np.array(np.broadcast_to(weight, np.broadcast_shapes(np.shape(weight), (lanes,))), dtype=float)
    total, clock = np.zeros_like(start), np.zeros(lanes)
    for time, is_post in zip(trains.time_ms.T, trains.is_post.T, strict=True):
        here = np.isfinite(time)
        elapsed = np.where(here, time, clock) - clock
        x = {trace.name: x[trace.name] * np.exp(-elapsed / trace.tau_ms(synapse.numbers)) for trace in synapse.traces}
        w = start if hold else start + total
        total = total + np.where(here, _new(synapse, is_post, {**x, "w": w}) - w, 0.0)
        own = {"post": here & is_post, "pre": here & ~is_post}
        x = {trace.name: x[trace.name] + own[trace.side] for trace in synapse.traces}
        clock = clock + elapsed
    return total


def _new(synapse: Synapse, is_post: np.ndarray, quantities: Mapping[str, Any]) -> Floats:
    """The weight after a spike of the side of each lane."""
    values = {**synapse.numbers, **quantities}
    on_post, on_pre = (read(synapse.formulas[event], NUMPY, values) for event in ("on_post", "on_pre"))
    return np.where(is_post, on_post, on_pre)
