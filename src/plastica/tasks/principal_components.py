"""A two-layer rate network that learns the first M principal components: Oja's and an anti-Hebb rule (section 3.2)."""

from plastica.inner.rate.gaussian import GaussianData, Leading
from plastica.inner.rate.network import RateNetwork
from plastica.rules.volterra import Volterra
from plastica.tasks.losses.principal_vectors import PrincipalVectors
from plastica.tasks.task import Preset, Task

PRINCIPAL_COMPONENTS = Preset(
    summary="a two-layer network finds its first principal components: Oja's and an anti-Hebbian rule (section 3.2)",
    task=Task(
        name="principal-components",
        network=RateNetwork(
            inputs=5, outputs=5, updates=300, eta=1 / 20, eta_lateral=1 / 10, initial_norm=1.0, initial_lateral_sd=0.0
        ),
        rules={"feedforward": Volterra(letter="A"), "lateral": Volterra(letter="B")},
        data=GaussianData(
            count=10,
            refresh=2,
            batch=200,
            spectrum=Leading(leading=(2.0, 1.5, 1.0, 0.7, 0.4), rest=0.05),
            scale=(1.0, 1.0),
        ),
        loss=PrincipalVectors(unstable=2.0),
        targets={"feedforward": "oja", "lateral": "anti_hebb"},
        baselines={"oja_alone": {"feedforward": "oja", "lateral": "none"}},
    ),
    generations=1500,
    search={
        "name": "cma",
        "population": 94,  # with the favourite, and one of an earlier attempt, six vectors
        "sigma0": 0.5,
        "l1": 0.006,
        "average": 40,
        "restarts": {"most": 8, "policy": "same", "patience": 70, "settled": 120, "improvement": 0.15, "good": 1.5},
    },
    searches={
        "adam": {
            "gradient": "exact",
            "iterations": 500,
            "learning_rate": 0.03,
            "scale_rate": 0.02,
            "clip": 1.0,
            "l1": 0.006,
            "average": 40,
            "restarts": {"most": 30, "policy": "same", "patience": 40, "improvement": 0.15, "good": 1.5},
        }
    },
    first_datasets=lambda inputs: 3,
)
