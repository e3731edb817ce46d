"""A task all of whose parts are its user's own: a neuron with a threshold learns which way its inputs are skewed."""

from dataclasses import dataclass

import numpy as np

from plastica import Preset, Task, formula
from plastica.inner.footprint import Footprint
from plastica.inner.outcome import Outcome
from plastica.rules.readers import NUMPY, read
from plastica.section import Section


class Skewed(Section):
    """Inputs of which one direction has a long tail."""

    count: int = 3
    refresh: int = 2
    samples: int = 50

    def draw(self, key, inputs):
        generator = key.generator()
        axis = generator.standard_normal(inputs)
        axis /= np.sqrt((axis**2).sum())
        tail = generator.exponential(size=self.samples) - 1
        return axis, generator.standard_normal((self.samples, inputs)) + 2 * tail[:, None] * axis


@dataclass(frozen=True)
class Dataset:
    axis: np.ndarray
    x: np.ndarray
    w: np.ndarray

    @property
    def nbytes(self):
        return self.axis.nbytes + self.x.nbytes + self.w.nbytes


@dataclass(frozen=True)
class Trials:
    outcome: np.ndarray
    w: np.ndarray


class ThresholdNeuron(Section):
    """y = max(0, w x); a sample at a time."""

    inputs: int = 2
    eta: float = 0.05
    connections: tuple[str, ...] = ("synapses",)

    def check(self, data, rules):
        if self.inputs < 1:
            raise ValueError(f"network.inputs = {self.inputs}: at least one")

    def footprint(self, data, rules):
        size = 8 * self.inputs * (data.samples + 2)
        return Footprint(size, 3 * size, size, 64 * self.inputs, (f"network.inputs = {self.inputs}",))

    def dataset(self, data, rules, key):
        axis, x = data.draw(key, self.inputs)
        return Dataset(axis, x, key.generator(1).standard_normal(self.inputs) * 0.1)

    def simulate(self, rules, thetas, datasets):
        rule, theta = rules["synapses"], thetas["synapses"]
        names = [parameter.name for parameter in rule.parameters()]
        finite = np.isfinite(theta).all(axis=1)
        values = dict(zip(names, np.where(finite[:, None], theta, 0.0).T[..., None], strict=True))
        runs = np.stack([self.train(rule, values, dataset, len(theta)) for dataset in datasets], axis=1)
        exploded = ~(np.abs(runs) < 100).all(axis=-1)
        outcome = np.where(finite[:, None], np.where(exploded, Outcome.EXPLODED, Outcome.OK), Outcome.NONFINITE)
        return Trials(outcome.astype(np.int8), np.where(exploded[..., None], 0.0, runs))

    def train(self, rule, values, dataset, count):
        w = np.tile(dataset.w, (count, 1))
        with np.errstate(all="ignore"):
            for x in dataset.x:
                y = np.maximum((w * x).sum(axis=1, keepdims=True), 0.0)
                w = w + self.eta * read(rule.formulas["change"], NUMPY, {"x": x, "y": y, "w": w, **values})
        return w


THIRD_ORDER = formula(change="a*x*y**2 - b*y*w", parameters={"a": {"sd": 0.3}, "b": {"sd": 0.3}})


def angle(trials, datasets):
    """1 - cos between the weights and the axis of the tail."""
    axis = np.stack([dataset.axis for dataset in datasets])
    return 1 - (trials.w * axis).sum(axis=-1) / np.sqrt((trials.w**2).sum(axis=-1) + 1e-12)


TASK = Preset(
    summary="a neuron finds the direction in which its inputs are skewed",
    task=Task("skewness", ThresholdNeuron(), {"synapses": THIRD_ORDER}, Skewed(), angle),
    generations=8,
    search={"name": "cma", "population": 8, "sigma0": 0.3},
    held_out={"count": 6, "random_rules": 3},
)
