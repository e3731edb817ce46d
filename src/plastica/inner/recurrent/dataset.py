"""One dataset of a recurrent network: connectivity, input spikes and what else is drawn, shared by all candidates."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from plastica.inner.recurrent.segments import Phases, Span, phases_of
from plastica.inner.recurrent.wiring import Columns, Rows, Sizes, columns_of, successes
from plastica.rules.base import Floats
from plastica.section import Section


class DrawnNetworks(Section):
    """Each dataset is a network of its own: connectivity, input spikes, and what its settings give as a range."""

    count: int = Field(default=4, description="datasets that every candidate of a generation is tested on", ge=1)
    refresh: int = Field(default=10, description="generations between two redraws of the datasets", ge=1)


class InputSpikes(NamedTuple):
    """The inputs that spike at step n are `source[first[n]:first[n + 1]]`."""

    first: NDArray[np.int64]  # [steps + 1]
    source: NDArray[np.uint16]  # [spikes]


@dataclass(frozen=True)
class RecurrentDataset:
    """All that no candidate changes."""

    sizes: Sizes
    recurrent: Rows
    inputs: Rows
    spikes: InputSpikes
    initial_weights: Floats  # [4] of EE, EI, IE, II
    weight_max: float  # upper bound of plastic weights
    initial_mv: Floats  # [numbers] potential of each neuron
    spans: tuple[Span, ...]  # of steps, one a segment of the protocol
    recorded: Mapping[str, slice]  # {segment: its samples} in `RecurrentTrials.running`

    @property
    def phases(self) -> Phases:
        """Where plasticity and recording begin, and the end."""
        return phases_of(self.spans)

    @cached_property
    def columns(self) -> Columns:
        """The recurrent synapses by what they lead to, made where rules ask for it."""
        return columns_of(self.recurrent, self.sizes)

    @property
    def nbytes(self) -> int:
        """Memory that the dataset holds, bytes."""
        asked_for = self.__dict__.get("columns", ())
        arrays = (*self.recurrent, *self.inputs, *self.spikes, self.initial_weights, self.initial_mv, *asked_for)
        return sum(array.nbytes for array in arrays)


def input_spikes(
    inputs: int,
    probability: float,
    steps: int,
    generator: np.random.Generator,
    further: NDArray[np.int64] | None = None,
) -> InputSpikes:
    """Poisson spikes: each input spikes with this probability in a step; `further` has more: step * inputs + input."""
    found = successes(probability, steps * inputs, generator)
    if further is not None and further.size:
        found = np.union1d(found, further)
    first = np.searchsorted(found, inputs * np.arange(steps + 1)).astype(np.int64)
    return InputSpikes(first, (found % max(1, inputs)).astype(np.uint16))
