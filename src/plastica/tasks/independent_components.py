"""A rate neuron that finds a source of a whitened mixture: a cubic anti-Hebbian rule (Hyvarinen & Oja 1998)."""

from plastica.inner.rate.network import RateNetwork
from plastica.inner.rate.sources import SourceData
from plastica.rules.volterra import Volterra
from plastica.tasks.losses.nearest_source import NearestSource
from plastica.tasks.task import Preset, Task

INDEPENDENT_COMPONENTS = Preset(
    summary="a rate neuron finds a source of a whitened mixture: a cubic anti-Hebbian rule (Hyvarinen & Oja 1998)",
    task=Task(
        name="independent-components",
        network=RateNetwork(inputs=3, outputs=1, updates=500, eta=1 / 50, initial_norm=1.0),
        # The same in every rotated basis, x g(y) + w f(y), but for w itself, which is <x y> for whitened inputs.
        rules={"feedforward": Volterra(order=3, terms=("011", "021", "031", "100", "110", "120", "130"))},
        data=SourceData(count=60, batch=200),
        loss=NearestSource(),
        targets={"feedforward": "hyvarinen_oja"},
    ),
    generations=150,
    search={"name": "cma", "population": 60, "sigma0": 0.2, "l1": 0.00055, "average": 40},
)
