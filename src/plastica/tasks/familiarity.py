"""A recurrent spiking network whose synapses learn patterns, so that its rate tells whether one is known."""

from plastica.inner.recurrent.dataset import DrawnNetworks
from plastica.inner.recurrent.network import RecurrentNetwork
from plastica.inner.recurrent.wiring import CONNECTIONS
from plastica.rules.spike_pair import SpikePair
from plastica.tasks.losses.familiarity import Familiarity
from plastica.tasks.task import Preset, Task

FAMILIARITY = Preset(
    summary="a recurrent spiking network fires more at familiar patterns than at novel ones: spike-timing rules",
    task=Task(
        name="familiarity",
        network=RecurrentNetwork(preset="familiarity-small"),
        rules=dict.fromkeys(CONNECTIONS, SpikePair(step=1e-2, tau_scale_ms=60.0, tau_sd=0.5)),
        data=DrawnNetworks(count=4, refresh=10),
        loss=Familiarity(),
        targets={"IE": "vogels_2011"},
    ),
    generations=30,
    search={"name": "cma", "population": 12, "sigma0": 0.5},
    held_out={"count": 20, "random_rules": 5, "selection": 2},
)
