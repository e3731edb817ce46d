"""A neuron with a teacher: it sees examples of what another neuron answers, and its synapses see its error."""

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar

import numpy as np
from pydantic import Field, PositiveInt

from plastica.inner.keys import Key
from plastica.inner.quantities import Quantities
from plastica.inner.stepwise.activation import ACTIVATIONS, Activation
from plastica.inner.stepwise.network import StepwiseNetwork
from plastica.rules.base import Floats
from plastica.section import Section


class TaughtNeuron(StepwiseNetwork):
    """y = f(sum_j w_j x_j), and the error e = target - y; an update averages the rule over a mini-batch of examples."""

    kind: ClassVar[str] = "taught-neuron"
    connections = ("feedforward",)
    quantities: ClassVar[Quantities] = {"change": ("x", "e", "y", "w")}

    inputs: Annotated[int, Field(gt=0, le=100_000)] = Field(
        default=10, description="input neurons, N (at most 100,000)"
    )
    updates: PositiveInt = Field(default=100, description="weight updates in the inner loop, one mini-batch each")
    eta: Annotated[float, Field(gt=0, le=1e6)] = Field(default=0.1, description="learning rate")
    activation: Activation = Field(default="linear", description="f, of the neuron and of its teacher")

    def initial(self, drawn: Mapping[str, Any]) -> Mapping[str, Any]:
        return {"feedforward": drawn["w"]}

    def step(self, state: Any, stimulus: Any, rules: Any) -> Mapping[str, Any]:
        import jax.numpy as jnp

        w, x = state["feedforward"], stimulus["x"]  # [N], [batch, N]
        y = ACTIVATIONS[self.activation](x @ w, jnp)
        e = stimulus["target"] - y
        change = rules["feedforward"](x=x, e=e[:, None], y=y[:, None], w=w)
        return {"feedforward": w + self.eta * change.mean(axis=0)}


class Lessons(Section):
    """Gaussian stimuli, and the answers of a teacher with random weights, with noise."""

    count: PositiveInt = Field(default=10, description="datasets that every candidate of a generation is tested on")
    refresh: PositiveInt = Field(default=2, description="generations between two redraws of the datasets")
    batch: PositiveInt = Field(
        default=10, description="examples in a mini-batch; an update averages over one mini-batch"
    )
    batches: PositiveInt = Field(default=100, description="distinct mini-batches in a dataset, used in turn")
    length: Annotated[float, Field(gt=0, le=1e6)] = Field(
        default=1.0, description="length of the teacher's weight vector"
    )
    initial_length: Annotated[float, Field(ge=0, le=1e6)] = Field(
        default=1.0, description="length of the neuron's initial weight vector, whose direction is random"
    )
    noise: Annotated[float, Field(ge=0, le=1e6)] = Field(
        default=0.3, description="sd of the noise on the teacher's answers"
    )

    def shapes(self, network: TaughtNeuron) -> dict[str, Any]:
        """Of what `draw` gives."""
        rows = (self.batches, self.batch)
        n = network.inputs
        return {"stimuli": {"x": (*rows, n), "target": rows}, "teacher": (n,), "w": (n,)}

    def draw(self, key: Key, network: TaughtNeuron) -> dict[str, Any]:
        """A teacher, its lessons and the neuron's initial weights: a pure function of the key."""
        generator = key.generator()
        teacher, w = (_of_length(length, generator, network.inputs) for length in (self.length, self.initial_length))
        x = generator.standard_normal((self.batches, self.batch, network.inputs))
        noise = self.noise * generator.standard_normal((self.batches, self.batch))
        target = ACTIVATIONS[network.activation](x @ teacher, np) + noise
        return {"stimuli": {"x": x, "target": target}, "teacher": teacher, "w": w}


def _of_length(length: float, generator: np.random.Generator, inputs: int) -> Floats:
    vector: Floats = generator.standard_normal(inputs)
    return length * vector / np.linalg.norm(vector)
