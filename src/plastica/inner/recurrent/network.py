"""Recurrent spiking networks: excitatory and inhibitory neurons, four connections, any of them plastic."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, model_validator

from plastica.inner.footprint import Footprint
from plastica.inner.keys import Key
from plastica.inner.lanes import aligned
from plastica.inner.quantities import Quantities, check_reads
from plastica.inner.recurrent.body import Body, Checker
from plastica.inner.recurrent.checks import check_settings, most_hz, reach
from plastica.inner.recurrent.dataset import DrawnNetworks, RecurrentDataset, input_spikes
from plastica.inner.recurrent.membranes import NEURONS
from plastica.inner.recurrent.membranes.rows import E_INHIBITORY_MV, POTENTIAL
from plastica.inner.recurrent.noting import note, nothing
from plastica.inner.recurrent.pair_rules import PairPlasticity, pair_rules
from plastica.inner.recurrent.plasticity import is_lazy, plasticities
from plastica.inner.recurrent.presets import PRESETS, plain
from plastica.inner.recurrent.protocol import segments_of, spans_of
from plastica.inner.recurrent.segments import Drawn, Number, Segment, Span, ends, per_sample, samples
from plastica.inner.recurrent.simulation import Plasticity, Simulated, Timing, Trial, wiring_of
from plastica.inner.recurrent.stimulus import further_probability, further_spikes, schedule
from plastica.inner.recurrent.trials import RecurrentTrials
from plastica.inner.recurrent.wiring import (
    CONNECTIONS,
    NEURONS_MOST,
    Rows,
    Sizes,
    field_rows,
    input_rows,
    recurrent_rows,
)
from plastica.rules.base import Floats, Rule
from plastica.section import Section

Probability = Annotated[float, Field(ge=0, le=1)]
_WEIGHT = "initial weight of {}, in units of the leak conductance; [low, high]: drawn for each dataset"


class RecurrentNetwork(Section):
    """Two populations of integrate-and-fire neurons; connections EE, EI, IE and II, XY from X to Y.

    A trial: `warmup_s` without plasticity, `learning_s` with it, and `scoring_s`, in which rates count and plasticity
    goes on; or `segments`, one behind the other. It ends as silent or exploded as soon as the running rate of
    excitatory neurons leaves its bounds. One that comes to its end was silent if no excitatory neuron spiked while
    recorded, and exploded if nine tenths of the weights of a plastic connection are at the upper bound.
    """

    kind: ClassVar[str] = "recurrent"
    one_by_one: ClassVar[bool] = True  # candidates are no lanes: each has its own spikes
    preset: str = Field(
        default="small", description=f"a published network, or small; sets keys below: {', '.join(PRESETS)}"
    )
    plastic: tuple[Literal["EE", "EI", "IE", "II"], ...] = Field(
        default=("IE",), description="connections that learn, each by its rule; all others keep their initial weights"
    )
    neuron: str = Field(
        default="if",
        description="if: AMPA, GABA, NMDA, a jumping threshold; tif: AMPA, GABA, refractory 5 ms; cvaif: if, adapting",
    )
    excitatory: int = Field(default=800, description="excitatory neurons", ge=1, le=NEURONS_MOST)
    inhibitory: int = Field(default=200, description="inhibitory neurons", ge=0, le=NEURONS_MOST)
    probability: Probability = Field(default=0.1, description="probability that two neurons are connected")
    delay_ms: float = Field(default=0.8, description="delay of every spike, ms; 0: none", ge=0, le=100)

    weight_EE: Drawn = Field(default=0.5, description=_WEIGHT.format("EE"))  # noqa: N815
    weight_EI: Drawn = Field(default=0.5, description=_WEIGHT.format("EI"))  # noqa: N815
    weight_IE: Drawn = Field(default=(2.0, 8.0), description=_WEIGHT.format("IE"))  # noqa: N815
    weight_II: Drawn = Field(default=5.0, description=_WEIGHT.format("II"))  # noqa: N815
    weight_max: Drawn = Field(
        default=20.0, description="upper bound of plastic weights; [low, high]: drawn for each dataset"
    )

    inputs: int = Field(
        default=5000, description="Poisson inputs, which all neurons share; 0: none", ge=0, le=NEURONS_MOST
    )
    input_probability: Probability = Field(default=0.05, description="probability that an input reaches a neuron")
    input_radius: float = Field(
        default=0.0,
        description="radius of a neuron's receptive field on the square grid of inputs; 0: none, but input_probability",
        ge=0,
        le=1e4,
    )
    input_weight: Number = Field(default=0.075, description="weight of an input")
    input_hz: Drawn = Field(
        default=(5.0, 15.0), description="rate of an input, Hz; [low, high]: drawn for each dataset"
    )
    pattern_starts: tuple[Annotated[int, Field(ge=0)], ...] = Field(
        default=(), description="the first input of each pattern that segments may show"
    )
    pattern_inputs: int = Field(default=500, description="inputs of a pattern, from its first on", ge=1)
    pattern_hz: Drawn = Field(
        default=(15.0, 20.0), description="rate of an input while its pattern is shown, Hz; [low, high]: drawn"
    )
    pattern_released: bool = Field(
        default=False,
        description="as the released code has it: pattern_hz / (input_hz + 0.01) Hz more than in the background",
    )
    tonic_mv: float = Field(
        default=0.0, description="tonic current times the membrane's resistance, mV", ge=-1e3, le=1e3
    )
    initial_sd_mv: float = Field(
        default=0.0, description="standard deviation of initial potentials around rest, mV", ge=0, le=100
    )

    dt_ms: float = Field(default=0.1, description="time step, ms", ge=0.01, le=1)
    segments: tuple[Segment, ...] = Field(
        default=(), description="the protocol, segment by segment; none: warmup_s, learning_s and scoring_s"
    )
    warmup_s: Number = Field(default=0.0, description="time before plasticity begins, s")
    learning_s: Drawn = Field(
        default=(8.0, 12.0), description="time of plasticity before scoring, s; [low, high]: drawn"
    )
    scoring_s: float = Field(default=5.0, description="time in which rates count, s", gt=0, le=1e4)
    silent_hz: float = Field(default=0.1, description="running rate at which a trial ends as silent, Hz", ge=0, le=10)
    exploded_hz: float = Field(
        default=100.0, description="running rate at which a trial ends as exploded, Hz", gt=10, le=200
    )
    running_s: float = Field(default=1.0, description="time constant of the running rate, s", ge=0.01, le=100)

    @model_validator(mode="before")
    @classmethod
    def _of_preset(cls, given: Any) -> Any:
        """What a preset says, beside what is given; a list, as a file has it, is as good as a tuple."""
        if not isinstance(given, dict):
            return given
        preset = PRESETS.get(str(given.get("preset")), {})
        return {**preset, **{key: tuple(v) if isinstance(v, list) else v for key, v in given.items()}}

    @model_validator(mode="after")
    def _check(self) -> "RecurrentNetwork":
        check_settings(self)
        return self

    def defaults_beside(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """The settings of this network, of which another preset changes those that it has."""
        return {**self.model_dump(), **plain(PRESETS.get(str(given.get("preset")), {}))}

    @property
    def connections(self) -> tuple[str, ...]:
        """The plastic connections, each of which has a rule."""
        return tuple(name for name in CONNECTIONS if name in self.plastic)

    @property
    def quantities(self) -> Quantities:
        """What a formula may read at a spike of either side, beside the traces of its rule."""
        words = ("w", *NEURONS[self.neuron].quantities)
        return {"on_pre": words, "on_post": words}

    @property
    def sizes(self) -> Sizes:
        return Sizes(self.excitatory, self.inhibitory)

    @property
    def protocol(self) -> tuple[Segment, ...]:
        """The segments of a trial."""
        return segments_of(self)

    @property
    def longest_s(self) -> float:
        """How long a trial may be."""
        return sum(ends(segment.seconds)[1] for segment in self.protocol)

    @property
    def recorded(self) -> dict[str, slice]:
        """{segment: its samples} of the recorded segments, in the order of `RecurrentTrials.running`."""
        found, first = {}, 0
        for segment in self.protocol:
            if segment.recorded:
                count = samples(self.steps(ends(segment.seconds)[1]), self.dt_ms)
                found[segment.name], first = slice(first, first + count), first + count
        return found

    def check(self, data: DrawnNetworks, rules: Mapping[str, Rule]) -> None:
        """Raise ValueError if a rule cannot be used."""
        if not self.plastic:
            raise ValueError("network.plastic = [] leaves nothing to learn: name some of EE, EI, IE, II")
        for connection in self.connections:
            check_reads(connection, rules[connection], self.quantities, offers_traces=True)

    def footprint(self, data: DrawnNetworks, rules: Mapping[str, Rule]) -> Footprint:
        """What datasets and trials take of memory, with as many synapses and spikes as there are on average."""
        neurons, numbers, steps = self.excitatory + self.inhibitory, self.sizes.all, self.steps(self.longest_s)
        synapses = int(self.probability * neurons**2)
        inward = int(self.inputs * neurons * reach(self))
        spikes = int(self.inputs * most_hz(self) * self.longest_s)
        by_column = 0 if is_lazy(rules, self.connections) else 6 * synapses + 16 * numbers
        kept = 2 * (synapses + inward + spikes) + 8 * (steps + 2 * numbers + self.inputs) + 8 * numbers + by_column
        recorded_s = sum(ends(segment.seconds)[1] for segment in self.protocol if segment.recorded)
        return Footprint(
            dataset=kept,
            making=kept + 34 * max(synapses, inward, spikes),
            scoring=8 * synapses + 1200 * numbers + int(2000 * neurons * recorded_s),
            trial=256 + 8 * samples(self.steps(recorded_s), self.dt_ms),
            grows_with=(
                f"network.excitatory = {self.excitatory}",
                f"network.inhibitory = {self.inhibitory}",
                f"network.inputs = {self.inputs}",
            ),
        )

    def dataset(self, data: DrawnNetworks, rules: Mapping[str, Rule], key: Key) -> RecurrentDataset:
        """The dataset of a key: connectivity, input spikes, initial weights and potentials, durations."""
        draw = key.generator(0)
        hz, learning_s, *weights, pattern_hz = (
            draw.uniform(*ends(given))
            for given in (
                self.input_hz, self.learning_s, *(getattr(self, f"weight_{c}") for c in CONNECTIONS), self.pattern_hz,
            )
        )  # fmt: skip
        spans = spans_of(self, learning_s, draw)
        return RecurrentDataset(
            sizes=self.sizes,
            recurrent=recurrent_rows(self.sizes, self.probability, key.generator(1)),
            inputs=self._input_rows(key.generator(2)),
            spikes=input_spikes(
                self.inputs,
                hz * self.dt_ms * 1e-3,
                spans[-1].last,
                key.generator(3),
                self._further(spans, hz, pattern_hz, key.generator(5)),
            ),
            initial_weights=np.array(weights),
            weight_max=key.generator(6).uniform(*ends(self.weight_max)),
            initial_mv=self.rest_mv + self.initial_sd_mv * key.generator(4).standard_normal(self.sizes.all),
            spans=spans,
            recorded=self.recorded,
        )

    def _input_rows(self, generator: np.random.Generator) -> Rows:
        if self.input_radius:
            return field_rows(self.sizes, self.inputs, self.input_radius, generator)
        return input_rows(self.sizes, self.inputs, self.input_probability, generator)

    def _further(
        self, spans: tuple[Span, ...], hz: float, pattern_hz: float, generator: np.random.Generator
    ) -> NDArray[np.int64]:
        """Spikes of the patterns that are shown."""
        shown = schedule(self.protocol, spans, self.dt_ms, generator)
        probability = further_probability(pattern_hz, hz, self.pattern_released, self.dt_ms)
        return further_spikes(shown, self.pattern_starts, self.pattern_inputs, self.inputs, probability, generator)

    def simulate(
        self, rules: Mapping[str, Rule], thetas: Mapping[str, Floats], datasets: Sequence[RecurrentDataset]
    ) -> RecurrentTrials:
        """Run the candidates thetas[connection] [R, P] on D datasets: every result is [R, D, ...]."""
        return RecurrentTrials.join([self._simulate_dataset(rules, thetas, dataset) for dataset in datasets])

    def _simulate_dataset(
        self, rules: Mapping[str, Rule], thetas: Mapping[str, Floats], dataset: RecurrentDataset
    ) -> RecurrentTrials:
        finite = np.all([np.isfinite(thetas[c]).all(axis=1) for c in self.connections], axis=0)
        candidates = self.plasticities(rules, thetas)
        trials = nothing(len(finite), self)
        for r in np.flatnonzero(finite):
            note(trials, int(r), self, dataset, self.run(candidates[r], dataset))
        return trials

    def plasticities(self, rules: Mapping[str, Rule], thetas: Mapping[str, Floats]) -> list[Plasticity]:
        """The candidates thetas[connection] [R, P] as `run` takes them."""
        return plasticities(rules, thetas, self.connections, self.dt_ms, NEURONS[self.neuron].quantities)

    def run(
        self,
        rules: Floats | Plasticity,
        dataset: RecurrentDataset,
        bin_s: float = 1.0,
        keep_s: float = np.inf,
        double: bool = False,
    ) -> Simulated:
        """One candidate, of `plasticities` or spike-pair rules [4, 6] as of `pair_rules`, in full; `bin_s` bins its
        rates, its spikes are kept in recorded segments, and from `keep_s` on."""
        if isinstance(rules, np.ndarray):
            rules = PairPlasticity.of(rules, self.connections, self.dt_ms)
        end = dataset.spans[-1].last
        keep = self.steps(keep_s) if np.isfinite(keep_s) else end
        dtype = np.float64 if double else np.float32
        neuron = NEURONS[self.neuron]
        return Trial(
            neuron.constants(self.dt_ms, self.tonic_mv),
            self._body(dataset, dtype),
            self._checker(),
            rules,
            self.connections,
            wiring_of(dataset, self.input_weight, dtype),
            dataset.weight_max,
            Timing(max(1, self.steps(bin_s)), per_sample(self.dt_ms), keep),
            dataset,
        ).simulated()

    def _checker(self) -> Checker:
        jump = 1 / (self.excitatory * self.running_s)
        start_hz = (self.silent_hz + self.exploded_hz) / 2
        decay = float(np.exp(-self.dt_ms / (1e3 * self.running_s)))
        return Checker(self.silent_hz, self.exploded_hz, start_hz, decay, jump)

    def pair_rules(self, rules: Mapping[str, Rule], thetas: Mapping[str, Floats]) -> Floats:
        """[R, 4, 6] of thetas[connection] [R, P]; zeros, but for time constants, where a connection is not plastic.

        Raises ValueError where a rule is no spike-pair rule."""
        return pair_rules(rules, thetas, self.connections)

    @property
    def rest_mv(self) -> float:
        return NEURONS[self.neuron].rest_mv

    def _body(self, dataset: RecurrentDataset, dtype: Any) -> Body:
        """Potentials of a dataset, and nothing else yet."""
        initial, numbers, slots = NEURONS[self.neuron].initial, self.sizes.all, round(self.delay_ms / self.dt_ms) + 1
        state = np.empty((1 + len(initial), numbers), dtype)
        state[1:] = np.array(initial)[:, None]
        state[POTENTIAL] = dataset.initial_mv - E_INHIBITORY_MV
        return Body(
            aligned(state),
            np.zeros((slots, numbers), np.uint16),
            np.zeros(slots, np.int64),
            np.zeros(1, np.int64),
            np.array([self._checker().start_hz]),
        )

    def steps(self, seconds: float) -> int:
        return round(seconds * 1e3 / self.dt_ms)
