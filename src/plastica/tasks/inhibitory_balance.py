"""A spiking neuron whose inhibitory synapses learn to hold its firing rate against tuned excitation (section 3.3)."""

from plastica.inner.neuron.network import SpikingNeuron
from plastica.inner.neuron.vogels_input import VogelsInput
from plastica.rules.spike_pair import SpikePair
from plastica.tasks.losses.target_rate import TargetRate
from plastica.tasks.task import Preset, Task

ADAM = {  # steps and differences of 3e-4 and 2e-4 per spike, and of 0.1 and 0.2 in log time constants
    "learning_rate": 0.03,
    "log_rate": 10 / 3,
    "clip": 50.0,
    "difference": 0.02,
    "differences": {"inhibitory": {"tau_pre": 0.2, "tau_post": 0.2}},
    "restarts": {"most": 2, "policy": "same", "patience": 40, "good": 0.1},
}

INHIBITORY_BALANCE = Preset(
    summary="a spiking neuron holds its rate: inhibitory spike-timing rules (section 3.3, Fig. 3)",
    task=Task(
        name="inhibitory-balance",
        network=SpikingNeuron(training_s=60.0, scoring_s=30.0, window_s=10.0),
        rules={"inhibitory": SpikePair(step=1e-2, sd=0.1, tau_scale_ms=100.0, tau_sd=0.5)},
        data=VogelsInput(count=16, refresh=10),
        loss=TargetRate(target_hz=5.0),
        targets={"inhibitory": "vogels_2011"},
        baselines={"postsynaptic_best": {"inhibitory": "postsynaptic"}},
    ),
    generations=150,
    search={
        "name": "cma",
        "population": 31,  # with the favourite, all lanes of two vectors
        "sigma0": 0.5,
        "restarts": {"most": 3, "policy": "same", "patience": 25, "good": 0.1},
    },
    held_out={"count": 100, "random_rules": 50},
    searches={"lra-cma": {"population": 31, "sigma0": 0.5}, "adam": ADAM},
)
