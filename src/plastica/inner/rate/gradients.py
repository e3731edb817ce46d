"""The inner loop of rate networks in JAX: the same training as the kernels, for any activation, and differentiated with
respect to the rules.

It works from the samples themselves, without tables of averages, and shares the course of a trial, its outcomes and the
care for explosions with `inner/stepwise`: 1,000 updates of 100 inputs on 20 datasets take 8 MB.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import jax
import jax.numpy as jnp
import numpy as np
from numpy.typing import DTypeLike

from plastica.inner.rate.coefficients import HIGHEST, VARIABLES
from plastica.inner.rate.trials import RateDataset, RateTrials
from plastica.inner.stepwise import simulation
from plastica.inner.stepwise.activation import ACTIVATIONS
from plastica.inner.stepwise.course import State, course
from plastica.inner.stepwise.simulation import Formulas, Parameters
from plastica.inner.stepwise.trials import StepwiseTrials
from plastica.rules.base import Floats, Rule
from plastica.rules.expression import Expression
from plastica.rules.polynomial import Terms, terms_of
from plastica.rules.readers import jax_reader, read

Average = Callable[[Any, Any, Any], Any]  # of a change over a mini-batch, from pre [B, J], post [B, I] and w [I, J]


class Distance(Protocol):
    """A loss that says how far trained weights [M, N] are from a dataset's principal vectors [N, N]."""

    def distance(self, w: Any, principal: Any, numpy: Any) -> Any: ...


@dataclass(frozen=True)
class _OfWeights:
    """The loss as one of the state."""

    loss: Distance

    def distance(self, state: State, drawn: Mapping[str, Any], numpy: Any) -> Any:
        return self.loss.distance(state["feedforward"], drawn["principal"], numpy)


def simulate(
    network: Any,
    rules: Mapping[str, Rule],
    thetas: Mapping[str, Floats],
    datasets: Sequence[RateDataset],
    updates: int | None = None,
    dtype: DTypeLike = np.float32,
) -> RateTrials:
    """Train R candidates on D datasets."""
    drawn = [_drawn(dataset) for dataset in datasets]
    return _trials(simulation.simulate(network, rules, thetas, drawn, train, updates, dtype))


def differentiate(
    network: Any,
    rules: Mapping[str, Rule],
    thetas: Mapping[str, Floats],
    datasets: Sequence[RateDataset],
    loss: Distance,
    dtype: DTypeLike = np.float32,
) -> tuple[RateTrials, dict[str, Floats]]:
    """Train R candidates on D datasets at once: the trials, and gradients {connection: [R, D, P of that connection]}.

    The gradient is that of the distance of the weights at the end. For an exploded trial, whose loss is flat, it is
    that of its lifetime, cut in length: descending it lets weights leave their bounds later. It is zero for a rule
    that is not finite, and where it is too large for a float.
    """
    drawn = [_drawn(dataset) for dataset in datasets]
    trials, gradients = simulation.differentiate(network, rules, thetas, drawn, _OfWeights(loss), train, dtype)
    return _trials(trials), gradients


def _drawn(dataset: RateDataset) -> dict[str, Floats]:
    stimuli = dataset.stimuli
    return {
        "w": dataset.w,
        "lateral": dataset.lateral,
        "samples": stimuli.samples,
        "principal": stimuli.principal,
    }


def _trials(trials: StepwiseTrials) -> RateTrials:
    return RateTrials(trials.outcome, trials.state["feedforward"], trials.state["lateral"], trials.lifetime)


