"""The rate network of sections 3.1 and 3.2 as a loop in numpy, linear or not, with lateral weights or without."""

from string import Template
from typing import Any

import jax
import numpy as np

from plastica.exports.networks.loop import Loop, Trial
from plastica.exports.networks.stimuli import batches, drawing
from plastica.exports.python_text import NUMPY
from plastica.exports.source import Source
from plastica.exports.written import written
from plastica.inner.rate import gradients
from plastica.inner.stepwise.activation import ACTIVATIONS
from plastica.rules import expression

CONSTANTS = Template('''\
INPUTS, OUTPUTS = $inputs, $outputs
UPDATES, BATCHES, BATCH = $updates, $batches, $batch  # weight updates; mini-batches, used in turn; samples in each
ETA = $eta  # learning rate
BOUND = $bound  # training ends before a weight goes beyond
$lateral

def averaged(rule, pre, post, w):
    """The change of each weight by a rule, averaged over a mini-batch."""
    change = rule(pre[:, None, :], post[:, :, None], w)
    return np.broadcast_to(change, (len(pre), *w.shape)).mean(axis=0)
''')
PLAIN = Template('''\
def train(batches, w):
    """Trained weights [OUTPUTS, INPUTS] from initial ones: an update for each mini-batch, used in turn."""
    for update in range(UPDATES):
        x = batches[update % len(batches)]
        y = $activity
        new = w + ETA * averaged(feedforward, x, y, w)
        if not np.abs(new).max() <= BOUND:
            break
        w = new
    return w
''')
LAYERED = Template('''\
def activity(x, w, v):
    """y_i = $function of each sample, one output after the other."""
    y = np.zeros((len(x), OUTPUTS))
    for i in range(OUTPUTS):
        y[:, i] = $activity
    return y


def train(batches, w, v):
    """Trained weights w [OUTPUTS, INPUTS] and v [OUTPUTS, OUTPUTS] from initial ones: an update for each mini-batch."""
    for update in range(UPDATES):
        x = batches[update % len(batches)]
        y = activity(x, w, v)
        new_w = w + ETA * averaged(feedforward, x, y, w)
        new_v = v + ETA_LATERAL * EDGES * averaged(lateral, y, y, v)
        if not np.abs(np.append(new_w, new_v)).max() <= BOUND:
            break
        w, v = new_w, new_v
    return w, v
''')
MAIN = Template("""\
def main():
    rng = np.random.default_rng(1)
    batches, directions = draw(rng)
    w = rng.standard_normal((OUTPUTS, INPUTS))
    w *= $norm / np.linalg.norm(w, axis=1, keepdims=True)
$train
    norms = np.linalg.norm(w, axis=1)
    print("weights, a row an output:", w, sep="\\n")
    print("their lengths:", norms)
    print("overlap with $directions:", np.abs(w @ directions.T) / norms[:, None], sep="\\n")


if __name__ == "__main__":
    main()
""")
DIRECTIONS = {"gaussian": "the principal vectors", "sources": "the directions of the sources"}


def text(source: Source) -> str:
    network = source.network
    count, size = batches(source)
    lateral = f"ETA_LATERAL = {network.eta_lateral}\n{edges_text(network)}" if network.edges() else ""
    constants = CONSTANTS.substitute(
        inputs=network.inputs, outputs=network.outputs, updates=network.updates, batches=count, batch=size,
        eta=network.eta, bound=network.weight_bound, lateral=lateral,
    )  # fmt: skip
    training = _layered(network) if network.edges() else PLAIN.substitute(activity=_activity(network, "x @ w.T"))
    return "\n\n".join([constants, training, drawing(source), main_text(source, "batches")])


def _layered(network: Any) -> str:
    inside = "sum_j w_ij x_j + sum_j<i v_ij y_j"
    return LAYERED.substitute(
        function=inside if network.activation == "linear" else f"{network.activation}({inside})",
        activity=_activity(network, "x @ w[i] + y @ v[i]"),
    )


def _activity(network: Any, driven: str) -> str:
    """What neurons make of their input: the very function of the simulation, as text."""
    tree = ACTIVATIONS[network.activation](expression.name("u"), expression)
    return driven if network.activation == "linear" else written(tree, NUMPY, {"u": f"({driven})"})


def edges_text(network: Any) -> str:
    """Which lateral connections there are."""
    remark = "  # 1 where output i hears output j\n"
    if network.lateral == "hierarchical":
        return f"EDGES = np.tril(np.ones((OUTPUTS, OUTPUTS)), -1){remark}"
    return f"EDGES = np.array({[list(row) for row in network.lateral]}){remark}"


def main_text(source: Source, stimuli: str) -> str:
    """The end of a script: a network that `train` gives learns from stimuli, which it draws itself."""
    network = source.network
    if network.edges():
        draw = f"    v = {network.initial_lateral_sd} * EDGES * rng.standard_normal((OUTPUTS, OUTPUTS))"
        train = f"{draw}\n    w, v = train({stimuli}, w, v)"
    else:
        train = f"    w = train({stimuli}, w)"
    directions = DIRECTIONS.get(source.data_kind, "the axes of the inputs")
    return MAIN.substitute(norm=network.initial_norm, train=train, directions=directions)


def trial(source: Source) -> Trial:
    """The first held-out dataset: by the network's own code in JAX, in double precision, and by its kernels."""
    dataset, network = source.dataset, source.network
    thetas = {connection: part[None] for connection, part in source.theta.items()}
    with jax.enable_x64(True):
        double = gradients.simulate(network, source.rules, thetas, [dataset], dtype=np.float64)
    single = network.simulate(source.rules, thetas, [dataset])
    given = {"batches": dataset.stimuli.samples, "w": dataset.w}
    if not network.edges():
        call = "w = train(batches, w)"
        return Trial(given, call, {"w": double.w[0, 0]}, {"w": single.w[0, 0]})
    ends = [{"w": trials.w[0, 0], "v": trials.lateral[0, 0]} for trials in (double, single)]
    return Trial(given | {"v": dataset.lateral}, "w, v = train(batches, w, v)", *ends)


RATE = Loop(text, trial)
