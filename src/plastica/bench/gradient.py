"""Exact gradients: what one of the Oja task costs beside its training, and how long the first one takes."""

import time

from plastica.bench.rate import best_seconds
from plastica.inner.keys import Key
from plastica.inner.rate.gaussian import GaussianData
from plastica.inner.rate.network import RateNetwork
from plastica.rules.volterra import Volterra
from plastica.tasks.losses.principal_vectors import PrincipalVectors

DATASETS = 20
UPDATES = 300
SIZES = (3, 30)  # inputs: differentiated by the kernels, and by JAX


def gradient_figures() -> dict[str, dict[str, float]]:
    """{"3x1": ...}: processor time of a gradient and of a training, one rule on 20 datasets, in milliseconds."""
    return {f"{inputs}x1": _figures(inputs) for inputs in SIZES}


def _figures(inputs: int) -> dict[str, float]:
    network, rules = RateNetwork(inputs=inputs, updates=UPDATES, initial_norm=1.0), {"feedforward": Volterra()}
    thetas = {"feedforward": rules["feedforward"].known("oja")[None] + 1e-3}  # a rule of all terms, as searches meet
    datasets = [network.dataset(GaussianData(), rules, Key(0, "bench", index=i)) for i in range(DATASETS)]

    def gradient() -> None:
        network.gradient(rules, thetas, datasets, PrincipalVectors())

    started = time.process_time()
    gradient()
    first_s = time.process_time() - started
    gradient_ms = 1e3 * best_seconds(gradient, clock=time.process_time)
    training_ms = 1e3 * best_seconds(lambda: network.simulate(rules, thetas, datasets), clock=time.process_time)
    return {
        "gradient_ms": gradient_ms,
        "training_ms": training_ms,
        "gradient_per_training": gradient_ms / training_ms,
        "first_s": first_s,
    }
