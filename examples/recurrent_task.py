"""A network of one's own: a recurrent tanh network whose synapses hold its activity at a target.

plastica check examples/recurrent_task.py --trust
plastica run examples/recurrent_task.py --trust --seed 2
"""

import jax.numpy as jnp
import numpy as np

from plastica import Preset, Task
from plastica.parts import StepwiseNetwork, Volterra
from plastica.section import Section


class Recurrent(StepwiseNetwork):
    """y = tanh(w y + stimulus): one step of activity, then one update of the weights."""

    connections = ("recurrent",)
    units: int = 8
    eta: float = 0.01
    updates: int = 200

    def initial(self, drawn):
        return {"recurrent": drawn["w"], "y": jnp.zeros(self.units), "power": jnp.zeros(())}

    def step(self, state, stimulus, rules):
        w, x = state["recurrent"], state["y"]
        y = jnp.tanh(w @ x + stimulus)
        change = rules["recurrent"](x=x, y=y[:, None], w=w)
        power = 0.95 * state["power"] + 0.05 * (y**2).mean()
        return {"recurrent": w + self.eta * change, "y": y, "power": power}


class Noise(Section):
    """Gaussian stimuli and random initial weights."""

    count: int = 10
    refresh: int = 5
    sd: float = 0.3

    def draw(self, key, network):
        generator = key.generator()
        w = generator.standard_normal((network.units, network.units)) / np.sqrt(network.units)
        return {"stimuli": self.sd * generator.standard_normal((network.updates, network.units)), "w": w}


def loss(trials, datasets):
    """How far the mean square of the activity, of late, is from 0.25: [candidates, datasets]."""
    return abs(trials.state["power"] - 0.25)


TASK = Preset(
    summary="a recurrent network holds its activity",
    task=Task("steady-activity", Recurrent(), {"recurrent": Volterra(order=2)}, Noise(), loss),
    generations=60,
    search={"name": "cma", "population": 32, "sigma0": 0.3},
)
