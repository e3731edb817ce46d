"""Exact gradients in JAX: what one costs beside a forward pass, and how long the compiler takes."""

import time
from functools import partial

import numpy as np

from plastica.bench.rate import best_seconds
from plastica.inner.keys import Key
from plastica.inner.rate.gaussian import GaussianData
from plastica.inner.rate.network import RateNetwork
from plastica.rules.volterra import Volterra
from plastica.tasks.losses.principal_vectors import PrincipalVectors

DATASETS = 20
UPDATES = 300


def gradient_figures(inputs: int = 3) -> dict[str, float]:
    """Processor time of a gradient of the Oja task and of a forward pass, one rule on 20 datasets, in milliseconds."""
    import jax

    from plastica.inner.rate.gradients import differentiate, train
    from plastica.inner.stepwise.course import ONE_THREAD
    from plastica.inner.stepwise.simulation import formulas_of

    network, rules = RateNetwork(inputs=inputs, updates=UPDATES, initial_norm=1.0), {"feedforward": Volterra()}
    thetas = {"feedforward": rules["feedforward"].known("oja")[None]}
    datasets = [network.dataset(GaussianData(), rules, Key(0, "bench", index=i)) for i in range(DATASETS)]
    parts = [{"w": d.w, "lateral": d.lateral, "samples": d.stimuli.samples} for d in datasets]
    drawn = {name: np.stack([part[name] for part in parts]).astype(np.float32) for name in parts[0]}
    formulas = formulas_of(network.connections, rules)
    parameters = {c: theta[0].astype(np.float32) for c, theta in thetas.items()}

    @partial(jax.jit, compiler_options=ONE_THREAD)
    def forward(parameters, drawn):
        return jax.vmap(lambda one: train(network, formulas, parameters, one, UPDATES))(drawn)

    def gradient() -> None:
        differentiate(network, rules, thetas, datasets, PrincipalVectors())

    started = time.perf_counter()
    gradient()
    compile_s = time.perf_counter() - started
    gradient_ms = 1e3 * best_seconds(gradient, clock=time.process_time)
    forward_ms = 1e3 * best_seconds(lambda: jax.block_until_ready(forward(parameters, drawn)), clock=time.process_time)
    return {
        "gradient_ms": gradient_ms,
        "forward_ms": forward_ms,
        "gradient_per_forward": gradient_ms / forward_ms,
        "compile_s": compile_s,
    }
