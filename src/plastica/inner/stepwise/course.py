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
        before, after = (jnp.stack([jnp.abs(one[name]).max() for name in weights]).max() for one in (state, new))
        lived = lifetime == steps
        alive = lived & (after <= bound)  # False for what is not a number
        kept = jax.tree.map(lambda after, before: jnp.where(alive, after, before), new, state)
        here = lived & ~alive
        between = jnp.where(here, _between(before, after, bound, here), between)
        return kept, jnp.where(alive, lifetime, jnp.minimum(lifetime, t)), between

    state, lifetime, between = jax.lax.fori_loop(0, steps, step, (start, steps, jnp.zeros(())))
    return state, (lifetime + between) / steps


def _between(before: Any, after: Any, bound: float, here: Any) -> Any:
    """Zero, with the gradient of the part of an update after which a size that grew from `before` to `after` was at a
    bound between both; without any where it was not so, which may be asked for anywhere."""
    usable = here & (before > 0) & (before <= bound) & jnp.isfinite(after)
    low, high = jnp.where(usable, before, 0.5 * bound), jnp.where(usable, after, 2.0 * bound)
    part = jnp.log(bound / low) / jnp.log(high / low)
    return part - jax.lax.stop_gradient(part)
