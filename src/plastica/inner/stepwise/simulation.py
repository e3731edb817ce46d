"""Populations of candidates on datasets by JAX: the courses of a stepwise network, and the gradients of a loss.

Candidates are padded to whole groups of sixteen, and one compiled program takes one group on one dataset: no bit of a
trial depends on how many others there are, or on who else computes.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, Protocol

import jax
import jax.numpy as jnp
import numpy as np
from numpy.typing import DTypeLike, NDArray

from plastica.inner.lanes import LANES
from plastica.inner.stepwise.course import ONE_THREAD, State, course
from plastica.inner.stepwise.exploded import EXPLODED, outcomes, usable
from plastica.inner.stepwise.trials import StepwiseTrials
from plastica.rules.base import Floats, Rule
from plastica.rules.expression import Expression
from plastica.rules.readers import jax_reader, read

Changes = Mapping[str, Callable[..., Any]]
Formulas = tuple[tuple[str, Expression, tuple[str, ...]], ...]  # of each connection: its change, its parameters' names
Parameters = Mapping[str, Any]  # [..., P] by connection
Drawn = Mapping[str, Any]  # what was drawn of the data: arrays by name
Trial = Callable[[Any, Formulas, Parameters, Drawn, Any], tuple[State, Any]]  # (network, ..., updates) -> end, lifetime


class Distance(Protocol):
    """A loss that says how far a state is from what a dataset asks for."""

    def distance(self, state: Any, drawn: Any, numpy: Any) -> Any: ...


def formulas_of(connections: Sequence[str], rules: Mapping[str, Rule]) -> Formulas:
    """What a compiled program needs to know of rules."""
    return tuple((c, rules[c].formulas["change"], tuple(p.name for p in rules[c].parameters())) for c in connections)


def changes(formulas: Formulas, parameters: Parameters) -> Changes:
    """{connection: f(x=..., y=..., w=...)}: what its formula is worth, element by element, in the shape in which these
    quantities come together; parameters [P] by connection."""

    def change(connection: str, tree: Expression, names: tuple[str, ...]) -> Callable[..., Any]:
        own = dict(zip(names, parameters[connection], strict=True))

        def evaluated(**quantities: Any) -> Any:
            shape = jnp.broadcast_shapes(*(jnp.shape(value) for value in quantities.values()))
            return jnp.broadcast_to(read(tree, jax_reader(), own | quantities), shape)

        return evaluated

    return {c: change(c, tree, names) for c, tree, names in formulas}


def simulate(
    network: Any,
    rules: Mapping[str, Rule],
    thetas: Mapping[str, Floats],
    drawn: Sequence[Drawn],
    trial: Trial,
    updates: int | None = None,
    dtype: DTypeLike = np.float32,
) -> StepwiseTrials:
    """R candidates on D datasets; thetas[connection] is [R, P of that connection]. `updates` cuts the course short.
    Double precision is JAX's to allow (`jax.enable_x64`)."""
    steps = network.updates if updates is None else updates
    formulas = formulas_of(network.connections, rules)
    finite, safe = _finite(formulas, thetas, dtype)
    rows = range(0, len(finite), LANES)
    groups = [{c: _padded(safe[c][first : first + LANES]) for c in safe} for first in rows]
    cast = [_cast(one, dtype) for one in drawn]
    ends = [[jax.device_get(_group(trial, network, formulas, group, one, steps)) for group in groups] for one in cast]
    by_dataset = [jax.tree.map(lambda *parts: np.concatenate(parts)[: len(finite)], *parts) for parts in ends]
    state, lifetime = jax.tree.map(lambda *parts: np.stack(parts, axis=1).astype(float), *by_dataset)
    return StepwiseTrials(outcomes(lifetime, finite), state, lifetime)


