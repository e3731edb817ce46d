"""A task of its user's own whose network is written as one step: a neuron finds the slow direction of its inputs."""

import jax.numpy as jnp
import numpy as np

from plastica import Preset, Task, formula
from plastica.parts import StepwiseNetwork
from plastica.section import Section


class LeakyNeuron(StepwiseNetwork):
    """y = tanh(w x), where x is a trace of the stimuli."""

    connections = ("synapses",)
    inputs: int = 2
    eta: float = 0.1
    updates: int = 40

    def initial(self, drawn):
        return {"synapses": drawn["w"], "x": jnp.zeros(self.inputs)}

    def step(self, state, stimulus, rules):
        x = 0.8 * state["x"] + 0.2 * stimulus
        w = state["synapses"]
        return {"synapses": w + self.eta * rules["synapses"](x=x, y=jnp.tanh(w @ x), w=w), "x": x}


class SlowInNoise(Section):
    """Noise, and a slow signal along one direction."""

    count: int = 3
    refresh: int = 2
    smoothness: float = 0.9

    def draw(self, key, network):
        generator = key.generator()
        axis, w = generator.standard_normal((2, network.inputs))
        axis /= np.linalg.norm(axis)
        noise, signal = generator.standard_normal((network.updates, network.inputs)), np.zeros(network.updates)
        for t in range(1, network.updates):
            signal[t] = self.smoothness * signal[t - 1] + generator.standard_normal()
        return {"stimuli": noise + signal[:, None] * axis, "axis": axis, "w": 0.1 * w}


def angle(trials, datasets):
    """1 - |cos| between the weights and the slow direction."""
    axis = np.stack([dataset.drawn["axis"] for dataset in datasets])
    w = trials.state["synapses"]
    return 1 - abs((w * axis).sum(axis=-1)) / np.sqrt((w**2).sum(axis=-1) + 1e-12)


RULE = formula(change="a*x*y - b*y**2*w", parameters={"a": {"sd": 0.3}, "b": {"sd": 0.3}})

TASK = Preset(
    summary="a neuron finds the slow direction of its inputs",
    task=Task("slowness", LeakyNeuron(), {"synapses": RULE}, SlowInNoise(), angle),
    generations=8,
    search={"name": "cma", "population": 8, "sigma0": 0.3},
    held_out={"count": 6, "random_rules": 3},
)
