"""The perceptron of SpikES and fSBI: two frozen hidden layers, and an output for a spike of either side."""

from functools import reduce
from operator import add
from typing import Annotated, Literal

import numpy as np
from pydantic import Field, model_validator

from plastica.rules.base import KIND, Floats, Parameter, Trace
from plastica.rules.expression import Expression, name, number, tanh
from plastica.rules.kind import Kind
from plastica.rules.spike_polynomial import OF_NEURON, OF_TRACE, four_traces

INPUTS = 6
SIDES = ("pre", "post")


class SpikePerceptron(Kind, frozen=True):
    """dw = eta (pre + sum_k pre_k h_k) at a presynaptic spike, and with post, post_k at a postsynaptic one.

    h = f(W2 f(W1 z)) without biases, f(x) = 1 / (1 + exp(-x)), with z = (2 x_pre_slow, 2 x_post, w, 15 v_post,
    15 e_post, 15 i_post) at a presynaptic spike and 2 x_pre, 2 x_post_slow in the first two places at a postsynaptic
    one (github.com/VogelsLab/SpikES and fSBI). W1 and W2 are frozen and the same for both; theta lists eta, pre_1, ...,
    pre, post_1, ..., post, the order of the published ones.
    """

    kind: Literal["spike-perceptron"] = Field(default="spike-perceptron", description=KIND)
    hidden: tuple[Annotated[int, Field(ge=1, le=100)], Annotated[int, Field(ge=1, le=20)]] = Field(
        default=(50, 4), description="units of the two hidden layers"
    )
    seed: Annotated[int, Field(ge=0, lt=2**63)] = Field(
        default=0, description="of the hidden weights: uniform within +-1/sqrt(units below)"
    )
    frozen: tuple[float, ...] = Field(
        default=(), description="the hidden weights themselves, unit by unit, the first layer first; none: drawn"
    )
    tau_fast_ms: float = Field(
        default=10.0, description="time constant of the traces x_pre and x_post, ms", ge=1, le=1e6
    )
    tau_slow_ms: float = Field(
        default=100.0, description="time constant of the traces x_pre_slow and x_post_slow, ms", ge=1, le=1e6
    )
    step: float = Field(default=1.0, description="unit of eta: weight change per spike", gt=0, le=1e4)
    initial_sd: Annotated[float, Field(ge=0, le=1e6)] = Field(
        default=0.1, description="sd of a random rule's output weights"
    )

    @model_validator(mode="after")
    def _can_be_computed(self) -> "SpikePerceptron":
        first, second = self.hidden
        wanted = first * INPUTS + second * first
        if self.frozen and len(self.frozen) != wanted:
            raise ValueError(
                f"frozen has {len(self.frozen)} numbers, and hidden = [{first}, {second}] takes {wanted}: give all of "
                "them, or none"
            )
        try:
            self.searched_formulas()
        except ValueError as error:
            raise ValueError(f"hidden = {list(self.hidden)}: {error}; take fewer units") from None
        return self

    def searched_parameters(self) -> tuple[Parameter, ...]:
        eta = Parameter("eta", "1/spike", scale=self.step, mean=0.01, sd=0.01, low=-1e4, high=1e4)
        return (eta, *(Parameter(word, sd=self.initial_sd) for side in SIDES for word in self._outputs(side)))

    def searched_traces(self) -> tuple[Trace, ...]:
        return four_traces(self.tau_fast_ms, self.tau_slow_ms)

    def searched_formulas(self) -> dict[str, Expression]:
        traces = {"pre": ("x_pre_slow", "x_post"), "post": ("x_pre", "x_post_slow")}
        return {f"on_{side}": name("w") + name("eta") * self._output(side, traces[side]) for side in SIDES}

    def known(self, name: str) -> Floats:
        """theta of no plasticity, "none". Raises ValueError for any other rule."""
        if name != "none":
            raise ValueError(f"the {name} rule is no perceptron")
        return np.zeros(len(self.searched_parameters()))

    def hidden_weights(self) -> tuple[Floats, Floats]:
        """[units, inputs] of the first layer and [units, units below] of the second."""
        first, second = self.hidden
        if self.frozen:
            given = np.array(self.frozen)
            return given[: first * INPUTS].reshape(first, INPUTS), given[first * INPUTS :].reshape(second, first)
        draw = np.random.default_rng(self.seed)
        one, other = INPUTS**-0.5, first**-0.5
        return draw.uniform(-one, one, (first, INPUTS)), draw.uniform(-other, other, (second, first))

    def _outputs(self, side: str) -> tuple[str, ...]:
        return (*(f"{side}_{unit + 1}" for unit in range(self.hidden[1])), side)

    def _output(self, side: str, traces: tuple[str, str]) -> Expression:
        neuron = [OF_NEURON * name(word) for word in ("v_post", "e_post", "i_post")]
        values = [*(OF_TRACE * name(word) for word in traces), name("w"), *neuron]
        for weights in self.hidden_weights():
            values = [_sigmoid(_sum(row, values)) for row in weights]
        *units, bias = map(name, self._outputs(side))
        return reduce(add, (unit * value for unit, value in zip(units, values, strict=True)), bias)


def _sum(row: Floats, values: list[Expression]) -> Expression:
    return reduce(add, (number(weight) * value for weight, value in zip(row.tolist(), values, strict=True)))


def _sigmoid(z: Expression) -> Expression:
    return 0.5 * tanh(0.5 * z) + 0.5  # 1 / (1 + exp(-z)), which does not overflow
