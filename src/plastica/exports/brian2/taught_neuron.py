"""The neuron with a teacher in Brian2, example by example."""

from string import Template
from typing import Any

import numpy as np

from plastica.exports.brian2.code import where_of
from plastica.exports.brian2.online import in_turn, rule_text, trained_online
from plastica.exports.brian2.rate import activity_text
from plastica.exports.networks.loop import Trial
from plastica.exports.networks.taught_neuron import activity_of_arrays, data_settings
from plastica.exports.source import Source

TEXT = Template('''\
import numpy as np
from brian2 import Network, NeuronGroup, Synapses, TimedArray, defaultclock, ms$imports

$where
INPUTS = $inputs
UPDATES, BATCHES, BATCH = $updates, $batches, $batch  # plastica's updates and mini-batches; examples in each

$rule

output_equations = """
drive : 1
y = $activity : 1
target : 1
error = target - y : 1
"""


def network(stimuli, targets, w):
    """A neuron that sees an example each millisecond, a stimulus [n, INPUTS] and a target [n]; its plastic synapses."""
    defaultclock.dt = 1*ms
    inputs = NeuronGroup(INPUTS, "x : 1", namespace={"stimuli": TimedArray(stimuli, dt=1*ms)})
    inputs.run_regularly("x = stimuli(t, i)", when="start")
    output = NeuronGroup(1, output_equations, namespace={"targets": TimedArray(targets, dt=1*ms)})
    output.run_regularly("target = targets(t)", when="start")
    feedforward = Synapses(inputs, output, "w : 1\\ndrive_post = w*x_pre : 1 (summed)", namespace=feedforward_numbers)
    feedforward.connect()
    feedforward.w = w
    feedforward.run_regularly(feedforward_rule, when="end")
    return Network(inputs, output, feedforward), feedforward


def train(stimuli, targets, w):
    """Trained weights [INPUTS] from initial ones."""
    simulation, feedforward = network(stimuli, targets, w)
    simulation.run(len(stimuli)*ms, namespace={})
    return np.array(feedforward.w)


def neuron(x, w):
    """The activity of a teacher with weights w."""
    return $numpy_activity


def main():
    rng = np.random.default_rng(1)
    teacher = rng.standard_normal(INPUTS)
    teacher *= $length / np.linalg.norm(teacher)
    stimuli = rng.standard_normal((BATCHES*BATCH, INPUTS))
    targets = neuron(stimuli, teacher) + $noise * rng.standard_normal(BATCHES*BATCH)
    seen = np.arange(UPDATES*BATCH) % (BATCHES*BATCH)
    w = rng.standard_normal(INPUTS)
    w = train(stimuli[seen], targets[seen], $initial * w / np.linalg.norm(w))
    print("weights:", w)
    print("their length:", np.linalg.norm(w))
    print("distance from the teacher's weights:", np.linalg.norm(w - teacher))


if __name__ == "__main__":
    main()
''')


def text(source: Source) -> str:
    network = source.network
    where, imports = where_of(source)
    shape = source.dataset.drawn["stimuli"]["x"].shape
    words = {"x": "x_pre", "e": "error_post", "y": "y_post", "w": "w"}
    return TEXT.substitute(
        imports=imports,
        where=where,
        inputs=network.inputs,
        updates=network.updates,
        batches=shape[0],
        batch=shape[1],
        rule=rule_text(source, "feedforward", network.eta, words),
        activity=activity_text(network, "drive"),
        numpy_activity=activity_of_arrays(network),
        **data_settings(source),
    )


def trial(source: Source) -> Trial:
    """All examples of the first held-out dataset, in the order of the training."""
    drawn: Any = source.dataset.drawn
    stimuli, targets = (in_turn(drawn["stimuli"][name], source.network.updates) for name in ("x", "target"))
    w, _ = trained_online(source, stimuli, drawn["w"][None, :], np.zeros((1, 1)), targets)
    given = {"stimuli": stimuli, "targets": targets, "w": drawn["w"]}
    return Trial(given, "w = train(stimuli, targets, w)", {"w": w[0]}, {})
