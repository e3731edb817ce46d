"""The protocol of a trial: segments of time, one behind the other, and the spans of steps that they become."""

from collections.abc import Mapping
from typing import Annotated, NamedTuple

from pydantic import Field, model_validator

from plastica.section import Section

Number = Annotated[float, Field(ge=0, le=1e4)]
Drawn = Number | tuple[Number, Number]  # a number, or the ends of a range from which each dataset draws one
SAMPLE_MS = 10.0  # of the running rate that is recorded


class Segment(Section):
    """A part of a trial. `restores`: behind it, all is again as it was before, so that it leaves no trace."""

    name: Annotated[str, Field(min_length=1, max_length=40)] = Field(description="what it is called")
    seconds: Drawn = Field(default=1.0, description="how long it takes, s; [low, high]: drawn for each dataset")
    plastic: bool = Field(default=True, description="whether rules act")
    recorded: bool = Field(default=False, description="whether its spikes and rates count")
    patterns: tuple[Annotated[int, Field(ge=0)], ...] = Field(
        default=(), description="patterns that inputs show in it, by number, each time one of them; none: background"
    )
    on_s: Annotated[float, Field(gt=0, le=1e4)] = Field(
        default=2.0, description="mean time for which a pattern stays, s: normal, with a third of it as sd"
    )
    off_s: Number = Field(default=0.1, description="mean time between two patterns, s: exponential")
    restores: bool = Field(
        default=False, description="whether all is again as before when it ends: a probe that leaves no trace"
    )

    @model_validator(mode="before")
    @classmethod
    def _lists_are_tuples(cls, given: object) -> object:
        """A list, as a file has it, is as good as a tuple."""
        if not isinstance(given, Mapping):
            return given
        return {key: tuple(value) if isinstance(value, list) else value for key, value in given.items()}

    @model_validator(mode="after")
    def _check(self) -> "Segment":
        low, high = ends(self.seconds)
        if low > high:
            raise ValueError(f"seconds = [{low:g}, {high:g}] is no range: write the smaller number first")
        if not high:
            raise ValueError("seconds = 0 is no length: make the segment longer, or leave it out")
        if self.recorded and low < high:
            raise ValueError(
                f"seconds = [{low:g}, {high:g}] of a recorded segment: all trials record as much, so give one number"
            )
        return self


class Span(NamedTuple):
    """The steps of a segment: from `first`, and before `last`."""

    name: str
    first: int
    last: int
    plastic: bool
    recorded: bool
    restores: bool

    @property
    def steps(self) -> int:
        return self.last - self.first


class Phases(NamedTuple):
    """Steps at which plasticity and recording begin, and the trial ends."""

    learning: int
    scoring: int
    end: int


def phases_of(spans: tuple[Span, ...]) -> Phases:
    """Where the first span that is plastic begins, where the first that is recorded, and where the last ends."""
    end = spans[-1].last
    learning = next((span.first for span in spans if span.plastic), end)
    return Phases(learning, next((span.first for span in spans if span.recorded), end), end)


def samples(steps: int, dt_ms: float) -> int:
    """How many samples of the running rate there are of so many steps."""
    return -(-steps // per_sample(dt_ms))


def per_sample(dt_ms: float) -> int:
    return max(1, round(SAMPLE_MS / dt_ms))


def ends(given: float | tuple[float, float]) -> tuple[float, float]:
    """The range of a setting that may be a number."""
    return given if isinstance(given, tuple) else (given, given)
