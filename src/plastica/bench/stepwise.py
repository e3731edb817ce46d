"""Networks that JAX steps through: microseconds an update of one candidate on one dataset."""

import time
from typing import Any

from plastica.bench.rate import seconds_per_update
from plastica.inner.lanes import LANES
from plastica.inner.rate.gaussian import GaussianData
from plastica.inner.rate.network import RateNetwork

SIZES = ((3, 1, 200), (10, 4, 50))  # inputs, outputs, batch
DATASETS = 2
UPDATES = 100


def stepwise_figures() -> dict[str, Any]:
    """{"us_per_update": {"3x1": ...}}: the two-layer network with tanh, sixteen random rules near the known ones."""
    return {"us_per_update": {f"{n}x{m}": _us_per_update(n, m, batch) for n, m, batch in SIZES}}


def _us_per_update(inputs: int, outputs: int, batch: int) -> float:
    network = RateNetwork(inputs=inputs, outputs=outputs, updates=UPDATES, activation="tanh")
    return 1e6 * seconds_per_update(network, GaussianData(batch=batch), LANES, DATASETS, time.process_time)
