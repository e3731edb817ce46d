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
        network=RateNetwork(inputs=3, outputs=1, updates=400, eta=1 / 20, initial_norm=1.0),
        rules={"feedforward": Volterra(order=3, initial_sd=0.1)},
        data=SourceData(count=20, batch=200),
        loss=NearestSource(),
        targets={"feedforward": "hyvarinen_oja"},
    ),
    generations=300,
    search={"name": "cma", "population": 60, "sigma0": 0.2, "l1": 0.002, "average": 40},
)
