"""The network of section 3.3: a leaky integrate-and-fire neuron with plastic, conductance-based inhibition."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, ClassVar

import numpy as np
from numpy.typing import DTypeLike, NDArray
from pydantic import Field, model_validator

from plastica.inner.footprint import Footprint
from plastica.inner.keys import Key
from plastica.inner.lanes import LANES, aligned_zeros
from plastica.inner.neuron.chosen_kernel import kernel_for
from plastica.inner.neuron.dataset import SpikingDataset, drive
from plastica.inner.neuron.kernels import TOGETHER, WEIGHT_LARGEST, Membrane
from plastica.inner.neuron.trials import SpikingTrials, outcomes, spike_statistics, tuning_correlation
from plastica.inner.neuron.vogels_input import SPAN, VogelsInput
from plastica.inner.quantities import Quantities, check_reads
from plastica.rules.base import Floats, Rule
from plastica.section import Section

PLASTIC = "inhibitory"  # the name of the only plastic connection
Potential = Annotated[float, Field(ge=-1e3, le=1e3)]  # mV
_LEAST_GAP_MV = 0.01  # between threshold and reset: single precision tells them apart
_MOST = 2**31 - 1  # steps and spikes of a dataset, which are counted in 32 bits
_WINDOW_MS = 5.0  # longest time between two looks at the schedule of weight sweeps


class SpikingNeuron(Section):
    """Eqs. (10), (11), (13) with the constants of Vogels et al. (2011), and the protocol: train, then score."""

    kind: ClassVar[str] = "spiking-neuron"
    tau_m_ms: float = Field(default=20.0, description="membrane time constant, ms", gt=0)
    v_rest_mv: Potential = Field(default=-60.0, description="resting potential, mV")
    v_threshold_mv: Potential = Field(default=-50.0, description="threshold, mV")
    v_reset_mv: Potential = Field(default=-60.0, description="potential after a spike, mV")
    refractory_ms: float = Field(default=5.0, description="time for which V is clamped after a spike, ms", ge=0, le=1e4)
    e_excitatory_mv: Potential = Field(default=0.0, description="reversal potential of excitation, mV")
    e_inhibitory_mv: Potential = Field(default=-80.0, description="reversal potential of inhibition, mV")
    g_leak_ns: float = Field(default=10.0, description="leak conductance, nS", gt=0)
    g_excitatory_ns: float = Field(default=0.14, description="conductance of a spike at weight 1, excitatory, nS", gt=0)
    g_inhibitory_ns: float = Field(default=0.35, description="conductance of a spike at weight 1, inhibitory, nS", gt=0)
    tau_excitatory_ms: float = Field(default=5.0, description="decay of the excitatory conductance, ms", gt=0)
    tau_inhibitory_ms: float = Field(default=10.0, description="decay of the inhibitory conductance, ms", gt=0)

    preferred_group: int = Field(
        default=5, description="input group (from 1) with the strongest excitatory weights", ge=1
    )
    weight_baseline: float = Field(
        default=0.3, description="excitatory weight far from the preferred group", ge=0, le=1e4
    )
    weight_tuning: float = Field(default=1.1, description="what the preferred group has more", ge=0, le=1e4)
    weight_noise: float = Field(default=0.1, description="excitatory weights are raised by U(0, this)", ge=0, le=1e4)
    initial_weight: float = Field(default=0.1, description="inhibitory weights start from U(0, this)", ge=0, le=1e4)
    weight_max: float = Field(
        default=0.0, description="upper bound of inhibitory weights; 0: none, and 10^4 counts as exploded", ge=0, lt=1e4
    )

    dt_ms: float = Field(default=0.1, description="time step, ms", ge=1e-3, le=10)
    training_s: float = Field(default=60.0, description="training phase, s", gt=0)
    scoring_s: float = Field(default=30.0, description="scoring phase after training, s", gt=0)
    window_s: float = Field(
        default=10.0, description="random part of the scoring phase in which the rate counts, s", gt=0
    )

    @model_validator(mode="after")
    def _check(self) -> "SpikingNeuron":
        if self.window_s > self.scoring_s:
            raise ValueError(f"window_s = {self.window_s:g} is longer than scoring_s = {self.scoring_s:g}: shorten it")
        for name in ("training_s", "scoring_s", "window_s"):
            steps = getattr(self, name) * 1e3 / self.dt_ms
            if steps > _MOST / 2:
                raise ValueError(f"{name} = {getattr(self, name):g} is too long for dt_ms = {self.dt_ms:g}: shorten it")
            if round(steps) < 1 or abs(steps - round(steps)) > 1e-6:
                raise ValueError(f"dt_ms = {self.dt_ms:g} does not divide {name} = {getattr(self, name):g}: change one")
        if not self.e_inhibitory_mv <= self.v_reset_mv <= self.v_threshold_mv - _LEAST_GAP_MV:
            raise ValueError(
                "potentials must be ordered e_inhibitory_mv <= v_reset_mv < v_threshold_mv, "
                f"the last two at least {_LEAST_GAP_MV} mV apart"
            )
        if self.v_rest_mv >= self.v_threshold_mv:
            raise ValueError("v_rest_mv must lie below v_threshold_mv")
        if self.dt_ms > 0.1 * self.tau_m_ms:
            raise ValueError(f"dt_ms = {self.dt_ms:g} is too long for tau_m_ms = {self.tau_m_ms:g}: at most a tenth")
        return self

    @property
    def connections(self) -> tuple[str, ...]:
        """The plastic connections, each of which has a rule."""
        return (PLASTIC,)

    @property
    def quantities(self) -> Quantities:
        """What a formula may read at a spike of either side, beside the traces of its rule."""
        return {"on_pre": ("w",), "on_post": ("w",)}

    def check(self, data: VogelsInput, rules: Mapping[str, Rule]) -> None:
        """Raise ValueError if the rule cannot be used, or the preferred group is not among the groups."""
        check_reads(PLASTIC, plastic_rule(rules), self.quantities, offers_traces=True)
        if self.preferred_group > data.groups:
            raise ValueError(
                f"network.preferred_group = {self.preferred_group} is not one of the data.groups = {data.groups}: "
                f"choose one from 1 to {data.groups}"
            )
        most = (data.excitatory + data.inhibitory) * data.most_hz(self.dt_ms) * (self.training_s + self.scoring_s)
        if most > _MOST:
            raise ValueError(
                f"data: a dataset may hold {most:.1e} spikes, which is too many: lower data.baseline_hz and "
                "data.modulation_hz, or shorten network.training_s and network.scoring_s"
            )

    def footprint(self, data: VogelsInput, rules: Mapping[str, Rule]) -> Footprint:
        """What datasets and trials take of memory, with as many spikes as there are on average."""
        steps = self._steps(self.training_s + self.scoring_s)
        inhibitory = int(data.inhibitory * data.mean_hz(self.dt_ms) * (self.training_s + self.scoring_s))
        span = min(steps, SPAN)
        kept = 4 * steps + 8 * min(steps, inhibitory) + 2 * inhibitory + 8 * (data.inhibitory + data.groups)
        trains = 4 * TOGETHER * LANES * (steps // max(1, self.membrane().refractory) + 1)
        return Footprint(
            dataset=kept,
            making=kept
            + (8 * min(steps, inhibitory) + 2 * inhibitory)  # in parts, before they are joined
            + span * (8 + int(16e-3 * self.dt_ms * (data.excitatory + data.inhibitory) * data.mean_hz(self.dt_ms))),
            scoring=trains,
            trial=16 * data.inhibitory + 8 * data.groups,
            grows_with=tuple(
                f"{key} = {value:g}"
                for key, value in (
                    ("network.training_s", self.training_s),
                    ("network.scoring_s", self.scoring_s),
                    ("network.dt_ms", self.dt_ms),
                )
            ),
        )

    def dataset(self, data: VogelsInput, rules: Mapping[str, Rule], key: Key) -> SpikingDataset:
        """The dataset of a key: input spikes, excitatory conductance, initial weights, scoring window."""
        self.check(data, rules)
        steps = self._steps(self.training_s + self.scoring_s)
        spans = data.spans(steps, self.dt_ms, key.generator(0))
        generator = key.generator(1)
        excitatory = self.excitatory_weights(data, generator)
        slack = self._steps(self.scoring_s) - self._steps(self.window_s)
        decay, jump = np.exp(-self.dt_ms / self.tau_excitatory_ms), self.g_excitatory_ns / self.g_leak_ns
        return SpikingDataset(
            drive(spans, steps, excitatory, data.inhibitory, decay, jump),
            initial_weights=generator.uniform(0.0, abs(self.initial_weight), data.inhibitory),
            tuning=excitatory.reshape(data.groups, -1).mean(axis=1),
            window_start=self._steps(self.training_s) + int(generator.integers(slack + 1)),
        )

    def excitatory_weights(self, data: VogelsInput, generator: np.random.Generator) -> Floats:
        """Eq. (13), with the fourth power on the distance of the groups alone; [excitatory afferents]."""
        distance = np.arange(1, data.groups + 1) - self.preferred_group
        tuning = self.weight_baseline + self.weight_tuning / (1.0 + distance**4.0)  # Eq. (13)
        noise = generator.uniform(0.0, abs(self.weight_noise), data.excitatory)
        return np.repeat(tuning, data.excitatory_per_group) + noise

    def simulate(
        self, rules: Mapping[str, Rule], thetas: Mapping[str, Floats], datasets: Sequence[SpikingDataset]
    ) -> SpikingTrials:
        """Run the candidates thetas["inhibitory"] [R, P] on D datasets: every result is [R, D, ...]."""
        return SpikingTrials.join([self.simulate_dataset(rules, thetas, dataset) for dataset in datasets])

    def simulate_dataset(
        self, rules: Mapping[str, Rule], thetas: Mapping[str, Floats], dataset: SpikingDataset, double: bool = False
    ) -> SpikingTrials:
        """Run the candidates thetas["inhibitory"] [R, P] on one dataset; `double` computes in float64."""
        rule = plastic_rule(rules)
        theta = np.asarray(thetas[PLASTIC], dtype=np.float64)
        size = len(rule.parameters())
        if theta.ndim != 2 or theta.shape[1] != size:
            raise ValueError(f"thetas of {PLASTIC!r} must have shape [R, {size}], not {list(theta.shape)}")
        finite = np.asarray(np.isfinite(theta).all(axis=1))
        phases = self._phases(dataset)
        window, scoring, spikes = np.zeros((3, len(theta)), np.int64)
        cv = np.zeros(len(theta))
        weights = np.zeros((len(theta), dataset.initial_weights.size), np.float64 if double else np.float32)
        for chosen, trains, counts, final in self._packs(rule, theta, np.flatnonzero(finite), dataset, weights.dtype):
            window[chosen], scoring[chosen], cv[chosen] = spike_statistics(trains, counts, *phases)
            spikes[chosen] = counts
            weights[chosen] = final
        grouped = weights.reshape(len(weights), dataset.tuning.size, -1).mean(axis=2, dtype=np.float64)
        at_bound = (weights <= 0) | (weights >= (self.weight_max or WEIGHT_LARGEST))
        exploded: NDArray[np.bool_] = np.any(weights >= WEIGHT_LARGEST, axis=1)
        return SpikingTrials(
            outcome=outcomes(finite, exploded, (scoring == 0).astype(np.bool_)),
            rate_hz=window / self.window_s,
            scoring_rate_hz=scoring / self.scoring_s,
            cv=cv,
            weights=weights,
            group_weights=grouped,
            tuning_correlation=tuning_correlation(grouped, dataset.tuning),
            share_at_bound=np.where(finite, at_bound.mean(axis=1), 0.0),
            spikes=spikes,
        )

    def spike_trains(
        self, rules: Mapping[str, Rule], thetas: Mapping[str, Floats], dataset: SpikingDataset, double: bool = False
    ) -> list[NDArray[np.int32]]:
        """The steps at which the neuron spikes, for each candidate; empty where theta is not finite."""
        rule = plastic_rule(rules)
        theta = np.asarray(thetas[PLASTIC], dtype=np.float64)
        result = [np.zeros(0, np.int32)] * len(theta)
        usable = np.flatnonzero(np.isfinite(theta).all(axis=1))
        dtype = np.float64 if double else np.float32
        for chosen, trains, counts, _ in self._packs(rule, theta, usable, dataset, dtype):
            for lane, r in enumerate(chosen):
                result[r] = trains[lane, : counts[lane]].copy()
        return result

    def membrane(self) -> Membrane:
        """The constants as the kernels take them."""
        per_tau = self.dt_ms / self.tau_m_ms
        refractory = round(self.refractory_ms / self.dt_ms)
        return Membrane(
            dt_over_tau=per_tau,
            u_rest=self.v_rest_mv - self.e_inhibitory_mv,
            u_excitatory=self.e_excitatory_mv - self.e_inhibitory_mv,
            u_reset=self.v_reset_mv - self.e_inhibitory_mv,
            u_threshold=self.v_threshold_mv - self.e_inhibitory_mv,
            decay_inhibitory=float(np.exp(-self.dt_ms / self.tau_inhibitory_ms)),
            jump_inhibitory=per_tau * self.g_inhibitory_ns / self.g_leak_ns,
            refractory=refractory,
            window=max(1, min(refractory, round(_WINDOW_MS / self.dt_ms))),
            weight_limit=self.weight_max or WEIGHT_LARGEST,
        )

    def _packs(
        self, rule: Rule, theta: Floats, usable: NDArray, dataset: SpikingDataset, dtype: DTypeLike
    ) -> Iterator[tuple]:
        """Run the `usable` candidates, as many at a time as the kernel has lanes: (their indices, spike trains, spike
        counts, final weights); the trains are overwritten by the next ones."""
        membrane = self.membrane()
        kernel = kernel_for(rule, theta, membrane, self.dt_ms)
        order = usable[np.lexsort(kernel.levels[:, usable])]  # like beside like: fewer sweeps
        trains = np.empty((kernel.lanes, dataset.steps // max(1, membrane.refractory) + 1), np.int32)
        for first in range(0, order.size, kernel.lanes):
            chosen = order[first : first + kernel.lanes]
            padded = np.resize(chosen, -(-chosen.size // LANES) * LANES)
            synapses = aligned_zeros((dataset.initial_weights.size, kernel.width, padded.size), dtype)
            synapses[:, 0] = dataset.initial_weights[:, None]
            pack = np.ascontiguousarray(kernel.rules[padded].T, dtype=dtype)
            counts = kernel.run(dataset.drive, pack, kernel.levels[:, padded], synapses, trains)
            yield chosen, trains[: chosen.size], counts[: chosen.size], synapses[:, 0, : chosen.size].T

    def _phases(self, dataset: SpikingDataset) -> tuple[tuple[int, int], tuple[int, int]]:
        """The scoring phase and the window in it, as half-open ranges of steps."""
        stop = dataset.window_start + self._steps(self.window_s)
        return (self._steps(self.training_s), dataset.steps), (dataset.window_start, stop)

    def _steps(self, seconds: float) -> int:
        return round(seconds * 1e3 / self.dt_ms)


def plastic_rule(rules: Mapping[str, Rule]) -> Rule:
    """The rule of the plastic connection, or ValueError with a sentence."""
    if list(rules) != [PLASTIC]:
        raise ValueError(f"the spiking neuron has one plastic connection, {PLASTIC!r}; the rules name {list(rules)}")
    return rules[PLASTIC]
