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
from plastica.inner.rate.packing import Lanes, from_lanes, to_lanes
from plastica.inner.rate.trials import RateDataset, RateTrials
from plastica.inner.stepwise.course import ONE_THREAD
from plastica.inner.stepwise.exploded import EXPLODED, usable
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
    before, backs = _remembered(datasets, course, population)
    trials = network.trials(finite, population, len(datasets))
    end, leaving = _slopes_of_weights(loss, course, datasets, trials, population, before)
    ways = zip(backs, _by_group(end, dtype), _by_group(leaving, dtype), strict=True)
    slopes = np.concatenate([back(*of_group) for back, *of_group in ways])
    coefficients = from_lanes(slopes, len(finite), len(datasets)).astype(dtype)
    own = tuple(rules[c] for c in network.connections)
    parameters = tuple(np.where(finite[:, None], thetas[c], 0.0).astype(dtype) for c in network.connections)
    gradients = jax.device_get(_slopes_of_parameters(own, parameters, coefficients))
    return trials, usable(dict(zip(network.connections, gradients, strict=True)), trials.outcome)


def _remembered(datasets: Sequence[RateDataset], course: Course, population: Population) -> tuple[Lanes, list[Back]]:
    """Train a population, group by group; the weights before the update by which a lane left its bounds, and the ways
    back."""
    groups, dtype = len(population.w) // len(datasets), population.w.dtype
    tables = [table for dataset in datasets for table in [dataset.table.astype(dtype, copy=False)] * groups]
    plan: Any = datasets[0].plan  # one that reverses
    parts = population.parts(len(tables))
    before, backs = zip(*map(plan.remember, tables, [course] * len(tables), parts), strict=True)
    return np.concatenate(before), list(backs)


def _by_group(slopes: Floats, dtype: DTypeLike) -> Lanes:
    """[R, D, n] -> [D groups, 1, n, 16]."""
    return np.concatenate([to_lanes(slopes[:, d], dtype) for d in range(slopes.shape[1])])[:, None]


def _slopes_of_weights(
    loss: Distance,
    course: Course,
    datasets: Sequence[RateDataset],
    trials: RateTrials,
    population: Population,
    before: Lanes,
) -> tuple[Floats, Floats]:
    """With respect to all weights [R, D, M N + edges] at the end, and to those before a trial left its bounds: of the
    distance, or of the lifetime of a trial that exploded."""
    count, dtype = len(trials.w), population.w.dtype
    after = from_lanes(np.concatenate([population.w, population.lateral], axis=1), count, len(datasets))
    end, leaving = _slopes_of_lifetime(from_lanes(before, count, len(datasets)), after, course)
    principal = np.stack([dataset.stimuli.principal for dataset in datasets]).astype(dtype)
    ok = trials.lifetime == 1
    w = np.where(ok[..., None, None], trials.w, 0.0).astype(dtype)
    distance = np.asarray(_slopes_of_distance(loss, w, principal), dtype=float).reshape(count, len(datasets), -1)
    end[ok], leaving[ok] = 0.0, 0.0
    end[..., : distance.shape[-1]] += np.where(ok[..., None], distance, 0.0)
    return end, leaving


def _slopes_of_lifetime(before: Floats, after: Floats, course: Course) -> tuple[Floats, Floats]:
    """As `inner.stepwise.course` has it: a lifetime that ends between two updates, where the largest weight would reach
    its bound if it grew by a constant factor; with respect to the weights after and before. Zero where it did not."""
    low, high = (np.abs(weights).max(axis=-1) for weights in (before, after))
    usable = (low > 0) & (low <= course.bound) & (high > course.bound) & np.isfinite(high)
    a, b, c = (np.log(np.where(usable, size, other)) for size, other in ((low, 0.5), (course.bound, 1.0), (high, 2.0)))
    worth = EXPLODED / len(course.schedule) / (c - a) ** 2
    return _at_largest(after, usable * worth * (b - a)), _at_largest(before, usable * worth * (c - b))


def _at_largest(weights: Floats, slope: Floats) -> Floats:
    """The slope with respect to weights [R, D, n] of what has this one [R, D] with respect to the logarithm of the
    largest."""
    slopes, largest = np.zeros_like(weights), np.abs(weights).argmax(axis=-1)[..., None]
    sizes = np.where(slope[..., None] > 0, np.take_along_axis(weights, largest, axis=-1), 1.0)
    np.put_along_axis(slopes, largest, slope[..., None] / sizes, axis=-1)
    return slopes


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
