"""The course of one trial in JAX: step after step, until a weight goes out of bounds; and how JAX is to compile it.

Reverse differentiation keeps the state after each step and computes everything else again on its way back
(checkpointing), so that memory grows with the number of steps times that of the state only.
"""

from collections.abc import Callable, Mapping
from typing import Any

import jax
import jax.numpy as jnp

# Eigen's threads would make the last bits depend on the number of cores; ours carry blocks of datasets instead.
ONE_THREAD = {"xla_cpu_multi_thread_eigen": False}

SMALLEST = 1e-30  # weight that has a logarithm in single precision, whatever becomes of tinier ones

State = Mapping[str, Any]  # arrays by name, those of the weights by connection


def course(
    update: Callable[[State, Any], State], start: State, steps: Any, weights: tuple[str, ...], bound: float
) -> tuple[State, Any]:
    """The state after `steps` updates, each of which is told its number, and the fraction of them before a weight went
    out of bounds, where everything then stays as it was. That fraction is flat; its gradient is that of one which ends
    between two updates, where the largest weight would reach its bound if it grew by a constant factor.

    Where `steps` is an argument of what is compiled, one program serves every number of them, but has no gradient.
    """

    @jax.checkpoint
    def step(t: Any, carry: tuple[State, Any, Any]) -> tuple[State, Any, Any]:
        state, lifetime, between = carry
        new = update(state, t)
        # False for what is not a number
        within = jnp.stack([(jnp.abs(new[name]) <= bound).all() for name in weights]).all()
        alive, leaves = (lifetime == steps) & within, (lifetime == steps) & ~within
        kept = jax.tree.map(lambda after, before: jnp.where(alive, after, before), new, state)
        before, after = (_largest([one[name] for name in weights]) for one in (state, new))
        between = jnp.where(leaves, _between(before, after, bound, leaves), between)
        return kept, jnp.where(alive, lifetime, jnp.minimum(lifetime, t)), between

    state, lifetime, between = jax.lax.fori_loop(0, steps, step, (start, steps, jnp.zeros(())))
    return state, (lifetime + between) / steps


def _largest(weights: list[Any]) -> Any:
    return jnp.stack([jnp.abs(one).max(initial=0.0) for one in weights]).max()


def _between(before: Any, after: Any, bound: float, leaves: Any) -> Any:
    """Zero, with the gradient of the part of an update after which a size that grew from `before` to `after` was at a
    bound between both; without any where it was not so, which may be asked for anywhere."""
    usable = leaves & (before > SMALLEST) & (before <= bound) & (after > bound) & jnp.isfinite(after)
    low, high = (jnp.log(jnp.where(usable, size, factor * bound)) for size, factor in ((before, 0.5), (after, 2.0)))
    grown = jnp.where(high > low, high - low, 1.0)  # no ratio of sizes, which would overflow
    part = (jnp.log(bound) - low) / grown
    return part - jax.lax.stop_gradient(part)
