"""Where JAX computes: the processor, or a GPU if one is asked for."""

from contextlib import AbstractContextManager
from typing import Any

from plastica.errors import UserError, not_installed


def on_device(name: str) -> AbstractContextManager[Any]:
    """JAX computes on this device, in this thread, for the length of a `with` block.

    Raises UserError if JAX is not installed, or finds no such device.
    """
    try:
        import jax
    except ImportError:
        raise not_installed("exact gradients need JAX", "jax") from None
    try:
        return jax.default_device(jax.devices(name)[0])
    except RuntimeError:
        raise UserError(
            f'engine.device = "{name}": JAX finds no such device here; use "cpu", or install JAX for your device'
        ) from None
