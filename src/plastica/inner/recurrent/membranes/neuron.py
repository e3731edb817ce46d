"""What a kind of neuron states: its constants, its rows of the state, its step, and what rules may read of it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Neuron:
    """A kind of neuron.

    `constants(dt_ms, tonic_mv)` gives a `membrane`, a named tuple of a class of its own; `step(membrane, state,
    neurons, spikes)`, compiled, advances all neurons by one step, writes those that spike into `spikes` and returns how
    many. Behind the potential the state has a row for each of `initial`, the values at which neurons begin.
    `quantities` {word: (row, factor)} is what formulas may read of the postsynaptic neuron: that row of the state times
    the factor.
    """

    rest_mv: float
    initial: tuple[float, ...]
    constants: Callable[[float, float], Any]
    membrane: type
    step: Callable[..., int]
    quantities: Mapping[str, tuple[int, float]] = field(default_factory=dict)
