"""Rules as formulas: what the kernels that read any formula take, beside those made for one kind of rule."""

from typing import Any

import numpy as np

from plastica.bench.rate import best_seconds
from plastica.bench.spiking import FLAT_INPUT
from plastica.inner.keys import Key
from plastica.inner.lanes import LANES
from plastica.inner.neuron.network import SpikingNeuron
from plastica.inner.rate.gaussian import GaussianData
from plastica.inner.rate.network import RateNetwork
from plastica.rules.base import Floats, Rule, Space
from plastica.rules.formula import Formula, formula
from plastica.rules.perceptron import Perceptron
from plastica.rules.spike_pair import SpikePair

CANDIDATES = 64
DATASETS = 5
UPDATES = 400
OPERATIONS = (  # some thirty
    "where(y > a, b*x*y, c*x) - d*y*y*w / (1 + abs(y)) + f*maximum(x, 0)*minimum(y, a) - b*(x - w*y)*(y - c)*x"
    " + d*sqrt(abs(x*y)) - f*w*w*x"
)


def rate_formula_figures() -> dict[str, float]:
    """Nanoseconds an update of one candidate, 3 inputs, batch 200: some 30 operations, and a perceptron of 10 hidden
    units; seconds of a generation of the latter on the Oja task (60 candidates in 64 lanes, 20 datasets, 400 updates),
    on one core."""
    perceptron = _ns_per_update(Perceptron())
    return {
        "ns_per_update_30_operations": _ns_per_update(formula(change=OPERATIONS)),
        "ns_per_update_perceptron": perceptron,
        "perceptron_generation_s": 1e-9 * perceptron * CANDIDATES * 20 * UPDATES,
    }


def spiking_formula_figures(repeats: int = 5) -> dict[str, float]:
    """Milliseconds a trial of 90 s of random rules: the spike-pair rule, the same written as a formula, and the same
    by the general kernel."""
    neuron, key = SpikingNeuron(), Key(0, "bench")
    pair = SpikePair()
    dataset = neuron.dataset(FLAT_INPUT, {"inhibitory": pair}, key)
    thetas = Space(pair.parameters()).draw(np.random.default_rng(0), LANES)

    def trial(rule: Rule) -> float:
        rules = {"inhibitory": rule}
        run = lambda: neuron.simulate_dataset(rules, {"inhibitory": thetas}, dataset)  # noqa: E731
        return 1e3 * best_seconds(run, repeats) / LANES

    return {
        "ms_per_trial_spike_pair": trial(pair),
        "ms_per_trial_formula": trial(as_formula(pair, "w")),
        "ms_per_trial_general_kernel": trial(as_formula(pair, "maximum(w, 0)")),
    }


def _ns_per_update(rule: Rule) -> float:
    network, rules = RateNetwork(inputs=3, updates=UPDATES, initial_norm=1.0), {"feedforward": rule}
    small: Floats = 0.01 * np.random.default_rng(0).standard_normal((CANDIDATES, len(rule.parameters())))
    datasets = [network.dataset(GaussianData(), rules, Key(0, "bench", index=i)) for i in range(DATASETS)]
    seconds = best_seconds(lambda: network.simulate(rules, {"feedforward": small}, datasets))
    return 1e9 * seconds / (CANDIDATES * DATASETS * UPDATES)


def as_formula(pair: SpikePair, weight: str) -> Formula:
    """Eq. (14) as text, its parameters in the order of the spike-pair rule; `weight` is what changes by it."""
    every: dict[str, Any] = {parameter.name: {} for parameter in pair.parameters()}
    return formula(
        on_pre=f"{weight} + alpha + kappa*x_post", on_post=f"{weight} + beta + gamma*x_pre", parameters=every
    )
