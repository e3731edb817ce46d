"""A third factor: a neuron that is told nothing but how well it did, by one number for all of its synapses.

plastica check examples/third_factor.py --trust
plastica run examples/third_factor.py --trust
"""

from typing import ClassVar

import jax.numpy as jnp
import numpy as np

from plastica import Preset, Task, formula
from plastica.parts import StepwiseNetwork
from plastica.section import Section


class Rewarded(StepwiseNetwork):
    """y = w x + n, with noise n; the reward r is how much smaller the squared error is than of late."""

    connections = ("feedforward",)
    quantities: ClassVar = {"change": ("x", "y", "w", "n", "r")}  # what its rules may read
    inputs: int = 5
    eta: float = 0.1
    updates: int = 200

    def initial(self, drawn):
        return {"feedforward": drawn["w"], "usual": jnp.ones(())}

    def step(self, state, stimulus, rules):
        w, x, n = state["feedforward"], stimulus["x"], stimulus["n"]  # [inputs], [batch, inputs], [batch]
        y = x @ w + n
        error = (y - stimulus["target"]) ** 2
        r = state["usual"] - error
        change = rules["feedforward"](x=x, y=y[:, None], w=w, n=n[:, None], r=r[:, None])
        return {"feedforward": w + self.eta * change.mean(axis=0), "usual": 0.9 * state["usual"] + 0.1 * error.mean()}


class Lessons(Section):
    """Random inputs, what a random teacher makes of them, and the neuron's noise."""

    count: int = 10
    refresh: int = 2
    batch: int = 20
    noise: float = 0.3

    def draw(self, key, network):
        generator = key.generator()
        teacher, w = generator.standard_normal((2, network.inputs)) / np.sqrt(network.inputs)
        x = generator.standard_normal((network.updates, self.batch, network.inputs))
        n = self.noise * generator.standard_normal((network.updates, self.batch))
        return {"stimuli": {"x": x, "n": n, "target": x @ teacher}, "teacher": teacher, "w": w}


def loss(trials, datasets):
    """How far the weights are from the teacher's: [candidates, datasets]."""
    teacher = np.stack([dataset.drawn["teacher"] for dataset in datasets])
    return np.sqrt(((trials.state["feedforward"] - teacher) ** 2).sum(axis=-1))


RULE = formula(
    change="a*r*n*x + b*r*x + c*r*y*x + d*x*y + f*w",
    quantities=("n", "r"),  # which are no parameters
    known={"node_perturbation": {"a": 1.0, "b": 0.0, "c": 0.0, "d": 0.0, "f": 0.0}},
)
TASK = Preset(
    summary="a neuron learns from a reward",
    task=Task("reward", Rewarded(), {"feedforward": RULE}, Lessons(), loss, {"feedforward": "node_perturbation"}),
    generations=80,
    search={"name": "cma", "population": 32, "sigma0": 0.3, "l1": 0.002},
    held_out={"count": 100},
)
