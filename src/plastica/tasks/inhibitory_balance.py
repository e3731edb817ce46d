"""A spiking neuron whose inhibitory synapses learn to hold its firing rate against tuned excitation (section 3.3)."""

from plastica.inner.spiking_neuron import SpikingNeuron
from plastica.inner.vogels_input import VogelsInput
from plastica.rules.spike_pair import SpikePair
from plastica.tasks.target_rate import TargetRate
from plastica.tasks.task import Preset, Task

INHIBITORY_BALANCE = Preset(
    summary="a spiking neuron holds its rate: inhibitory spike-timing rules (section 3.3, Fig. 3)",
    task=Task(
        name="inhibitory-balance",
        network=SpikingNeuron(training_s=60.0, scoring_s=30.0, window_s=10.0),
        rules={"inhibitory": SpikePair()},
        data=VogelsInput(),
        loss=TargetRate(target_hz=5.0),
        targets={"inhibitory": "vogels_2011"},
        baselines={"postsynaptic_best": {"inhibitory": "postsynaptic"}},
    ),
    generations=450,
    search={"name": "adam", "restarts": {"most": 2, "policy": "same", "patience": 40, "good": 0.1}},
    held_out={"count": 100, "random_rules": 50},
    searches={"cma": {"population": 15, "sigma0": 0.5}},
)
