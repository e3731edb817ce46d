"""What a rate neuron makes of its input; `numpy` is what computes, or JAX's."""

from collections.abc import Callable, Mapping
from typing import Any, Literal

Activation = Literal["linear", "tanh", "relu", "sigmoid"]

ACTIVATIONS: Mapping[str, Callable[[Any, Any], Any]] = {
    "linear": lambda u, numpy: u,
    "tanh": lambda u, numpy: numpy.tanh(u),
    "relu": lambda u, numpy: numpy.maximum(u, 0.0),
    "sigmoid": lambda u, numpy: 0.5 * numpy.tanh(0.5 * u) + 0.5,  # 1 / (1 + exp(-u)), which does not overflow
}
