"""A recurrent spiking network whose synapses learn to hold its rate, whatever its wiring and its input."""

from plastica.inner.recurrent.dataset import DrawnNetworks
from plastica.inner.recurrent.network import RecurrentNetwork
from plastica.inner.recurrent.wiring import CONNECTIONS
from plastica.rules.spike_pair import SpikePair
from plastica.tasks.losses.population_rate import PopulationRate
from plastica.tasks.task import Preset, Task

RULE = SpikePair(step=1e-2, sd=1.0, tau_scale_ms=60.0, tau_sd=0.5)  # as the published searches start: 0.01 a spike
HELD_OUT = {"count": 20, "random_rules": 5, "selection": 40, "few": 4, "generations": 12}

RECURRENT_STABILITY = Preset(
    summary="a recurrent spiking network holds its rate: spike-timing rules of up to four connections",
    task=Task(
        name="recurrent-stability",
        network=RecurrentNetwork(),
        rules=dict.fromkeys(CONNECTIONS, RULE),
        data=DrawnNetworks(count=2, refresh=1),  # a single one cannot tell whose rate a rule holds, of E or of I
        loss=PopulationRate(target_hz=10.0),
        targets={"IE": "vogels_2011"},
    ),
    generations=160,
    # Two attempts: the first ends after 60 generations if it is not good by then, a good one after 90.
    search={
        "name": "cma",
        "population": 12,
        "sigma0": 1.0,
        "start_at": "centre",
        "average": 25,
        "restarts": {"most": 1, "policy": "same", "patience": 30, "settled": 45, "improvement": 0.9, "good": 0.1},
    },
    held_out=HELD_OUT,
)
