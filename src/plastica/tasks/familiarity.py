"""A recurrent spiking network whose synapses learn patterns, so that its rate tells whether one is known."""

from plastica.inner.recurrent.dataset import DrawnNetworks
from plastica.inner.recurrent.network import RecurrentNetwork
from plastica.inner.recurrent.wiring import CONNECTIONS
from plastica.tasks.losses.familiarity import Familiarity
from plastica.tasks.recurrent_stability import HELD_OUT, RULE
from plastica.tasks.task import Preset, Task

FAMILIARITY = Preset(
    summary="a recurrent spiking network fires more at familiar patterns than at novel ones: spike-timing rules",
    task=Task(
        name="familiarity",
        network=RecurrentNetwork(preset="familiarity-small"),
        rules=dict.fromkeys(CONNECTIONS, RULE),
        data=DrawnNetworks(count=2, refresh=1),
        loss=Familiarity(),
        targets={"IE": "vogels_2011"},
    ),
    generations=60,
    search={"name": "cma", "population": 12, "sigma0": 0.3, "start_at": "centre", "average": 25},
    held_out=HELD_OUT,
)
