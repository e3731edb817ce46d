"""Recurrent spiking networks: excitatory and inhibitory neurons, four connections, any of them plastic."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, ClassVar, Literal

import numpy as np
from numpy.typing import DTypeLike
from pydantic import Field, model_validator

from plastica.inner.footprint import Footprint
from plastica.inner.keys import Key
from plastica.inner.outcome import Outcome
from plastica.inner.pair_form import pair_form, pair_thetas
from plastica.inner.quantities import Quantities, check_reads
from plastica.inner.recurrent.dataset import DrawnNetworks, Phases, RecurrentDataset, input_spikes
from plastica.inner.recurrent.membranes import JUMP, POTENTIAL, Membrane
from plastica.inner.recurrent.pair_kernel import Checker, Course
from plastica.inner.recurrent.presets import PRESETS
from plastica.inner.recurrent.simulation import Simulated, simulate
from plastica.inner.recurrent.statistics import RECORDED, statistics
from plastica.inner.recurrent.trials import SHAPES, RecurrentTrials, irregularity
from plastica.inner.recurrent.wiring import CONNECTIONS, NEURONS_MOST, Sizes, input_rows, recurrent_rows
from plastica.rules.base import TAU_LONGEST_MS, TAU_SHORTEST_MS, Floats, Rule
from plastica.section import Section

Number = Annotated[float, Field(ge=0, le=1e4)]
Drawn = Number | tuple[Number, Number]  # a number, or the ends of a range from which each dataset draws one
Probability = Annotated[float, Field(ge=0, le=1)]
WEIGHTS_EXPLODED = 0.9  # share of the weights of a plastic connection at the upper bound at the end
WEIGHTS_LEAST = 0.1  # sum of two mean weights from which their change is told
_EVENTS_MOST = 2**31 - 1
_WEIGHT = "initial weight of {}, in units of the leak conductance; [low, high]: drawn for each dataset"
_PRESET = "a published network (fsbi, fsbi-small, fsbi-small-sparse, spikes, vogels-2011) or small; sets the keys below"


class RecurrentNetwork(Section):
    """Two populations of integrate-and-fire neurons; connections EE, EI, IE and II, XY from X to Y.

    A trial: `warmup_s` without plasticity, `learning_s` with it, and `scoring_s`, in which rates count and plasticity
    goes on. It ends as silent or exploded as soon as the running rate of excitatory neurons leaves its bounds. One that
    comes to its end was silent if no excitatory neuron spiked while scored, and exploded if nine tenths of the weights
    of a plastic connection are at the upper bound.
    """

    kind: ClassVar[str] = "recurrent"
    one_by_one: ClassVar[bool] = True  # candidates are no lanes: each has its own spikes
    preset: Literal["small", "spikes", "fsbi", "fsbi-small", "fsbi-small-sparse", "vogels-2011"] = Field(
        default="small", description=_PRESET
    )
    plastic: tuple[Literal["EE", "EI", "IE", "II"], ...] = Field(
        default=("IE",), description="connections that learn, each by its rule; all others keep their initial weights"
    )
    neuron: Literal["if", "tif"] = Field(
        default="if",
        description="if: AMPA, GABA, NMDA and a jumping threshold; tif: AMPA, GABA and a refractory period of 5 ms",
    )
    excitatory: int = Field(default=800, description="excitatory neurons", ge=1, le=NEURONS_MOST)
    inhibitory: int = Field(default=200, description="inhibitory neurons", ge=0, le=NEURONS_MOST)
    probability: Probability = Field(default=0.1, description="probability that two neurons are connected")
    delay_ms: float = Field(default=0.8, description="delay of every spike, ms; 0: none", ge=0, le=100)

    weight_EE: Drawn = Field(default=0.5, description=_WEIGHT.format("EE"))  # noqa: N815
    weight_EI: Drawn = Field(default=0.5, description=_WEIGHT.format("EI"))  # noqa: N815
    weight_IE: Drawn = Field(default=(2.0, 8.0), description=_WEIGHT.format("IE"))  # noqa: N815
    weight_II: Drawn = Field(default=5.0, description=_WEIGHT.format("II"))  # noqa: N815
    weight_max: float = Field(default=20.0, description="upper bound of plastic weights", gt=0, le=1e4)

    inputs: int = Field(
        default=5000, description="Poisson inputs, which all neurons share; 0: none", ge=0, le=NEURONS_MOST
    )
    input_probability: Probability = Field(default=0.05, description="probability that an input reaches a neuron")
    input_weight: Number = Field(default=0.075, description="weight of an input")
    input_hz: Drawn = Field(
        default=(5.0, 15.0), description="rate of an input, Hz; [low, high]: drawn for each dataset"
    )
    tonic_mv: float = Field(
        default=0.0, description="tonic current times the membrane's resistance, mV", ge=-1e3, le=1e3
    )
    initial_sd_mv: float = Field(
        default=0.0, description="standard deviation of initial potentials around rest, mV", ge=0, le=100
    )

    dt_ms: float = Field(default=0.1, description="time step, ms", ge=0.01, le=1)
    warmup_s: Number = Field(default=0.0, description="time before plasticity begins, s")
    learning_s: Drawn = Field(
        default=(15.0, 20.0), description="time of plasticity before scoring, s; [low, high]: drawn"
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
        for name in ("weight_EE", "weight_EI", "weight_IE", "weight_II", "input_hz", "learning_s"):
            low, high = ends(getattr(self, name))
            if low > high:
                raise ValueError(f"{name} = [{low:g}, {high:g}] is no range: write the smaller number first")
            if name[-2:] in self.plastic and high > self.weight_max:
                raise ValueError(f"{name} = {high:g} is above weight_max = {self.weight_max:g}: change one")
        if len(set(self.plastic)) < len(self.plastic):
            raise ValueError(f"plastic = {list(self.plastic)} names a connection twice: name each once")
        for name in self.plastic:
            if "I" in name and not self.inhibitory:
                raise ValueError(
                    f"plastic = {list(self.plastic)} needs inhibitory neurons, and inhibitory = 0: add some"
                )
        for name in ("delay_ms", "warmup_s", "scoring_s"):
            steps = getattr(self, name) * (1 if name == "delay_ms" else 1e3) / self.dt_ms
            if abs(steps - round(steps)) > 1e-6:
                raise ValueError(f"dt_ms = {self.dt_ms:g} does not divide {name} = {getattr(self, name):g}: change one")
        if not self.steps(ends(self.learning_s)[1]):
            raise ValueError(f"learning_s = {ends(self.learning_s)[1]:g} leaves no time to learn in: make it longer")
        if self.sizes.all > NEURONS_MOST:
            raise ValueError(f"excitatory + inhibitory = {self.sizes.all} are too many: at most {NEURONS_MOST}")
        if self.inputs * ends(self.input_hz)[1] * self.longest_s > _EVENTS_MOST:
            raise ValueError("inputs spike too often: lower inputs or input_hz, or shorten learning_s")
        if ends(self.input_hz)[1] * self.dt_ms >= 1e3:
            raise ValueError(f"input_hz = {ends(self.input_hz)[1]:g} is more than one spike a step of dt_ms: lower it")
        return self

    def defaults_beside(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """The settings of this network, of which another preset changes those that it has."""
        return {**self.model_dump(), **PRESETS.get(str(given.get("preset")), {})}

    @property
    def connections(self) -> tuple[str, ...]:
        """The plastic connections, each of which has a rule."""
        return tuple(name for name in CONNECTIONS if name in self.plastic)

    @property
    def quantities(self) -> Quantities:
        """What a formula may read at a spike of either side, beside the traces of its rule."""
        return {"on_pre": ("w",), "on_post": ("w",)}

    @property
    def sizes(self) -> Sizes:
        return Sizes(self.excitatory, self.inhibitory)

    @property
    def longest_s(self) -> float:
        """How long a trial may be."""
        return self.warmup_s + ends(self.learning_s)[1] + self.scoring_s

    def check(self, data: DrawnNetworks, rules: Mapping[str, Rule]) -> None:
        """Raise ValueError if a rule cannot be used."""
        if not self.plastic:
            raise ValueError("network.plastic = [] leaves nothing to learn: name some of EE, EI, IE, II")
        for connection in self.connections:
            check_reads(connection, rules[connection], self.quantities, offers_traces=True)
            if pair_form(rules[connection]) is None:
                raise ValueError(
                    f"rules.{connection}: a recurrent network computes rules w + c + d x at a spike, with one trace of "
                    'either side; choose kind = "spike-pair", or write such formulas'
                )

    def footprint(self, data: DrawnNetworks, rules: Mapping[str, Rule]) -> Footprint:
        """What datasets and trials take of memory, with as many synapses and spikes as there are on average."""
        neurons, numbers, steps = self.excitatory + self.inhibitory, self.sizes.all, self.steps(self.longest_s)
        synapses = int(self.probability * neurons**2)
        inward = int(self.inputs * neurons * self.input_probability)
        spikes = int(self.inputs * ends(self.input_hz)[1] * self.longest_s)
        kept = 2 * (synapses + inward + spikes) + 8 * (steps + 2 * numbers + self.inputs) + 8 * numbers
        return Footprint(
            dataset=kept,
            making=kept + 34 * max(synapses, inward, spikes),
            scoring=4 * synapses + 1200 * numbers + int(2000 * neurons * self.scoring_s),
            trial=256,
            grows_with=(
                f"network.excitatory = {self.excitatory}",
                f"network.inhibitory = {self.inhibitory}",
                f"network.inputs = {self.inputs}",
            ),
        )

    def dataset(self, data: DrawnNetworks, rules: Mapping[str, Rule], key: Key) -> RecurrentDataset:
        """The dataset of a key: connectivity, input spikes, initial weights and potentials, durations."""
        draw = key.generator(0)
        hz, learning_s, *weights = (
            draw.uniform(*ends(given))
            for given in (self.input_hz, self.learning_s, *(getattr(self, f"weight_{c}") for c in CONNECTIONS))
        )
        phases = self._phases(learning_s)
        return RecurrentDataset(
            recurrent=recurrent_rows(self.sizes, self.probability, key.generator(1)),
            inputs=input_rows(self.sizes, self.inputs, self.input_probability, key.generator(2)),
            spikes=input_spikes(self.inputs, hz * self.dt_ms * 1e-3, phases.end, key.generator(3)),
            initial_weights=np.array(weights),
            initial_mv=self.rest_mv + self.initial_sd_mv * key.generator(4).standard_normal(self.sizes.all),
            phases=phases,
        )

    def simulate(
        self, rules: Mapping[str, Rule], thetas: Mapping[str, Floats], datasets: Sequence[RecurrentDataset]
    ) -> RecurrentTrials:
        """Run the candidates thetas[connection] [R, P] on D datasets: every result is [R, D, ...]."""
        return RecurrentTrials.join([self._simulate_dataset(rules, thetas, dataset) for dataset in datasets])

    def _simulate_dataset(
        self, rules: Mapping[str, Rule], thetas: Mapping[str, Floats], dataset: RecurrentDataset
    ) -> RecurrentTrials:
        finite = np.all([np.isfinite(thetas[c]).all(axis=1) for c in self.connections], axis=0)
        pairs = self.pair_rules(rules, thetas)
        trials = self._nothing(len(finite))
        for r in np.flatnonzero(finite):
            keep_s = dataset.phases.scoring * self.dt_ms * 1e-3
            self._note(trials, int(r), dataset, self.run(pairs[r], dataset, keep_s=keep_s))
        return trials

    def run(
        self, rules: Floats, dataset: RecurrentDataset, bin_s: float = 1.0, keep_s: float = np.inf, double: bool = False
    ) -> Simulated:
        """One candidate, rules [4, 6] as of `pair_rules`, in full; `bin_s` bins its rates, from `keep_s` on its spikes
        are kept."""
        learning, scoring, end = dataset.phases
        keep = self.steps(keep_s) if np.isfinite(keep_s) else end
        in_steps = rules.copy()
        in_steps[:, :2] /= self.dt_ms
        return simulate(
            self.membrane(),
            self.initial_state(dataset, np.float64 if double else np.float32),
            self.sizes,
            in_steps,
            self.connections,
            np.array([self.input_weight, *dataset.initial_weights]),
            self.weight_max,
            Course(round(self.delay_ms / self.dt_ms), learning, scoring, end, max(1, self.steps(bin_s)), keep),
            self._checker(),
            dataset,
        )

    def _checker(self) -> Checker:
        jump = 1 / (self.excitatory * self.running_s)
        start_hz = (self.silent_hz + self.exploded_hz) / 2
        decay = float(np.exp(-self.dt_ms / (1e3 * self.running_s)))
        return Checker(self.silent_hz, self.exploded_hz, start_hz, decay, jump)

    def pair_rules(self, rules: Mapping[str, Rule], thetas: Mapping[str, Floats]) -> Floats:
        """[R, 4, 6] of thetas[connection] [R, P]; zeros, but for time constants, where a connection is not plastic."""
        count = len(thetas[self.connections[0]])
        pairs = np.zeros((count, 4, 6))
        pairs[:, :, :2] = 20.0
        for connection in self.connections:
            rule = rules[connection]
            form = pair_form(rule)
            assert form is not None  # `check` has seen to it
            pairs[:, CONNECTIONS.index(connection)] = pair_thetas(rule, form, np.asarray(thetas[connection], float))
        taus = np.nan_to_num(pairs[:, :, :2], nan=TAU_SHORTEST_MS)
        pairs[:, :, :2] = np.clip(taus, TAU_SHORTEST_MS, TAU_LONGEST_MS)
        return pairs

    @property
    def rest_mv(self) -> float:
        return -70.0 if self.neuron == "if" else -60.0

    def membrane(self) -> Membrane:
        """The constants of the published neurons (Auryn's IFGroup and TIFGroup) as the kernels take them."""
        jumps = self.neuron == "if"
        decay = {tau: float(np.exp(-self.dt_ms / tau)) for tau in (5.0, 10.0, 100.0)}
        share = 0.3 / 1.3 if jumps else 1.0  # of AMPA: 0.3 to 1 beside NMDA
        return Membrane(
            jumps=jumps,
            dt_over_tau=self.dt_ms / 20.0,
            u_rest=self.rest_mv + 80.0,
            u_reset=self.rest_mv + 80.0,
            u_threshold=30.0,
            u_excitatory=80.0,
            drive=self.tonic_mv,
            refractory=float(round(5.0 / self.dt_ms)),
            decay_ampa=decay[5.0],
            decay_gaba=decay[10.0],
            mix_nmda=1.0 - decay[100.0],
            share_ampa=share,
            share_nmda=1.0 - share,
            decay_jump=decay[5.0],
            jump=100.0,
        )

    def initial_state(self, dataset: RecurrentDataset, dtype: DTypeLike) -> Floats:
        """[5, numbers] as in `membranes`: potentials, and no conductance."""
        state = np.zeros((JUMP + 1, self.sizes.all), dtype)
        state[POTENTIAL] = dataset.initial_mv + 80.0
        return state

    def steps(self, seconds: float) -> int:
        return round(seconds * 1e3 / self.dt_ms)

    def _phases(self, learning_s: float) -> Phases:
        learning = self.steps(self.warmup_s)
        scoring = learning + self.steps(learning_s)
        return Phases(learning, scoring, scoring + self.steps(self.scoring_s))

    def _nothing(self, count: int) -> RecurrentTrials:
        """Trials of candidates that are not simulated: their rules are not finite."""
        numbers = {name: np.zeros((count, *shape)) for name, shape in SHAPES.items()}
        return RecurrentTrials(outcome=np.full(count, Outcome.NONFINITE, np.int8), **numbers)

    def _note(self, trials: RecurrentTrials, r: int, dataset: RecurrentDataset, simulated: Simulated) -> None:
        """Write what a candidate did into its row."""
        trials.share[r] = simulated.steps / dataset.phases.end
        trials.mean[r], trials.inverse[r] = simulated.mean, simulated.inverse
        self._note_spikes(trials, r, dataset, simulated)
        most = self._note_weights(trials, r, dataset, simulated)
        ends = ((most >= WEIGHTS_EXPLODED, Outcome.EXPLODED), (not trials.rate_hz[r, 0], Outcome.SILENT))
        at_end = next((outcome for holds, outcome in ends if holds), Outcome.OK)
        trials.outcome[r] = simulated.outcome or at_end

    def _note_spikes(self, trials: RecurrentTrials, r: int, dataset: RecurrentDataset, simulated: Simulated) -> None:
        scored_s = max(1, simulated.steps - dataset.phases.scoring) * self.dt_ms * 1e-3
        cv = irregularity(simulated.tally)
        for k, name in enumerate("EI"):
            start, count = self.sizes.population(name)
            if count:
                trials.rate_hz[r, k] = simulated.spikes_scored(name, self.sizes) / (count * scored_s)
                trials.cv[r, k] = cv[start : start + count].mean()
        own = simulated.spike_neuron < min(RECORDED, self.excitatory)
        time_s = (simulated.spike_step[own] - dataset.phases.scoring).astype(np.float64) * (self.dt_ms * 1e-3)
        neuron, count = simulated.spike_neuron[own].astype(np.int64), min(RECORDED, self.excitatory)
        trials.statistics[r] = statistics(neuron, time_s, count, scored_s)

    def _note_weights(self, trials: RecurrentTrials, r: int, dataset: RecurrentDataset, simulated: Simulated) -> float:
        """The largest share of a plastic connection's weights at the upper bound."""
        trials.weights[r] = dataset.initial_weights
        at_zero, at_limit = [], []
        for connection in self.connections:
            w = simulated.weights_of(connection, dataset, self.sizes)
            if w.size:
                trials.weights[r, CONNECTIONS.index(connection)] = w.mean(dtype=np.float64)
                at_zero.append(np.mean(w <= 0))
                at_limit.append(np.mean(w >= np.float32(self.weight_max)))
        if simulated.steps > dataset.phases.scoring:
            trials.creep[r] = self._creep(simulated.scored_from, trials.weights[r])
        trials.at_bound[r] = np.mean(np.add(at_zero, at_limit)) if at_limit else 0.0
        return float(max(at_limit, default=0.0))

    def _creep(self, start: Floats, end: Floats) -> float:
        """Of mean weights [4] while scored; those that are next to nothing do not count."""
        chosen = [CONNECTIONS.index(connection) for connection in self.connections]
        sums, changes = (start + end)[chosen], (end - start)[chosen]
        return float(np.abs(2 * changes / np.where(sums > WEIGHTS_LEAST, sums, np.inf)).max())


def ends(given: float | tuple[float, float]) -> tuple[float, float]:
    """The range of a setting that may be a number."""
    return given if isinstance(given, tuple) else (given, given)
