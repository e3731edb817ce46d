"""The rate kernels: nanoseconds an update of one candidate on one dataset."""

import time
from collections.abc import Callable
from typing import Any

import numpy as np

from plastica.inner.keys import Key
from plastica.inner.rate.gaussian import GaussianData
from plastica.inner.rate.network import RateNetwork
from plastica.rules.volterra import Volterra

SIZES = ((3, 1), (100, 1), (5, 5), (50, 5))
CANDIDATES = 64
DATASETS = 20
UPDATES = 300
REPEATS = 5


def rate_figures() -> dict[str, Any]:
    """{"ns_per_update": {"3x1": ...}}: random rules near the known ones, packing and unpacking included."""
    return {"ns_per_update": {f"{n}x{m}": _ns_per_update(n, m) for n, m in SIZES}}


def matmul_gflops(size: int = 1024) -> float:
    """Speed of a float32 matrix product in GFLOP/s."""
    a = np.random.default_rng(0).standard_normal((size, size), dtype=np.float32)
    return 2 * size**3 / best_seconds(lambda: a @ a) / 1e9


def best_seconds(
    function: Callable[[], Any], repeats: int = REPEATS, clock: Callable[[], float] = time.thread_time
) -> float:
    """The shortest of several times on a processor, of this thread by default, after one that does not count."""
    function()
    times = []
    for _ in range(repeats):
        started = clock()
        function()
        times.append(clock() - started)
    return min(times)


def seconds_per_update(
    network: RateNetwork,
    data: GaussianData,
    candidates: int = CANDIDATES,
    count: int = DATASETS,
    clock: Callable[[], float] = time.thread_time,
) -> float:
    """Of one candidate on one dataset; random rules near the known ones."""
    rules = {"feedforward": Volterra(), "lateral": Volterra(letter="B")}
    rules = {connection: rules[connection] for connection in network.connections}
    known = {"feedforward": "oja", "lateral": "anti_hebb"}
    generator = Key(0, "bench").generator()
    thetas = {}
    for connection, rule in rules.items():
        noise = generator.standard_normal((candidates, len(rule.parameters())))
        thetas[connection] = rule.known(known[connection]) + 0.01 * noise
    datasets = [network.dataset(data, rules, Key(0, "bench", index=i)) for i in range(count)]
    seconds = best_seconds(lambda: network.simulate(rules, thetas, datasets), clock=clock)
    return seconds / (candidates * count * network.updates)


def _ns_per_update(inputs: int, outputs: int) -> float:
    return 1e9 * seconds_per_update(RateNetwork(inputs=inputs, outputs=outputs, updates=UPDATES), GaussianData())
