"""Where JAX computes: the processor, or a GPU if one is asked for."""

from contextlib import AbstractContextManager
from typing import Any

from plastica.errors import UserError


def on_device(name: str) -> AbstractContextManager[Any]:
    """JAX computes on this device, in this thread, for the length of a `with` block.

    Raises UserError if JAX finds no such device.
    """
    import jax

    try:
        return jax.default_device(jax.devices(name)[0])
    except RuntimeError:
        raise UserError(
            f'engine.device = "{name}": JAX finds no such device here; use "cpu", or install JAX for your device: '
            "pip install 'jax[cuda12]'"
        ) from None
