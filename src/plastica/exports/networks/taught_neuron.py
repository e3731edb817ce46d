"""The neuron with a teacher as a loop in numpy."""

from string import Template
from typing import Any

import jax
import numpy as np

from plastica.exports.networks.loop import Loop, Trial
from plastica.exports.python_text import NUMPY
from plastica.exports.source import Source
from plastica.exports.written import written
from plastica.inner.stepwise import simulation
from plastica.inner.stepwise.activation import ACTIVATIONS
from plastica.rules import expression

TEXT = Template('''\
INPUTS = $inputs
UPDATES, BATCHES, BATCH = $updates, $batches, $batch  # weight updates; mini-batches, used in turn; examples in each
ETA = $eta  # learning rate
BOUND = $bound  # training ends before a weight goes beyond


def neuron(x, w):
    """The activity of a neuron, and of its teacher, at each stimulus."""
    return $activity


def train(stimuli, targets, w):
    """Trained weights [INPUTS] from initial ones: an update for each mini-batch of examples, used in turn."""
    for update in range(UPDATES):
        x, target = stimuli[update % len(stimuli)], targets[update % len(targets)]
        y = neuron(x, w)
        change = feedforward(x, (target - y)[:, None], y[:, None], w)
        new = w + ETA * np.broadcast_to(change, x.shape).mean(axis=0)
        if not np.abs(new).max() <= BOUND:
            break
        w = new
    return w


def draw(rng):
    """Normal stimuli [BATCHES, BATCH, INPUTS], a teacher's noisy answers to them, and the teacher's weights."""
    teacher = rng.standard_normal(INPUTS)
    teacher *= $length / np.linalg.norm(teacher)
    stimuli = rng.standard_normal((BATCHES, BATCH, INPUTS))
    return stimuli, neuron(stimuli, teacher) + $noise * rng.standard_normal((BATCHES, BATCH)), teacher


def main():
    rng = np.random.default_rng(1)
    stimuli, targets, teacher = draw(rng)
    w = rng.standard_normal(INPUTS)
    w = train(stimuli, targets, $initial * w / np.linalg.norm(w))
    print("weights:", w)
    print("their length:", np.linalg.norm(w))
    print("distance from the teacher's weights:", np.linalg.norm(w - teacher))


if __name__ == "__main__":
    main()
''')


def text(source: Source) -> str:
    network = source.network
    shape = source.dataset.drawn["stimuli"]["x"].shape
    return TEXT.substitute(
        inputs=network.inputs,
        updates=network.updates,
        batches=shape[0],
        batch=shape[1],
        eta=network.eta,
        bound=network.weight_bound,
        activity=activity_of_arrays(network),
        **data_settings(source),
    )


def activity_of_arrays(network: Any) -> str:
    """What a neuron makes of stimuli x with weights w, in numpy."""
    tree = ACTIVATIONS[network.activation](expression.name("u"), expression)
    return "x @ w" if network.activation == "linear" else written(tree, NUMPY, {"u": "(x @ w)"})


def data_settings(source: Source) -> dict[str, float]:
    """Lengths of the teacher's weights and of the initial ones, and the teacher's noise."""
    data = source.task.data
    settings = {"length": "length", "noise": "noise", "initial": "initial_length"}
    return {word: getattr(data, name, float(word != "noise")) for word, name in settings.items()}


def trial(source: Source) -> Trial:
    """The first held-out dataset, in double precision and as the search computed it."""
    drawn, network = source.dataset.drawn, source.network
    thetas = {connection: part[None] for connection, part in source.theta.items()}
    with jax.enable_x64(True):
        double = simulation.simulate(network, source.rules, thetas, [drawn], simulation.trial, np.float64)
    single = network.simulate(source.rules, thetas, [source.dataset])
    ends = [{"w": trials.state["feedforward"][0, 0]} for trials in (double, single)]
    given = {"stimuli": drawn["stimuli"]["x"], "targets": drawn["stimuli"]["target"], "w": drawn["w"]}
    return Trial(given, "w = train(stimuli, targets, w)", *ends)


TAUGHT_NEURON = Loop(text, trial)
