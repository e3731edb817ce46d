"""The protocols of rules for rates: the change against activities and weights, and where the mean weight comes to rest.

The mean weight is that of one synapse alone: w is the only weight onto its neuron, the input x is standard normal, and
the neuron answers y = f(w x). Its mean change <dw>(w) is an average over x; a fixed point is a weight at which <dw>
changes its sign, stable where that is from positive to negative.
"""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from plastica.analysis.protocols.response import Response
from plastica.inner.stepwise.activation import ACTIVATIONS
from plastica.rules.base import Floats, Rule
from plastica.rules.expression import Expression
from plastica.rules.readers import NUMPY, read

X = np.array([-1.0, 0.0, 0.5, 1.0])
Y = np.linspace(-2.0, 2.0, 81)
W = np.array([0.0, 0.5, 1.0])
MEAN_W = np.linspace(-3.0, 3.0, 241)
OTHER = 1.0  # what a further quantity is held at
MIDDLE = 0.5  # the weight, where another quantity varies
NORMAL = np.linspace(-8.0, 8.0, 401)  # of x; sums over it with the weights below are means, exact for polynomials
DENSITY = np.exp(-(NORMAL**2) / 2) / np.exp(-(NORMAL**2) / 2).sum()
HALVINGS = 60
DECIMALS = 12  # of a fixed point
ERROR = "x - y, beside a teacher whose weight is 1"

Activation = Callable[[Floats, Any], Floats]


@np.errstate(all="ignore")  # a value that is not finite is a gap
def of_activities(rule: Rule, theta: Floats, activation: str) -> dict[str, Response]:
    """Every protocol of a rule for rates [P]; `activation` is the word for that of its neuron."""
    names = [parameter.name for parameter in rule.parameters()]
    numbers = dict(zip(names, np.asarray(theta, dtype=float).tolist(), strict=True))
    tree = rule.formulas["change"]
    others = [name for name in tree.names if name not in ("x", "y", "w", *numbers)]
    found = {"change": change(tree, numbers, others)}
    found |= {f"against-{quantity}": against(tree, numbers, others, quantity) for quantity in others}
    mean = mean_change(tree, numbers, others, ACTIVATIONS[activation])
    answer = "wx" if activation == "linear" else f"{activation}(wx)"
    held = {"x": "N(0, 1)", "y": answer, **{name: ERROR if name == "e" else OTHER for name in others}}
    found["mean"] = Response({"w": MEAN_W}, {"mean_change": mean(MEAN_W)}, held)
    return {**found, "fixed-points": fixed_points(mean, MEAN_W, held)}


def change(tree: Expression, numbers: Mapping[str, float], others: list[str]) -> Response:
    """The change in one update, over eta, at activities and weights: [w, x, y]."""
    w, x, y = np.meshgrid(W, X, Y, indexing="ij")
    held = dict.fromkeys(others, OTHER)
    return Response({"w": W, "x": X, "y": Y}, {"change": _at(tree, {**numbers, **held, "w": w, "x": x, "y": y})}, held)


def against(tree: Expression, numbers: Mapping[str, float], others: list[str], quantity: str) -> Response:
    """The same against a further quantity of the network, such as an error: [x, quantity]."""
    x, values = np.meshgrid(X, Y, indexing="ij")
    held = {**dict.fromkeys(others, OTHER), "y": OTHER, "w": MIDDLE}
    del held[quantity]
    found = _at(tree, {**numbers, **held, "x": x, quantity: values})
    return Response({"x": X, quantity: Y}, {"change": found}, held)


def mean_change(
    tree: Expression, numbers: Mapping[str, float], others: list[str], activation: Activation
) -> Callable[[Floats], Floats]:
    """<dw> as a function of weights [W]."""

    def mean(weights: Floats) -> Floats:
        w, x = weights[:, None], NORMAL[None, :]
        y = activation(w * x, np)
        held = {name: x - y if name == "e" else OTHER for name in others}
        return _at(tree, {**numbers, **held, "w": w, "x": x, "y": y}) @ DENSITY

    return mean


def fixed_points(mean: Callable[[Floats], Floats], weights: Floats, held: Mapping[str, Any]) -> Response:
    """Where `mean` changes its sign between neighbours among `weights`: by halving, with the slope there."""
    values = mean(weights)
    known = np.isfinite(values) & (values != 0)
    grid, sign = weights[known], np.sign(values[known])
    at = np.flatnonzero(sign[1:] != sign[:-1])
    low, high, below = grid[at], grid[at + 1], sign[at]
    for _ in range(HALVINGS if at.size else 0):
        middle = (low + high) / 2
        value = np.sign(mean(middle))
        low, high = np.where(value == -below, low, middle), np.where(value == below, high, middle)
    roots = np.round((low + high) / 2, DECIMALS) + 0.0  # no -0
    step = (weights[1] - weights[0]) / 2
    slope = (mean(roots + step) - mean(roots - step)) / (2 * step) if at.size else np.empty(0)
    return Response({"w": roots}, {"slope": slope, "stable": below > 0}, held)


def _at(tree: Expression, values: Mapping[str, Any]) -> Floats:
    """What a formula is worth, in the shape of its quantities."""
    found = read(tree, NUMPY, values)
    return np.array(np.broadcast_to(found, np.broadcast_shapes(*(np.shape(value) for value in values.values()))))
