"""The base of rate networks of a user's own: what happens in one step, written in JAX, is all that he writes.

    class Recurrent(StepwiseNetwork):
        units: PositiveInt = 10
        eta: float = 0.1

        connections = ("recurrent",)

        def initial(self, drawn):
            return {"recurrent": drawn["w"], "y": jnp.zeros(self.units)}

        def step(self, state, stimulus, rules):
            w, x = state["recurrent"], state["y"]
            y = jnp.tanh(w @ x + stimulus)
            change = rules["recurrent"](x=x, y=y[:, None], w=w)
            return {"recurrent": w + self.eta * change, "y": y}

Its formulas read x, y and w unless it states other `quantities`.
"""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, ClassVar

import numpy as np
from pydantic import Field, PositiveInt

from plastica.inner.footprint import Footprint
from plastica.inner.keys import Key
from plastica.inner.lanes import LANES
from plastica.inner.quantities import Quantities, check_reads
from plastica.inner.stepwise.trials import StepwiseDataset, StepwiseTrials
from plastica.rules.base import Floats, Rule
from plastica.section import Section

SPECIMEN = Key(0, "bench")  # of a dataset that is drawn to be measured


class StepwiseNetwork(Section):
    """Give it `connections`, the `quantities` that their rules may read, `initial` and `step`.

    The data's `draw(key, network)` gives arrays by name; among them `stimuli` (an array, or several by name) has a
    leading axis of steps: update t sees entry t of it, and the first again after the last. Trials are computed in
    single precision.
    """

    kind: ClassVar[str] = "stepwise"
    in_jax: ClassVar[bool] = True
    connections: ClassVar[tuple[str, ...]] = ()  # a subclass states it bare: pyright takes no ClassVar for a property
    quantities: ClassVar[Quantities] = {"change": ("x", "y", "w")}

    updates: PositiveInt = Field(default=300, description="steps of the inner loop, each with the next stimulus")
    weight_bound: Annotated[float, Field(gt=0, le=1e6)] = Field(
        default=10.0, description="a trial in which any weight exceeds this in absolute value ends as exploded"
    )

    def initial(self, drawn: Mapping[str, Any]) -> Mapping[str, Any]:
        """The state before the first step: arrays by name, those of the weights by the names of connections."""
        raise NotImplementedError(f"{type(self).__name__} has no `initial`: give it one")

    def step(self, state: Any, stimulus: Any, rules: Any) -> Mapping[str, Any]:
        """The state after a stimulus. rules[connection](x=..., y=..., w=...) is the change of weights by the rule's
        formula, element by element of its quantities."""
        raise NotImplementedError(f"{type(self).__name__} has no `step`: give it one")

    def tested(self, state: Mapping[str, Any], drawn: Mapping[str, Any]) -> Mapping[str, Any]:
        """The state that a loss sees: the last one, with what the trained network answers to a test, say."""
        return state

    def check(self, data: Any, rules: Mapping[str, Rule]) -> None:
        """Raise ValueError where a rule reads what there is not."""
        for connection in self.connections:
            check_reads(connection, rules[connection], self.quantities)

    def dataset(self, data: Any, rules: Mapping[str, Rule], key: Key) -> StepwiseDataset:
        """All that a trial needs and no candidate changes: a pure function of its arguments."""
        return StepwiseDataset(data.draw(key, self))

    def simulate(
        self,
        rules: Mapping[str, Rule],
        thetas: Mapping[str, Floats],
        datasets: Sequence[StepwiseDataset],
        updates: int | None = None,
    ) -> StepwiseTrials:
        """Train R candidates on D datasets; thetas[connection] is [R, P of that connection].

        `updates`, where given, is after how many of them the training ends.
        """
        from plastica.inner.stepwise.simulation import simulate, trial

        return simulate(self, rules, thetas, [dataset.drawn for dataset in datasets], trial, updates)

    def gradient(
        self, rules: Mapping[str, Rule], thetas: Mapping[str, Floats], datasets: Sequence[StepwiseDataset], loss: Any
    ) -> dict[str, Floats]:
        """{connection: [R, D, P of that connection]}: exact gradients of `loss.distance(state, drawn, jax.numpy)`."""
        from plastica.inner.stepwise.simulation import differentiate, trial

        return differentiate(self, rules, thetas, [dataset.drawn for dataset in datasets], loss, trial)[1]

    def footprint(self, data: Any, rules: Mapping[str, Rule]) -> Footprint:
        """What datasets and trials take of memory: by the `shapes(network)` of the data, where it has them, else by a
        dataset that is drawn."""
        import jax

        shapes = data.shapes(self) if hasattr(data, "shapes") else jax.tree.map(np.shape, data.draw(SPECIMEN, self))
        drawn = jax.tree.map(_unmade, shapes, is_leaf=lambda value: isinstance(value, tuple))
        start = jax.eval_shape(self.initial, drawn)
        end = jax.eval_shape(self.tested, start, drawn)
        dataset, state, trial = (8 * sum(one.size for one in jax.tree.leaves(part)) for part in (drawn, start, end))
        return Footprint(
            dataset=dataset,
            making=3 * dataset,
            scoring=2 * dataset + 3 * LANES * state,  # of a group of candidates, before, after, and what changes it
            trial=4 * trial,
            grows_with=(*_sizes("network", self), *_sizes("data", data)),
        )


def _unmade(shape: tuple[int, ...]) -> Any:
    import jax

    return jax.ShapeDtypeStruct(shape, np.float32)


def _sizes(part: str, section: Section) -> tuple[str, ...]:
    """Its settings that are whole numbers, as "key = value", but for those that count datasets."""
    values = {key: value for key, value in section.model_dump().items() if key not in ("count", "refresh")}
    return tuple(f"{part}.{key} = {value}" for key, value in values.items() if type(value) is int)