def differentiate(
    network: Any,
    rules: Mapping[str, Rule],
    thetas: Mapping[str, Floats],
    drawn: Sequence[Drawn],
    loss: Distance,
    trial: Trial,
    dtype: DTypeLike = np.float32,
) -> tuple[StepwiseTrials, dict[str, Floats]]:
    """R candidates on D datasets at once: the trials, and gradients {connection: [R, D, P of that connection]}.

    The gradient is that of the distance of the state at the end, and of the lifetime of a trial that exploded.
    """
    formulas = formulas_of(network.connections, rules)
    finite, safe = _finite(formulas, thetas, dtype)
    stacked = jax.tree.map(lambda *parts: np.stack(parts), *(_cast(one, dtype) for one in drawn))
    slopes, ends = jax.device_get(_differentiate(trial, network, formulas, loss, safe, stacked))
    state, lifetime = jax.tree.map(lambda values: np.asarray(values, dtype=float), ends)
    outcome = outcomes(lifetime, finite)
    gradients = {c: np.asarray(slopes[c], dtype=float) for c in network.connections}
    return StepwiseTrials(outcome, state, lifetime), usable(gradients, outcome)


def trial(network: Any, formulas: Formulas, parameters: Parameters, drawn: Drawn, updates: Any) -> tuple[State, Any]:
    """One trial of a `StepwiseNetwork`, of so many updates."""
    rules, stimuli = changes(formulas, parameters), drawn["stimuli"]
    count = len(jax.tree.leaves(stimuli)[0])

    def update(state: State, t: Any) -> State:
        new: State = network.step(state, jax.tree.map(lambda values: values[t % count], stimuli), rules)
        return new

    start = jax.tree.map(jnp.asarray, network.initial(drawn))
    end, lifetime = course(update, start, updates, network.connections, network.weight_bound)
    return network.tested(end, drawn), lifetime


@partial(jax.jit, static_argnums=(0, 1, 2), compiler_options=ONE_THREAD)
def _group(trial: Trial, network: Any, formulas: Formulas, parameters: Parameters, drawn: Drawn, updates: Any) -> Any:
    """Ends and lifetimes of a group of candidates on one dataset; one program for any number of updates."""
    return jax.vmap(lambda one: trial(network, formulas, one, drawn, updates))(parameters)


@partial(jax.jit, static_argnums=(0, 1, 2, 3), compiler_options=ONE_THREAD)
def _differentiate(
    trial: Trial, network: Any, formulas: Formulas, loss: Any, parameters: Parameters, drawn: Drawn
) -> Any:
    """Gradients and ends of all trials [R, D]."""

    def distance(one: Parameters, own: Drawn) -> Any:
        state, lifetime = trial(network, formulas, one, own, network.updates)
        far = jnp.where(lifetime < 1, EXPLODED * (1 - lifetime), loss.distance(state, own, jnp))
        return far, (state, lifetime)

    on_all_datasets = jax.vmap(jax.grad(distance, has_aux=True), in_axes=(None, 0))
    return jax.vmap(on_all_datasets, in_axes=(0, None))(parameters, drawn)


def _finite(
    formulas: Formulas, thetas: Mapping[str, Floats], dtype: DTypeLike
) -> tuple[NDArray[np.bool_], dict[str, Any]]:
    """Which candidates [R] are, and thetas with zeros in the place of the others."""
    finite = np.isfinite(np.concatenate([thetas[c] for c, _, _ in formulas], axis=1)).all(axis=1)
    with np.errstate(over="ignore"):  # what is too large for the type explodes
        return finite, {c: np.where(finite[:, None], thetas[c], 0.0).astype(dtype) for c, _, _ in formulas}


def _padded(group: NDArray[Any]) -> NDArray[Any]:
    """[at most 16, P] with zeros below."""
    return np.concatenate([group, np.zeros((LANES - len(group), group.shape[1]), group.dtype)])


def _cast(drawn: Drawn, dtype: DTypeLike) -> Any:
    """Numbers in the precision of the course; whole numbers stay whole."""
    arrays = jax.tree.map(np.asarray, dict(drawn))
    return jax.tree.map(lambda a: a.astype(dtype) if np.issubdtype(a.dtype, np.floating) else a, arrays)
