"""Patterns that inputs show: contiguous groups of them that are more active for a while, now this one and now that."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from plastica.inner.recurrent.segments import Segment, Span
from plastica.inner.recurrent.wiring import successes

RELEASED_OFFSET_HZ = 0.01  # the released code divides by the rate of the background and this


@dataclass(frozen=True)
class Shown:
    """One pattern, from a step on and before another."""

    pattern: int
    first: int
    last: int


def schedule(
    segments: Sequence[Segment], spans: Sequence[Span], dt_ms: float, generator: np.random.Generator
) -> list[Shown]:
    """What is shown when: in a segment with patterns one of them at a time, for a normal time, then none, for an
    exponential one."""
    found = []
    for segment, span in zip(segments, spans, strict=True):
        step = span.first
        while segment.patterns and step < span.last:
            on = int(max(0.0, generator.normal(segment.on_s, segment.on_s / 3)) * 1e3 / dt_ms)
            off = int(generator.exponential(segment.off_s) * 1e3 / dt_ms)
            pattern = segment.patterns[int(generator.integers(len(segment.patterns)))]
            found.append(Shown(pattern, step, min(step + on, span.last)))
            step += max(1, on + off)
    return found


def further_spikes(
    shown: Sequence[Shown],
    starts: Sequence[int],
    size: int,
    inputs: int,
    probability: float,
    generator: np.random.Generator,
) -> NDArray[np.int64]:
    """Spikes of the inputs of what is shown, each with this probability in a step, as step * inputs + input."""
    found = [np.zeros(0, np.int64)]
    for one in shown:
        at = successes(probability, (one.last - one.first) * size, generator)
        found.append((one.first + at // size) * inputs + starts[one.pattern] + at % size)
    return np.concatenate(found)


def further_probability(pattern_hz: float, background_hz: float, released: bool, dt_ms: float) -> float:
    """That an input of a pattern spikes in a step, beside its background: such that both together have the rate of the
    pattern, or, as released, with the rate of the pattern over that of the background, in Hz."""
    per_step = dt_ms * 1e-3
    if released:
        return pattern_hz / (background_hz + RELEASED_OFFSET_HZ) * per_step
    return (pattern_hz - background_hz) * per_step / (1 - background_hz * per_step)
