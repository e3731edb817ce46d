"""The linear rate network of sections 3.1 and 3.2: two layers, plastic feedforward and lateral weights."""

from collections.abc import Mapping, Sequence
from functools import lru_cache, partial
from typing import Annotated, Any, ClassVar, Literal

import numpy as np
from numpy.typing import DTypeLike, NDArray
from pydantic import Field, PositiveInt, model_validator

from plastica.inner.compiled_formula import Formula
from plastica.inner.footprint import Footprint
from plastica.inner.keys import Key
from plastica.inner.lanes import LANES
from plastica.inner.outcome import Outcome
from plastica.inner.quantities import Quantities, check_reads
from plastica.inner.rate.coefficients import VARIABLES, dense_coefficients, order_of
from plastica.inner.rate.formula_kernel import FormulaPlan
from plastica.inner.rate.gaussian import GaussianData, Recalled, Stimuli
from plastica.inner.rate.moments import TOGETHER_BYTES, Course, Plan, Population, Shape, plan_for
from plastica.inner.rate.packing import Lanes, from_lanes, same_in_all_lanes, to_lanes
from plastica.inner.rate.trials import RateDataset, RateTrials
from plastica.inner.stepwise.activation import Activation
from plastica.rules.base import Rule
from plastica.section import Section

Floats = NDArray[np.float64]
Mask = tuple[tuple[Literal[0, 1], ...], ...]


