"""The segments of a network's trials, and the spans of steps that a dataset makes of them."""

from typing import Any

import numpy as np

from plastica.inner.recurrent.segments import Segment, Span, ends


def segments_of(network: Any) -> tuple[Segment, ...]:
    """Those that are given, or warm-up, learning and scoring."""
    given: tuple[Segment, ...] = network.segments
    warmup = (Segment(name="warmup", seconds=network.warmup_s, plastic=False),) if network.warmup_s else ()
    return given or (
        *warmup,
        Segment(name="learning", seconds=network.learning_s),
        Segment(name="scoring", seconds=network.scoring_s, recorded=True),
    )


def spans_of(network: Any, learning_s: float, draw: np.random.Generator) -> tuple[Span, ...]:
    """One a segment, end to end; `learning_s` was drawn already, and `draw` gives the other durations."""
    spans, first = [], 0
    for segment in segments_of(network):
        usual = segment.name == "learning" and not network.segments
        seconds = learning_s if usual else draw.uniform(*ends(segment.seconds))
        last = first + max(1, network.steps(seconds))
        spans.append(Span(segment.name, first, last, segment.plastic, segment.recorded, segment.restores))
        first = last
    return tuple(spans)
