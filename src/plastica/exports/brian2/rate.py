"""The rate network of sections 3.1 and 3.2 in Brian2, sample by sample."""

from string import Template
from typing import Any

from plastica.exports.brian2.code import BRIAN2, where_of
from plastica.exports.brian2.online import in_turn, rule_text, trained_online
from plastica.exports.networks.loop import Trial
from plastica.exports.networks.rate import edges_text, main_text
from plastica.exports.networks.stimuli import batches, drawing
from plastica.exports.source import Source
from plastica.exports.written import written
from plastica.inner.stepwise.activation import ACTIVATIONS
from plastica.rules import expression

TEXT = Template("""\
import numpy as np
from brian2 import Network, NeuronGroup, Synapses, TimedArray, defaultclock, ms$imports

$where
INPUTS, OUTPUTS = $inputs, $outputs
UPDATES, BATCHES, BATCH = $updates, $batches, $batch  # plastica's updates and mini-batches; samples in each
$edges
$rules


$network


$drawing

def samples_of(batches):
    # the mini-batches, one after the other, sample by sample
    return batches[np.arange(UPDATES) % BATCHES].reshape(-1, INPUTS)


$main""")
PLAIN = Template('''\
output_equations = """
drive : 1
y = $activity : 1
"""


def network(samples, w):
    """A network that sees a sample [n, INPUTS] each millisecond, and its plastic synapses."""
    defaultclock.dt = 1*ms
    stimuli = TimedArray(samples, dt=1*ms)
    inputs = NeuronGroup(INPUTS, "x : 1", namespace={"stimuli": stimuli})
    inputs.run_regularly("x = stimuli(t, i)", when="start")
    outputs = NeuronGroup(OUTPUTS, output_equations)
    feedforward = Synapses(inputs, outputs, "w : 1\\ndrive_post = w*x_pre : 1 (summed)", namespace=feedforward_numbers)
    feedforward.connect()
    feedforward.w = np.ravel(w.T)
    feedforward.run_regularly(feedforward_rule, when="end")
    return Network(inputs, outputs, feedforward), feedforward


def train(samples, w):
    """Trained weights [OUTPUTS, INPUTS] from initial ones."""
    simulation, feedforward = network(samples, w)
    simulation.run(len(samples)*ms, namespace={})
    return np.reshape(feedforward.w, (INPUTS, OUTPUTS)).T''')
LAYERED = Template('''\
output_equations = """
drive : 1  # from the inputs
heard : 1  # from earlier outputs, a time step ago
y : 1
"""


def network(samples, w, v):
    """A network that sees a sample [n, INPUTS] each millisecond, and its plastic synapses.

    Each sample stands for OUTPUTS time steps, after which every output has heard all earlier ones: their activity has
    settled exactly, and weights change.
    """
    defaultclock.dt = 1*ms / OUTPUTS
    stimuli = TimedArray(samples, dt=1*ms)
    inputs = NeuronGroup(INPUTS, "x : 1", namespace={"stimuli": stimuli})
    inputs.run_regularly("x = stimuli(t, i)", when="start")
    outputs = NeuronGroup(OUTPUTS, output_equations)
    feedforward = Synapses(inputs, outputs, "w : 1\\ndrive_post = w*x_pre : 1 (summed)", namespace=feedforward_numbers)
    feedforward.connect()
    feedforward.w = np.ravel(w.T)
    lateral = Synapses(outputs, outputs, "w : 1\\nheard_post = w*y_pre : 1 (summed)", namespace=lateral_numbers)
    post, pre = np.nonzero(EDGES)
    lateral.connect(i=pre, j=post)
    lateral.w = v[post, pre]
    outputs.run_regularly("y = $activity", when="after_groups")
    feedforward.run_regularly(feedforward_rule, when="end")
    lateral.run_regularly(lateral_rule, when="end")
    return Network(inputs, outputs, feedforward, lateral), feedforward, lateral


def train(samples, w, v):
    """Trained weights w [OUTPUTS, INPUTS] and v [OUTPUTS, OUTPUTS] from initial ones."""
    simulation, feedforward, lateral = network(samples, w, v)
    simulation.run(len(samples)*ms, namespace={})
    trained = np.zeros((OUTPUTS, OUTPUTS))
    trained[lateral.j, lateral.i] = lateral.w
    return np.reshape(feedforward.w, (INPUTS, OUTPUTS)).T, trained''')
SETTLED = "learns*"


def text(source: Source) -> str:
    network = source.network
    count, size = batches(source)
    layered = bool(network.edges())
    driven = "drive + heard" if layered else "drive"
    where, imports = where_of(source)
    return TEXT.substitute(
        imports=imports,
        where=where,
        inputs=network.inputs,
        outputs=network.outputs,
        updates=network.updates,
        batches=count,
        batch=size,
        edges=edges_text(network) if layered else "",
        rules="\n\n".join(_rules(source)),
        network=(LAYERED if layered else PLAIN).substitute(activity=activity_text(network, driven)),
        drawing=drawing(source),
        main=main_text(source, "samples_of(batches)"),
    )


def activity_text(network: Any, driven: str) -> str:
    """What neurons make of their input."""
    if network.activation == "linear":
        return driven
    tree = ACTIVATIONS[network.activation](expression.name("u"), expression)
    return written(tree, BRIAN2, {"u": f"({driven})"})


def _rules(source: Source) -> list[str]:
    network = source.network
    rates = {"feedforward": network.eta, "lateral": network.eta_lateral}
    before = {"feedforward": "x_pre", "lateral": "y_pre"}
    learns = f"int(t_in_timesteps % {network.outputs} == {network.outputs - 1})*" if network.edges() else ""
    return [
        rule_text(source, c, rates[c], {"x": before[c], "y": "y_post", "w": "w"}, learns) for c in network.connections
    ]


def trial(source: Source) -> Trial:
    """All samples of the first held-out dataset, in the order of the training."""
    dataset, network = source.dataset, source.network
    samples = in_turn(dataset.stimuli.samples, network.updates)
    w, v = trained_online(source, samples, dataset.w, dataset.lateral, None)
    given = {"samples": samples, "w": dataset.w}
    if not network.edges():
        return Trial(given, "w = train(samples, w)", {"w": w}, {})
    return Trial(given | {"v": dataset.lateral}, "w, v = train(samples, w, v)", {"w": w, "v": v}, {})
