"""The input of section 3.3: groups of Poisson afferents whose rates wander together (after Vogels et al., 2011).

Each group has one rate. A random walk z with time constant tau_input (stationary, mean 0, standard deviation 1) lifts
it above a baseline,

    rate(t) = baseline + modulation max(0, z(t)),

and every second excursion of z above zero, a bump, is left out (`sparsify`). Afferents of a group spike independently
at the group's rate, each with an absolute refractory period. Vogels et al. write 500 Hz s / 0.03 with a walk s of
standard deviation 0.00913, which is `modulation_hz` = 152.1 here. Everything advances with the neuron's time step.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from math import pi, sqrt

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, model_validator

from plastica.inner.lanes import LANES
from plastica.inner.neuron.vogels_spikes import Groups, next_spikes, process
from plastica.section import Section

_AFFERENTS_MOST = 32767  # they are numbered in 16 bits
SPAN = 16384  # steps whose spikes are in memory at once
_LONGEST = float(np.finfo(np.float32).max)  # steps


@dataclass(frozen=True)
class SpikeTrains:
    """Spikes of all afferents in order of time.

    Afferents are numbered group by group, first all excitatory ones, then all inhibitory ones.
    """

    step: NDArray[np.int32]  # [spikes]
    afferent: NDArray[np.int16]  # [spikes]


class VogelsInput(Section):
    """Spike trains in groups; `modulation_hz = 0` makes them homogeneous and uncorrelated."""

    count: int = Field(default=8, description="datasets that every candidate of a generation is tested on", ge=1)
    refresh: int = Field(default=5, description="generations between two redraws of the datasets", ge=1)
    groups: int = Field(default=8, description="groups of afferents", ge=1, le=1000)
    excitatory_per_group: int = Field(default=100, description="excitatory afferents in a group", ge=1, le=2000)
    inhibitory_per_group: int = Field(
        default=25, description="inhibitory (plastic) afferents in a group", ge=1, le=2000
    )
    tau_input_ms: float = Field(
        default=50.0, description="time constant of the random walk behind a group's rate, ms", gt=0
    )
    baseline_hz: float = Field(default=5.0, description="rate of an afferent between bumps, Hz", gt=0, le=1000)
    modulation_hz: float = Field(
        default=152.1,
        description="rate added for each standard deviation of the walk above zero, Hz; 0: none",
        ge=0,
        le=10000,
    )
    refractory_ms: float = Field(
        default=5.0, description="absolute refractory period of an afferent, ms; 0: none", ge=0, le=1e4
    )
    sparsify: bool = Field(default=True, description="leave out every second bump of a group's rate")
    shortest_bump_ms: float = Field(
        default=1.0,
        description="a crossing of zero sooner than this after the last one belongs to the same bump, ms",
        ge=0,
    )

    @model_validator(mode="after")
    def _check(self) -> "VogelsInput":
        if self.excitatory + self.inhibitory > _AFFERENTS_MOST:
            raise ValueError(f"{self.excitatory + self.inhibitory} afferents are too many: at most {_AFFERENTS_MOST}")
        return self

    @property
    def excitatory(self) -> int:
        """Excitatory afferents altogether."""
        return self.groups * self.excitatory_per_group

    @property
    def inhibitory(self) -> int:
        """Inhibitory afferents altogether."""
        return self.groups * self.inhibitory_per_group

    def most_hz(self, dt_ms: float) -> float:
        """A rate that no afferent exceeds on average: six standard deviations of the walk, or the refractory period."""
        return min(self.baseline_hz + 6 * self.modulation_hz, 1e3 / max(self.refractory_ms, dt_ms))

    def mean_hz(self, dt_ms: float) -> float:
        """The rate of an afferent, on average, or a little more: as if a bump's rate were the same from end to end."""
        dead_s = 1e-3 * max(self.refractory_ms, dt_ms)
        in_a_bump = self.baseline_hz + self.modulation_hz * sqrt(2 / pi)
        rest, bump = (rate / (1 + rate * dead_s) for rate in (self.baseline_hz, in_a_bump))
        share = 0.25 if self.sparsify else 0.5
        return (1 - share) * rest + share * bump

    def spike_trains(self, steps: int, dt_ms: float, generator: np.random.Generator) -> SpikeTrains:
        """Spike trains of `steps` steps of dt_ms; an afferent spikes at most once a step."""
        parts = [(span.step.copy(), span.afferent.copy()) for span in self.spans(steps, dt_ms, generator)]
        return SpikeTrains(*(np.concatenate(part) for part in zip(*parts, strict=True)))

    def spans(self, steps: int, dt_ms: float, generator: np.random.Generator) -> Iterator[SpikeTrains]:
        """The same in parts of `SPAN` steps, in memory that the next part overwrites."""
        groups = self._groups(dt_ms)
        seed = generator.integers(2**64, dtype=np.uint64)
        walks = np.zeros((-(-self.groups // LANES), 3, LANES), np.float32)
        walks[:, 0] = generator.standard_normal(walks[:, 0].shape)
        walks[:, 1] = generator.integers(2, size=walks[:, 1].shape) if self.sparsify else 1
        going = process(seed, groups, walks)
        step, afferent = np.empty(SPAN, np.int32), np.empty(SPAN, np.int16)
        for start in range(0, steps, SPAN):
            spikes, step, afferent = next_spikes(going, groups, start, min(start + SPAN, steps), step, afferent)
            yield SpikeTrains(step[:spikes], afferent[:spikes])

    def _groups(self, dt_ms: float) -> Groups:
        decay = np.exp(-dt_ms / self.tau_input_ms)
        expected = (self.excitatory_per_group + self.inhibitory_per_group) * dt_ms * 1e-3  # spikes a step at 1 Hz
        return Groups(
            number=self.groups,
            excitatory=self.excitatory_per_group,
            inhibitory=self.inhibitory_per_group,
            decay=np.float32(decay),
            noise=np.float32(np.sqrt(12.0 * (1.0 - decay**2)) * 2.0**-24 if self.modulation_hz else 0.0),
            baseline=np.float32(self.baseline_hz * expected),
            modulation=np.float32(self.modulation_hz * expected),
            sparsify=self.sparsify,
            shortest=np.float32(min(self.shortest_bump_ms / dt_ms, _LONGEST)),
            dead=max(1, round(self.refractory_ms / dt_ms)),
        )
