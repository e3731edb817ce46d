"""The inner loop of rate networks in JAX: the same training as the kernels, differentiated with respect to the rules.

It works from the samples themselves, without tables of averages. Reverse differentiation keeps the weights after each
update and computes everything else again on its way back (checkpointing), so that memory grows with the number of
updates times that of weights only: 1,000 updates of 100 inputs on 20 datasets take 8 MB.
"""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any, Protocol

import jax
import jax.numpy as jnp
import numpy as np
from numpy.typing import DTypeLike

from plastica.inner.outcome import Outcome
from plastica.inner.rate.coefficients import HIGHEST, dense_coefficients, order_of
from plastica.inner.rate.trials import RateDataset, RateTrials
from plastica.rules.base import Floats
from plastica.rules.volterra import Volterra

LONGEST_EXPLODED = 10.0  # length of the gradient of an exploded trial, at most

# Eigen's threads would make the last bits depend on the number of cores; ours carry blocks of datasets instead.
ONE_THREAD = {"xla_cpu_multi_thread_eigen": False}

Weights = tuple[jax.Array, jax.Array]  # feedforward [M, N] and lateral [M, M]


class Distance(Protocol):
    """A loss that says how far trained weights [M, N] are from a dataset's principal vectors [N, N]."""

    def distance(self, w: Any, principal: Any, numpy: Any) -> Any: ...


def differentiate(
    network: Any,
    rules: Mapping[str, Volterra],
    thetas: Mapping[str, Floats],
    datasets: Sequence[RateDataset],
    loss: Distance,
    dtype: DTypeLike = np.float32,
) -> tuple[RateTrials, dict[str, Floats]]:
    """Train R candidates on D datasets at once: the trials, and gradients {connection: [R, D, P of that connection]}.

    The gradient is that of the distance of the weights at the end. For an exploded trial, whose loss is flat, it is
    that of the last weights within bounds, cut to a length of `LONGEST_EXPLODED`: descending it lets weights grow less.
    It is zero for a rule that is not finite, and where it is too large for a float.
    """
    order = order_of(rules[c] for c in network.connections) or HIGHEST
    dense = {c: dense_coefficients(rules[c], thetas[c], order) for c in network.connections}
    finite = np.isfinite(np.concatenate([d.reshape(len(d), -1) for d in dense.values()], axis=1)).all(axis=1)
    safe = {c: np.where(finite[:, None, None, None], d, 0.0).astype(dtype) for c, d in dense.items()}
    arrays = [np.stack([getattr(d, name) for d in datasets]).astype(dtype) for name in ("w", "lateral")]
    samples, principal = (
        np.stack([getattr(d.stimuli, name) for d in datasets]).astype(dtype) for name in ("samples", "principal")
    )
    slopes, (w, lateral, lifetime) = _differentiate(network, loss, safe, *arrays, samples, principal)
    outcome = np.where(np.asarray(lifetime) < 1, Outcome.EXPLODED, Outcome.OK).astype(np.int8)
    outcome[~finite] = Outcome.NONFINITE
    gradients = {c: rules[c].of_dense(np.asarray(slopes[c], dtype=float)) for c in network.connections}
    trials = RateTrials(outcome, *(np.asarray(a, dtype=float) for a in (w, lateral, lifetime)))
    return trials, _finite(gradients, outcome)


def _finite(gradients: dict[str, Floats], outcome: np.ndarray) -> dict[str, Floats]:
    """The gradients, cut where trials exploded, and zero where there is none."""
    whole = np.concatenate(list(gradients.values()), axis=-1)
    usable = np.isfinite(whole).all(axis=-1) & (outcome != Outcome.NONFINITE)
    length = np.linalg.norm(np.where(usable[..., None], whole, 0.0), axis=-1)
    factor = np.where(outcome == Outcome.EXPLODED, np.minimum(1.0, LONGEST_EXPLODED / np.maximum(length, 1.0)), 1.0)
    return {c: np.where(usable[..., None], factor[..., None] * g, 0.0) for c, g in gradients.items()}


@partial(jax.jit, static_argnums=(0, 1), compiler_options=ONE_THREAD)
def _differentiate(network, loss, coefficients, w, lateral, samples, principal):
    """Gradients and ends of all trials [R, D]; coefficients {connection: [R, n, n, n]}, the others [D, ...]."""

    def distance(coefficients, w, lateral, samples, principal):
        end = train(network, coefficients, (w, lateral), samples)
        return loss.distance(end[0], principal, jnp), end

    one = jax.grad(distance, has_aux=True)
    on_all_datasets = jax.vmap(one, in_axes=(None, 0, 0, 0, 0))
    return jax.vmap(on_all_datasets, in_axes=(0, None, None, None, None))(coefficients, w, lateral, samples, principal)


def train(network, coefficients, start: Weights, samples) -> tuple[jax.Array, jax.Array, jax.Array]:
    """Weights at the end, and the fraction of updates before one of them went out of bounds, where they then stay."""
    edges = np.zeros((network.outputs, network.outputs), dtype=samples.dtype)
    for edge in network.edges():
        edges[edge] = 1

    @jax.checkpoint
    def update(carry, t):
        weights, lifetime = carry
        new = _update(network, coefficients, edges, weights, samples[t % len(samples)])
        alive = (lifetime == network.updates) & jnp.stack([_is_within(part, network) for part in new]).all()
        kept = tuple(jnp.where(alive, after, before) for after, before in zip(new, weights, strict=True))
        return (kept, jnp.where(alive, lifetime, jnp.minimum(lifetime, t))), None

    (weights, lifetime), _ = jax.lax.scan(update, (start, network.updates), jnp.arange(network.updates))
    return *weights, lifetime / network.updates


def _is_within(weights, network):
    return (jnp.abs(weights) <= network.weight_bound).all()  # False for what is not a number


def _update(network, coefficients, edges, weights: Weights, x) -> Weights:
    """One update of all weights on a mini-batch x [samples, N], by Eqs. (3), (6) and (7)."""
    w, lateral = weights
    through = jnp.eye(network.outputs, dtype=x.dtype) - lateral
    u = jax.scipy.linalg.solve_triangular(through, w, lower=True, unit_diagonal=True) if network.edges() else w
    y = x @ u.T  # Eq. (6)
    w_new = w + network.eta * _change(coefficients["feedforward"], x, y, w)
    if not network.edges():
        return w_new, lateral
    return w_new, lateral + network.eta_lateral * edges * _change(coefficients["lateral"], y, y, lateral)


def _change(coefficients, pre, post, w):
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
