"""The contract of a rule: a frozen value that names its parameters; theta, their values, is data."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from plastica.rules.expression import Expression

Floats = NDArray[np.float64]

TAU_SHORTEST_MS, TAU_LONGEST_MS = 1.0, 1e6  # time constants that the kernels compute with
KIND = (
    "kind of rule: volterra, perceptron or formula, and for spikes spike-pair, spike-polynomial or spike-perceptron; "
    "another one replaces this table"
)


@dataclass(frozen=True)
class Parameter:
    """One coefficient of a rule: its unit, and how a search sees it.

    A search works with z, unconstrained and of order one: theta = scale * z (`identity`) or
    theta = scale * exp(z) (`log`). A random initial rule draws z ~ N(mean, sd). Where the networks can only compute
    with theta in [low, high], z beyond is reflected at the bounds: a search sees what is simulated, and stays in sight
    of the values within.
    """

    name: str
    unit: str = "1"
    transform: Literal["identity", "log"] = "identity"
    scale: float = 1.0
    mean: float = 0.0
    sd: float = 1.0
    low: float = -np.inf
    high: float = np.inf


def per(unit: str) -> str:
    """A unit as one says it: per spike for 1/spike."""
    return f"per {unit.removeprefix('1/')}" if unit.startswith("1/") else unit


@dataclass(frozen=True)
class Trace:
    """A trace of one side's spikes, dx/dt = -x / tau + S (Eq. 12): `tau` names the parameter that holds tau, in ms, or
    is a number where that is no parameter, as of a rule that is held fixed."""

    name: str
    side: Literal["pre", "post"]
    tau: str | float

    def tau_ms(self, values: Mapping[str, Any]) -> float:
        """The time constant, where the parameters have these values."""
        return float(values[self.tau]) if isinstance(self.tau, str) else self.tau


class Rule(Protocol):
    """What a connection's synapses do; a rule is a `Section`, hence frozen, hashable and part of the config.

    `kind` is the word that chooses it in a config: a field with that one value. `formulas` says what happens at each
    event, in the names of the network's quantities, of the rule's traces and of its parameters: at the "change" of a
    rate network, by how much a weight moves (over eta, averaged over the mini-batch); at a spike of either side,
    "on_pre" and "on_post", the new weight, where no trace holds that spike yet.
    """

    @property
    def kind(self) -> str: ...

    @property
    def traces(self) -> tuple[Trace, ...]: ...

    @property
    def formulas(self) -> Mapping[str, Expression]: ...

    def __hash__(self) -> int: ...

    def parameters(self) -> tuple[Parameter, ...]:
        """The coefficients that a search may choose, in the order of theta."""
        ...

    def known(self, name: str) -> Floats:
        """theta [P] of a rule of the literature. Raises ValueError if this family cannot express it."""
        ...


class Space:
    """The parameters of one or several rules side by side: the space in which a search moves."""

    def __init__(self, parameters: Sequence[Parameter]) -> None:
        self.parameters = tuple(parameters)
        self._scale = np.array([p.scale for p in self.parameters], dtype=float)
        self._log = np.array([p.transform == "log" for p in self.parameters], dtype=bool)
        self._bounds = {k: _bounds(p) for k, p in enumerate(self.parameters) if np.isfinite([p.low, p.high]).all()}

    @cached_property
    def names(self) -> tuple[str, ...]:
        return tuple(p.name for p in self.parameters)

    @property
    def size(self) -> int:
        return len(self.parameters)

    @property
    def linear(self) -> NDArray[np.bool_]:
        """Which parameters are coefficients in the plain sense: L1 regularisation applies to these, not to logs."""
        return ~self._log

    @cached_property
    def mean(self) -> Floats:
        """Of random initial rules, in the coordinates of a search, [P]."""
        return np.array([p.mean for p in self.parameters])

    @cached_property
    def sd(self) -> Floats:
        """Standard deviations of random initial rules, in the coordinates of a search, [P]."""
        return np.array([p.sd for p in self.parameters])

    @property
    def zero(self) -> Floats:
        """No plasticity: every coefficient zero, time constants at their scale."""
        return self.decode(np.zeros(self.size))

    def decode(self, z: Floats) -> Floats:
        """From the coordinates of a search to theta; z and theta have shape [..., P]."""
        with np.errstate(over="ignore", invalid="ignore"):  # an infinite theta is a trial's outcome, not an error
            z = self._reflected(np.asarray(z, dtype=float))
            return self._scale * np.where(self._log, np.exp(np.where(self._log, z, 0.0)), z)

    def encode(self, theta: Floats) -> Floats:
        """From theta to the coordinates of a search: the inverse of `decode`."""
        z = np.asarray(theta, dtype=float) / self._scale
        return np.where(self._log, np.log(np.where(self._log, z, 1.0)), z)

    def _reflected(self, z: Floats) -> Floats:
        """z [..., P] within its bounds, by as many reflections as that takes."""
        z = z.copy()
        for k, (low, high) in self._bounds.items():
            beyond = np.mod(z[..., k] - low, 2 * (high - low))
            inside = (low <= z[..., k]) & (z[..., k] <= high)
            z[..., k] = np.where(inside, z[..., k], low + np.minimum(beyond, 2 * (high - low) - beyond))
        return z

    def slope(self, theta: Floats) -> Floats:
        """d theta / d z of each parameter, at theta."""
        return np.where(self._log, theta, self._scale)

    def draw(self, generator: np.random.Generator, count: int) -> Floats:
        """`count` random initial rules, as thetas [count, P]."""
        return self.decode(self.mean + self.sd * generator.standard_normal((count, self.size)))


def _bounds(parameter: Parameter) -> tuple[float, float]:
    """[low, high] in the coordinates of a search."""
    low, high = parameter.low / parameter.scale, parameter.high / parameter.scale
    return (float(np.log(low)), float(np.log(high))) if parameter.transform == "log" else (low, high)
