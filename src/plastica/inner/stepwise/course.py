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
    out of bounds, where everything then stays as it was.

    Where `steps` is an argument of what is compiled, one program serves every number of them, but has no gradient.
    """

    @jax.checkpoint
    def step(t: Any, carry: tuple[State, Any]) -> tuple[State, Any]:
        state, lifetime = carry
        new = update(state, t)
        # False for what is not a number
        alive = (lifetime == steps) & jnp.stack([(jnp.abs(new[name]) <= bound).all() for name in weights]).all()
        kept = jax.tree.map(lambda after, before: jnp.where(alive, after, before), new, state)
        return kept, jnp.where(alive, lifetime, jnp.minimum(lifetime, t))

    state, lifetime = jax.lax.fori_loop(0, steps, step, (start, steps))
    return state, lifetime / steps