def train(
    network: Any, formulas: Formulas, parameters: Parameters, drawn: Mapping[str, Any], updates: Any
) -> tuple[State, Any]:
    """One trial: weights after so many updates, and the fraction of these before one of them went out of bounds."""
    samples = drawn["samples"]
    averages = {c: _average(tree, dict(zip(names, parameters[c], strict=True))) for c, tree, names in formulas}
    edges = np.zeros((network.outputs, network.outputs), dtype=samples.dtype)
    for edge in network.edges():
        edges[edge] = 1

    def update(state: State, t: Any) -> State:
        w, lateral, x = state["feedforward"], state["lateral"], samples[t % len(samples)]
        y = _activity(network, w, lateral, x)
        new = {"feedforward": w + network.eta * averages["feedforward"](x, y, w), "lateral": lateral}
        if network.edges():
            new["lateral"] = lateral + network.eta_lateral * edges * averages["lateral"](y, y, lateral)
        return new

    start = {"feedforward": drawn["w"], "lateral": drawn["lateral"]}
    return course(update, start, updates, ("feedforward", "lateral"), network.weight_bound)


def _activity(network: Any, w: Any, lateral: Any, x: Any) -> Any:
    """y [samples, M] of a mini-batch x [samples, N]: y_i = f(sum_j w_ij x_j + sum_j<i w^_ij y_j) (Eq. 6)."""
    if not network.edges():
        return ACTIVATIONS[network.activation](x @ w.T, jnp)
    if network.activation == "linear":
        through = jnp.eye(network.outputs, dtype=x.dtype) - lateral
        return x @ jax.scipy.linalg.solve_triangular(through, w, lower=True, unit_diagonal=True).T
    direct = x @ w.T

    def neuron(y: Any, i: Any) -> tuple[Any, None]:
        return y.at[:, i].set(ACTIVATIONS[network.activation](direct[:, i] + y @ lateral[i], jnp)), None

    return jax.lax.scan(neuron, jnp.zeros_like(direct), jnp.arange(network.outputs))[0]


def _average(tree: Expression, parameters: Mapping[str, Any]) -> Average:
    """The change by a formula: from averages of powers where it is a polynomial, else sample by sample."""
    terms = terms_of(tree, VARIABLES, HIGHEST)
    if terms:
        coefficients = dense(terms, parameters)
        return lambda pre, post, w: _change(coefficients, pre, post, w)

    def average(pre: Any, post: Any, w: Any) -> Any:
        values = {"x": pre[:, None, :], "y": post[:, :, None], "w": w, **parameters}
        return jnp.broadcast_to(read(tree, jax_reader(), values), (len(pre), *w.shape)).mean(axis=0)

    return average


def dense(terms: Terms, parameters: Mapping[str, Any]) -> Any:
    """Coefficients [n, n, n] of the powers of pre, post and weight."""
    n = 1 + max(1, *(power for powers in terms for power in powers))
    values = jnp.stack([jnp.asarray(read(c, jax_reader(), parameters)) for c in terms.values()])
    return jnp.zeros((n, n, n), values.dtype).at[tuple(np.array(list(terms)).T)].set(values)


def _change(coefficients: Any, pre: Any, post: Any, w: Any) -> Any:
    """sum_abd A_abd <pre_j^a post_i^b> w_ij^d over a mini-batch [samples, J], [samples, I]: [I, J] (Eq. 3)."""
    n = len(coefficients)
    highest = range(1, n)
    pre_powers, post_powers = (jnp.concatenate([x**a for a in highest], axis=1) for x in (pre, post))
    products = (post_powers.T @ pre_powers / len(pre)).reshape(n - 1, *w.shape[:1], n - 1, *w.shape[1:])
    moments = jnp.ones((n, n, *w.shape), dtype=w.dtype)  # <pre^a post^b> at [a, b, i, j]
    moments = moments.at[1:, 0].set(pre_powers.mean(axis=0).reshape(n - 1, 1, -1))
    moments = moments.at[0, 1:].set(post_powers.mean(axis=0).reshape(n - 1, -1, 1))
    moments = moments.at[1:, 1:].set(products.transpose(2, 0, 1, 3))
    slopes = coefficients.reshape(n * n, n).T @ moments.reshape(n * n, -1)
    return sum(slopes[d].reshape(w.shape) * w**d for d in range(n))
