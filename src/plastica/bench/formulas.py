"""Rules as formulas: what the kernels that read any formula take, beside those made for one kind of rule."""

from dataclasses import dataclass
from functools import reduce
from operator import add
from typing import Any

import numpy as np

from plastica.bench.rate import best_seconds
from plastica.bench.spiking import FLAT_INPUT
from plastica.inner.keys import Key
from plastica.inner.lanes import LANES
from plastica.inner.neuron.network import SpikingNeuron
from plastica.inner.rate.gaussian import GaussianData
from plastica.inner.rate.network import RateNetwork
from plastica.rules.base import Floats, Parameter, Space, Trace
from plastica.rules.expression import Expression, absolute, maximum, minimum, name, sqrt, tanh, where
from plastica.rules.spike_pair import SpikePair

CANDIDATES = 64
DATASETS = 5
UPDATES = 400
HIDDEN = 10
X, Y, W = map(name, "xyw")


@dataclass(frozen=True)
class Stated:
    """A rule by its formulas (event, tree); parameters are the names that stand there and no quantities or traces."""

    events: tuple[tuple[str, Expression], ...]
    names: tuple[str, ...]
    traces: tuple[Trace, ...] = ()
    kind: str = "stated"
    change: str = "dw"

    @property
    def formulas(self) -> dict[str, Expression]:
        return dict(self.events)

    def parameters(self) -> tuple[Parameter, ...]:
        return tuple(Parameter(word, sd=0.01) for word in self.names)


def rate_formula_figures() -> dict[str, float]:
    """Nanoseconds an update of one candidate, 3 inputs, batch 200: some 30 operations, and a perceptron; seconds of a
    generation of the latter on the Oja task (60 candidates in 64 lanes, 20 datasets, 400 updates)."""
    perceptron = _ns_per_update(_perceptron())
    return {
        "ns_per_update_30_operations": _ns_per_update(_thirty_operations()),
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

    def trial(rule: SpikePair | Stated) -> float:
        rules: dict[str, Any] = {"inhibitory": rule}
        run = lambda: neuron.simulate_dataset(rules, {"inhibitory": thetas}, dataset)  # noqa: E731
        return 1e3 * best_seconds(run, repeats) / LANES

    return {
        "ms_per_trial_spike_pair": trial(pair),
        "ms_per_trial_formula": trial(_as_formula(pair)),
        "ms_per_trial_general_kernel": trial(_as_formula(pair, lambda weight: maximum(weight, 0.0))),
    }


def _ns_per_update(rule: Stated) -> float:
    network = RateNetwork(inputs=3, updates=UPDATES, initial_norm=1.0)
    rules: dict[str, Any] = {"feedforward": rule}
    thetas: dict[str, Floats] = {"feedforward": Space(rule.parameters()).draw(np.random.default_rng(0), CANDIDATES)}
    datasets = [network.dataset(GaussianData(), rules, Key(0, "bench", index=i)) for i in range(DATASETS)]
    seconds = best_seconds(lambda: network.simulate(rules, thetas, datasets))
    return 1e9 * seconds / (CANDIDATES * DATASETS * UPDATES)


def _rate_rule(change: Expression) -> Stated:
    return Stated((("change", change),), tuple(word for word in change.names if word not in ("x", "y", "w")))


def _thirty_operations() -> Stated:
    a, b, c, d, e = map(name, "abcde")
    change = where(a < Y, b * X * Y, c * X) - d * Y * Y * W / (1 + absolute(Y))
    change = change + e * maximum(X, 0.0) * minimum(Y, a) - b * (X - W * Y) * (Y - c) * X
    return _rate_rule(change + d * sqrt(absolute(X * Y)) - e * W * W * X)


def _perceptron() -> Stated:
    def unit(k: int) -> Expression:
        out, bias, x, y, w = (name(f"{word}_{k}") for word in ("out", "bias", "x", "y", "w"))
        return out * tanh(bias + x * X + y * Y + w * W)

    return _rate_rule(reduce(add, map(unit, range(HIDDEN)), name("out")))


def _as_formula(pair: SpikePair, form=lambda weight: weight) -> Stated:
    """The spike-pair rule by its formulas alone, in the form in which one writes them."""
    events = tuple((event, form(tree)) for event, tree in pair.formulas.items())
    return Stated(events, tuple(parameter.name for parameter in pair.parameters()), pair.traces)
