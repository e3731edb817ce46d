"""A rate neuron that learns the first principal component of its inputs: Oja's rule, rediscovered (section 3.1)."""

from math import cbrt

from plastica.inner.rate.gaussian import GaussianData, Linear
from plastica.inner.rate.network import RateNetwork
from plastica.rules.volterra import Volterra
from plastica.tasks.losses.principal_vectors import PrincipalVectors
from plastica.tasks.task import Preset, Task

OJA = Preset(
    summary="a rate neuron finds its first principal component: Oja's rule (section 3.1, Fig. 1)",
    task=Task(
        name="oja",
        network=RateNetwork(inputs=3, outputs=1, updates=400, eta=1 / 20, initial_norm=1.0),
        rules={"feedforward": Volterra(order=2, initial_sd=0.1)},
        data=GaussianData(count=20, batch=200, spectrum=Linear(first=1.0, second=0.4, last=0.1), scale=(0.6, 1.5)),
        loss=PrincipalVectors(),
        targets={"feedforward": "oja"},
    ),
    generations=300,
    search={"name": "cma", "population": 60, "sigma0": 0.2, "average": 40},
    searches={
        "adam": {
            "gradient": "exact",
            "iterations": 300,
            "learning_rate": 0.1,
            "final_rate": 0.03,
            "scale_rate": 0.02,
            "clip": 1.0,
            "average": 20,
        }
    },
    # The loss that is left when a rule has converged, by the noise of mini-batches, grows with the number of inputs.
    sparsity=lambda inputs: round(0.002 * cbrt(inputs / 3), 4),
    # With many inputs trials take all the time. With few, what is beside them takes as long, and all datasets from the
    # beginning end a little lower.
    first_datasets=lambda inputs: 4 if inputs > 30 else 0,
)
