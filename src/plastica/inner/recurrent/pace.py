"""By what the scales of traces grow and fade in a step."""

import math

import numpy as np

from plastica.rules.base import Floats


def per_step(tau: Floats) -> tuple[Floats, Floats]:
    """exp(1 / tau) and exp(-1 / tau) of time constants in steps, by the C library: numpy has an exponential of its own
    for each kind of processor, which may differ in the last bit."""
    grow, fade = ([math.exp(sign / one) for one in tau.flat] for sign in (1, -1))
    return np.reshape(grow, tau.shape), np.reshape(fade, tau.shape)
