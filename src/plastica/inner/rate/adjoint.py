"""Exact gradients of linear rate networks with few inputs, by the kernels: forwards, then back (`adjoint_kernel`).

Only the loss at the end, and what coefficients make of a rule's parameters, are differentiated by JAX.
"""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from numpy.typing import DTypeLike

from plastica.inner.rate.coefficients import terms
from plastica.inner.rate.gradients import Distance, dense
from plastica.inner.rate.moments import Back, Course, Population
from plastica.inner.rate.packing import from_lanes, to_lanes
from plastica.inner.rate.trials import RateDataset, RateTrials
from plastica.inner.stepwise.course import ONE_THREAD
from plastica.inner.stepwise.exploded import usable
from plastica.rules.base import Floats, Rule


def differentiate(
    network: Any,
    rules: Mapping[str, Rule],
    thetas: Mapping[str, Floats],
    datasets: Sequence[RateDataset],
    loss: Distance,
    dtype: DTypeLike = np.float32,
) -> tuple[RateTrials, dict[str, Floats]]:
    """As `gradients.differentiate`, from the tables of datasets whose plan `reverses`."""
    finite, packed = network.packed(rules, thetas, dtype)
    course, population = network.begun(packed, datasets, dtype)
    parts = population.parts(len(datasets))
    backs = [_remembered(dataset, course, part) for dataset, part in zip(datasets, parts, strict=True)]
    trials = network.trials(finite, population, len(datasets))
    principal = np.stack([dataset.stimuli.principal for dataset in datasets]).astype(dtype)
    ends = np.asarray(_slopes_of_distance(loss, trials.w.astype(dtype), principal), dtype=float)
    slopes = [back(to_lanes(ends[:, d].reshape(len(finite), -1), dtype)) for d, back in enumerate(backs)]
    coefficients = from_lanes(np.concatenate(slopes), len(finite), len(datasets)).astype(dtype)
    own = tuple(rules[c] for c in network.connections)
    parameters = tuple(np.where(finite[:, None], thetas[c], 0.0).astype(dtype) for c in network.connections)
    gradients = jax.device_get(_slopes_of_parameters(own, parameters, coefficients))
    return trials, usable(dict(zip(network.connections, gradients, strict=True)), trials.outcome)


def _remembered(dataset: RateDataset, course: Course, population: Population) -> Back:
    """Train a population, group by group; the way back of all of them."""
    table = dataset.table.astype(population.w.dtype, copy=False)
    plan: Any = dataset.plan  # one that reverses
    backs = [plan.remember(table, course, group) for group in population.parts(len(population.w))]
    return lambda slope: np.concatenate([back(slope[g : g + 1]) for g, back in enumerate(backs)])


@partial(jax.jit, static_argnums=0, compiler_options=ONE_THREAD)
def _slopes_of_distance(loss: Distance, w: Any, principal: Any) -> Any:
    """[R, D, M, N], of the loss with respect to the weights at the end."""
    slope = jax.grad(lambda weights, own: loss.distance(weights, own, jnp))
    return jax.vmap(jax.vmap(slope), in_axes=(0, None))(w, principal)


@partial(jax.jit, static_argnums=0, compiler_options=ONE_THREAD)
def _slopes_of_parameters(rules: Sequence[Rule], parameters: Sequence[Any], slopes: Any) -> list[Any]:
    """[R, D, P] of each rule, from those with respect to the coefficients of all, [R, D, 2 n^3]."""
    size = round((slopes.shape[-1] / 2) ** (1 / 3))
    of_rule = slopes.reshape(*slopes.shape[:2], 2, size, size, size)

    def back(rule: Rule, theta: Any, slope: Any) -> Any:
        coefficients, pull = jax.vjp(partial(_coefficients, rule), theta)
        return pull(slope[tuple(map(slice, coefficients.shape))])[0]

    return [
        jax.vmap(jax.vmap(partial(back, rule), in_axes=(None, 0)))(theta, of_rule[:, :, k])
        for k, (rule, theta) in enumerate(zip(rules, parameters, strict=True))
    ]


def _coefficients(rule: Rule, theta: Any) -> Any:
    """[n, n, n], of theta [P]."""
    polynomial: Any = terms(rule)  # no other rule has a plan that reverses
    return dense(polynomial, {p.name: value for p, value in zip(rule.parameters(), theta, strict=True)})
