"""A perceptron as a rule: a small network of its own computes the change of a weight from the network's quantities."""

from collections.abc import Callable, Iterator, Mapping
from functools import reduce
from operator import add
from typing import Annotated, Literal

import numpy as np
from pydantic import Field, model_validator

from plastica.rules.base import KIND, Floats, Parameter
from plastica.rules.expression import Expression, name, number, tanh
from plastica.rules.kind import Kind
from plastica.rules.quantities import check_variables

LAYERS = "abc"  # what the names of their weights begin with
ACTIVATIONS: Mapping[str, Callable[[Expression], Expression]] = {
    "tanh": tanh,
    "sigmoid": lambda z: 0.5 * tanh(0.5 * z) + 0.5,  # 1 / (1 + exp(-z)), which does not overflow
}


class Perceptron(Kind):
    """dw = eta (out + sum_k out_k h_k) with hidden units h_k = f(a_k + sum_v a_k_v v), v over `variables`.

    Further hidden layers (b, c) take the units of the one before. theta lists the hidden weights, each unit's bias
    first, unless they are frozen, and then those of the output.
    """

    kind: Literal["perceptron"] = Field("perceptron", description=KIND)
    variables: tuple[str, ...] = Field(("x", "y", "w"), description="the network's quantities that it takes")
    hidden: Annotated[tuple[Annotated[int, Field(ge=1, le=100)], ...], Field(min_length=1, max_length=len(LAYERS))] = (
        Field((10,), description="hidden units of each layer (one to three layers)")
    )
    activation: Literal["tanh", "sigmoid"] = Field("tanh", description="what a hidden unit makes of its input")
    frozen: bool = Field(
        False, description="keep the hidden weights as `seed` draws them, and search the output's alone"
    )
    seed: Annotated[int, Field(ge=0, lt=2**63)] = Field(0, description="of frozen hidden weights")
    hidden_sd: Annotated[float, Field(ge=0, le=1e6)] = Field(1.0, description="sd of hidden weights and biases")
    initial_sd: Annotated[float, Field(ge=0, le=1e6)] = Field(0.1, description="sd of a random rule's output weights")

    @model_validator(mode="after")
    def _can_be_computed(self) -> "Perceptron":
        check_variables(self.variables)
        try:
            self.searched_formulas()
        except ValueError as error:
            raise ValueError(f"hidden = {list(self.hidden)}: {error}; take fewer units") from None
        return self

    def searched_parameters(self) -> tuple[Parameter, ...]:
        hidden = () if self.frozen else tuple(Parameter(word, sd=self.hidden_sd) for word in self._hidden_names())
        names = ("out", *(f"out_{unit}" for unit in self._units(len(self.hidden) - 1)))
        return (*hidden, *(Parameter(word, sd=self.initial_sd) for word in names))

    def searched_formulas(self) -> dict[str, Expression]:
        """The change of a weight, with numbers in the place of frozen weights."""
        weights = self._hidden_weights()
        activation = ACTIVATIONS[self.activation]
        below = {variable: name(variable) for variable in self.variables}
        for layer, letter in enumerate(LAYERS[: len(self.hidden)]):
            below = {unit: activation(_weighted(f"{letter}{unit}", below, weights)) for unit in self._units(layer)}
        return {"change": _weighted("out", below, {})}

    def known(self, name: str) -> Floats:
        """theta of no plasticity, "none". Raises ValueError for any other rule."""
        if name != "none":
            raise ValueError(f"the {name} rule is no perceptron")
        return np.zeros(len(self.parameters()))

    def _units(self, layer: int) -> tuple[str, ...]:
        return tuple(str(unit + 1) for unit in range(self.hidden[layer]))

    def _hidden_names(self) -> Iterator[str]:
        """Of each layer and unit: its bias, then its weights."""
        below = self.variables
        for layer, letter in enumerate(LAYERS[: len(self.hidden)]):
            for unit in self._units(layer):
                yield f"{letter}{unit}"
                yield from (f"{letter}{unit}_{source}" for source in below)
            below = self._units(layer)

    def _hidden_weights(self) -> dict[str, Expression]:
        """Numbers for the names of frozen weights; none where they are searched."""
        names = list(self._hidden_names()) if self.frozen else []
        drawn = self.hidden_sd * np.random.default_rng(self.seed).standard_normal(len(names))
        return dict(zip(names, map(number, drawn.tolist()), strict=True))


def _weighted(unit: str, below: Mapping[str, Expression], weights: Mapping[str, Expression]) -> Expression:
    """A unit's bias, and what is below it times its weights: numbers where there are, else names."""

    def weight(word: str) -> Expression:
        return weights.get(word, name(word))

    return reduce(add, (weight(f"{unit}_{source}") * value for source, value in below.items()), weight(unit))