class RateNetwork(Section):
    """y_i = f(sum_j w_ij x_j + sum_j w^_ij y_j) (Eqs. 1 and 6), solved exactly within the layer; batch learning.

    f is the identity unless `activation` says otherwise.
    """

    kind: ClassVar[str] = "rate"
    inputs: Annotated[int, Field(gt=0, le=100_000)] = Field(default=3, description="input neurons, N (at most 100,000)")
    outputs: Annotated[int, Field(gt=0, le=1000)] = Field(
        default=1, description="output neurons, M (at most N, and 1,000)"
    )
    updates: PositiveInt = Field(default=300, description="weight updates in the inner loop, one mini-batch each")
    eta: Annotated[float, Field(gt=0, le=1e6)] = Field(
        default=0.05, description="learning rate of the feedforward weights"
    )
    eta_lateral: Annotated[float, Field(gt=0, le=1e6)] = Field(
        default=0.1, description="learning rate of the lateral weights, eta_l"
    )
    initial_norm: Annotated[float, Field(ge=0, le=1e6)] = Field(
        default=0.3, description="length of each neuron's initial weight vector, whose direction is random"
    )
    initial_lateral_sd: Annotated[float, Field(ge=0, le=1e6)] = Field(
        default=0.1, description="sd of the initial lateral weights"
    )
    lateral: Literal["hierarchical", "none"] | Mask = Field(
        default="hierarchical",
        description='lateral connections: "hierarchical" (neuron i receives from every j < i), "none", or an M x M '
        "mask of 0 and 1, row i for the connections onto neuron i, with ones only left of the diagonal",
    )
    weight_bound: Annotated[float, Field(gt=0, le=1e6)] = Field(
        default=10.0, description="a trial in which any weight exceeds this in absolute value ends as exploded"
    )

    activation: Activation = Field(
        default="linear", description="what a neuron makes of its input; all but linear are computed by JAX"
    )

    @model_validator(mode="after")
    def _layers_fit(self) -> "RateNetwork":
        if self.outputs > self.inputs:
            raise ValueError(
                f"network.outputs = {self.outputs} is more than network.inputs = {self.inputs}: "
                "there are no more principal vectors than inputs"
            )
        if isinstance(self.lateral, tuple):
            _check_mask(self.lateral, self.outputs)
        return self

    @property
    def connections(self) -> tuple[str, ...]:
        """The plastic connections, each of which has a rule."""
        return ("feedforward", "lateral") if self.edges() else ("feedforward",)

    @property
    def in_jax(self) -> bool:
        """Whether trials are JAX's: kernels are linear."""
        return self.activation != "linear"

    def edges(self) -> tuple[tuple[int, int], ...]:
        """The lateral connections as (post i, pre j), sorted by i."""
        return _edges(self.outputs, self.lateral)

    @property
    def quantities(self) -> Quantities:
        """What a formula may read: activity before and after the synapse, its weight."""
        return {"change": VARIABLES}

    def check(self, data: GaussianData, rules: Mapping[str, Rule]) -> None:
        """Raise ValueError if the spectrum does not fit the inputs, or a rule asks for more than there is."""
        data.eigenvalues(self.inputs)
        for connection in self.connections:
            check_reads(connection, rules[connection], self.quantities)

    def footprint(self, data: GaussianData, rules: Mapping[str, Rule]) -> Footprint:
        """What datasets and trials take of memory."""
        plan, weights = self._plan(data, rules), 8 * self.outputs * (self.inputs + self.outputs)
        stimuli, drawing = data.drawn_bytes(self.inputs)
        samples = 8 * data.batches * data.batch * self.inputs
        kept = stimuli + weights + 4 * data.batches * plan.cells
        return Footprint(
            dataset=kept if self.in_jax else kept - samples,
            making=max(drawing, stimuli + weights + 8 * plan.making(data.batches)),
            scoring=stimuli + 8 * self.updates,
            trial=8 * weights,
            grows_with=tuple(
                f"{key} = {value}"
                for key, value in (
                    ("network.inputs", self.inputs),
                    ("data.batches", data.batches),
                    ("data.batch", data.batch),
                )
            ),
        )

    def dataset(self, data: GaussianData, rules: Mapping[str, Rule], key: Key) -> RateDataset:
        """All that a trial needs and no candidate changes: a pure function of its arguments."""
        return self.datasets(data, rules, [key])[0]

    def made_together(self, data: GaussianData) -> int:
        """How many datasets `datasets` does well to make at a time: many small calls are what small ones take."""
        return max(1, TOGETHER_BYTES // (8 * data.batches * data.batch * self.inputs))

    def datasets(self, data: GaussianData, rules: Mapping[str, Rule], keys: Sequence[Key]) -> list[RateDataset]:
        """The datasets of some keys, which are in memory together."""
        plan = self._plan(data, rules)
        if hasattr(data, "draw_together"):
            drawn = data.draw_together(keys, self.inputs)
        else:
            drawn = [data.draw(key, self.inputs) for key in keys]
        samples = [stimuli.samples for stimuli in drawn]
        tables = plan.table(np.concatenate(samples) if len(samples) > 1 else samples[0])
        by_dataset = tables.reshape(len(keys), -1, tables.shape[1])
        return [
            RateDataset(self._kept(data, key, stimuli), *self._first_weights(key), table, plan)
            for key, stimuli, table in zip(keys, drawn, by_dataset, strict=True)
        ]

    def _kept(self, data: GaussianData, key: Key, drawn: Stimuli) -> Stimuli | Recalled:
        if self.in_jax:
            return drawn
        return Recalled(drawn.principal, drawn.variance, partial(data.draw, key, self.inputs))  # tables say it all

    def _first_weights(self, key: Key) -> tuple[Floats, Floats]:
        generator = key.generator(stream=1)
        w = generator.standard_normal((self.outputs, self.inputs))
        w *= self.initial_norm / np.linalg.norm(w, axis=1, keepdims=True)
        lateral = generator.standard_normal((self.outputs, self.outputs)) * self.initial_lateral_sd
        return w, lateral * _mask(self.outputs, self.edges())

    def _plan(self, data: GaussianData, rules: Mapping[str, Rule]) -> Plan:
        if self.in_jax:  # which needs no table
            return plan_for(Shape(self.inputs, self.outputs, self.edges(), 1), data.batch)
        chosen = tuple(rules[connection] for connection in self.connections)
        return _plan_for((self.inputs, self.outputs, self.edges()), data.batch, chosen)

    def simulate(
        self,
        rules: Mapping[str, Rule],
        thetas: Mapping[str, Floats],
        datasets: Sequence[RateDataset],
        updates: int | None = None,
    ) -> RateTrials:
        """Train R candidates on D datasets; thetas[connection] is [R, P of that connection].

        `updates`, where given, is after how many of them the training ends.
        """
        if self.in_jax:
            from plastica.inner.rate import gradients

            return gradients.simulate(self, rules, thetas, datasets, updates)
        if updates is not None:
            return self.model_copy(update={"updates": updates}).simulate(rules, thetas, datasets)
        finite, packed = self.packed(rules, thetas)
        course, population = self.begun(packed, datasets)
        datasets[0].plan.train([dataset.table for dataset in datasets], course, population)
        return self.trials(finite, population, len(datasets))

    def packed(
        self, rules: Mapping[str, Rule], thetas: Mapping[str, Floats], dtype: DTypeLike = np.float32
    ) -> tuple[NDArray[np.bool_], Lanes]:
        """Which candidates [R] are finite, and in lanes what the kernels take of each; nothing of the others. Subnormal
        numbers are zeros: processors may take twenty times as long for them."""
        finite = np.isfinite(np.concatenate([thetas[c] for c in self.connections], axis=1)).all(axis=1)
        safe = {c: np.where(finite[:, None], thetas[c], 0.0) for c in self.connections}
        with np.errstate(over="ignore"):
            lanes = to_lanes(self._coefficients(rules, safe), dtype)
        lanes[np.abs(lanes) < np.finfo(lanes.dtype).tiny] = 0
        return finite, lanes

    def _coefficients(self, rules: Mapping[str, Rule], thetas: Mapping[str, Floats]) -> Floats:
        """What the kernel of these rules takes of each candidate [R, n]: see `kernels` and `formula_kernel`."""
        order = order_of(rules[c] for c in self.connections)
        if order is None:
            return np.concatenate([thetas[c] for c in self.connections], axis=1)
        dense = [dense_coefficients(rules[c], thetas[c], order) for c in self.connections]
        if len(dense) == 1:
            dense.append(np.zeros_like(dense[0]))
        return np.concatenate([d.reshape(len(d), -1) for d in dense], axis=1)

    def gradient(
        self, rules: Mapping[str, Any], thetas: Mapping[str, Floats], datasets: Sequence[RateDataset], loss: Any
    ) -> dict[str, Floats]:
        """{connection: [R, D, P of that connection]}: exact gradients of the loss; see `adjoint` and `gradients`."""
        if datasets[0].plan.reverses:
            from plastica.inner.rate import adjoint

            return adjoint.differentiate(self, rules, thetas, datasets, loss)[1]
        from plastica.inner.rate import gradients

        return gradients.differentiate(self, rules, thetas, datasets, loss)[1]

    def begun(
        self, packed: Lanes, datasets: Sequence[RateDataset], dtype: DTypeLike = np.float32
    ) -> tuple[Course, Population]:
        """A population at the beginning of its datasets, and what is before it."""
        groups, count = len(packed), len(datasets)
        posts, pres = np.array(self.edges(), dtype=int).reshape(-1, 2).T
        population = Population(
            packed,
            same_in_all_lanes(np.array([dataset.w.ravel() for dataset in datasets]), groups, dtype),
            same_in_all_lanes(np.array([dataset.lateral[posts, pres] for dataset in datasets]), groups, dtype),
            np.full((count * groups, LANES), self.updates, dtype=dtype),
        )
        schedule = np.arange(self.updates) % len(datasets[0].table)
        return Course(schedule, np.array([self.eta, self.eta_lateral], dtype=dtype), self.weight_bound), population

    def trials(self, finite: NDArray[np.bool_], population: Population, datasets: int) -> RateTrials:
        """What a population of candidates, of which some are finite [R], made of its datasets."""
        count = len(finite)
        lateral = np.zeros((count, datasets, self.outputs, self.outputs))
        posts, pres = np.array(self.edges(), dtype=int).reshape(-1, 2).T
        lateral[:, :, posts, pres] = from_lanes(population.lateral, count, datasets)
        exploded_at = population.exploded_at.reshape(datasets, -1)[:, :count]
        lifetime = (exploded_at / self.updates).T.astype(float, order="C")
        outcome = np.where(lifetime < 1, Outcome.EXPLODED, Outcome.OK)
        outcome[~finite] = Outcome.NONFINITE
        w = from_lanes(population.w, count, datasets).reshape(count, datasets, self.outputs, self.inputs)
        return RateTrials(outcome.astype(np.int8), w, lateral, lifetime)


@lru_cache(maxsize=32)
def _mask(outputs: int, edges: tuple[tuple[int, int], ...]) -> Floats:
    mask = np.zeros((outputs, outputs))
    for edge in edges:
        mask[edge] = 1
    return mask


@lru_cache(maxsize=32)
def _edges(outputs: int, lateral: str | Mask) -> tuple[tuple[int, int], ...]:
    if lateral == "none":
        return ()
    pairs = ((i, j) for i in range(outputs) for j in range(i))
    return tuple((i, j) for i, j in pairs if lateral == "hierarchical" or lateral[i][j])


@lru_cache(maxsize=32)
def _plan_for(shape: tuple[int, int, tuple[tuple[int, int], ...]], batch: int, rules: tuple[Rule, ...]) -> Plan:
    """Averages for polynomials, else sample by sample; rules in the order of their connections."""
    order = order_of(rules)
    if order is not None:
        return plan_for(Shape(*shape, order), batch)
    names = [tuple(parameter.name for parameter in rule.parameters()) for rule in rules]
    formulas = tuple(Formula(rule.formulas["change"], VARIABLES, n) for rule, n in zip(rules, names, strict=True))
    return FormulaPlan(Shape(*shape, order=1), batch, formulas, tuple(map(len, names)))


def _check_mask(mask: Mask, outputs: int) -> None:
    if len(mask) != outputs or any(len(row) != outputs for row in mask):
        shape = f"{len(mask)} rows of {sorted({len(row) for row in mask})} numbers"
        raise ValueError(
            f"network.lateral has {shape} for network.outputs = {outputs}: give {outputs} rows of {outputs}"
        )
    wrong = [(i + 1, j + 1) for i, row in enumerate(mask) for j, one in enumerate(row) if one and j >= i]
    if wrong:
        raise ValueError(
            f"network.lateral has a 1 at row {wrong[0][0]}, column {wrong[0][1]}, which may close a cycle: "
            "a neuron may receive only from earlier ones, so put ones only left of the diagonal"
        )
