"""Own data: which rule finds the first principal component of what was recorded?

plastica run examples/own_data.py --trust --set data.file=/path/to/recording.npy

The recording is an array [samples, inputs], centred and in units in which its largest variance is about one.
"""

from functools import cache

import numpy as np

from plastica import Preset, Task
from plastica.inner.rate.gaussian import Stimuli
from plastica.parts import PrincipalVectors, RateNetwork, Volterra
from plastica.section import Section


@cache
def recorded(file: str) -> np.ndarray:
    """The whole recording; without a file, numbers that stand in for one."""
    if file:
        return np.load(file)
    return np.random.default_rng(0).standard_normal((5000, 3)) @ np.diag([1.0, 0.6, 0.3])


class Recording(Section):
    """Datasets that are drawn from a recording: samples of it at random, turned at random, in mini-batches."""

    count: int = 10
    refresh: int = 2
    batch: int = 100
    batches: int = 20
    file: str = ""

    def eigenvalues(self, inputs):
        """What a rate network asks before anything is drawn. Raises ValueError if the inputs do not fit."""
        samples = recorded(self.file)
        if samples.shape[1] != inputs:
            raise ValueError(f"network.inputs = {inputs}: the recording has {samples.shape[1]}")
        return np.linalg.eigvalsh(np.cov(samples.T))[::-1]

    def drawn_bytes(self, inputs):
        """What `draw` gives, and the most that it needs meanwhile."""
        samples = 8 * self.batches * self.batch * inputs
        return samples + 8 * inputs**2 + 8 * inputs, 2 * samples + 64 * inputs**2

    def draw(self, key, inputs):
        """A dataset: a pure function of its key, for all randomness comes from key.generator()."""
        whole, generator = recorded(self.file), key.generator()
        turned, _ = np.linalg.qr(generator.standard_normal((inputs, inputs)))  # or rules would lean on the axes
        samples = whole[generator.integers(len(whole), size=self.batches * self.batch)] @ turned
        variance, vectors = np.linalg.eigh(samples.T @ samples / len(samples))
        return Stimuli(samples.reshape(self.batches, self.batch, inputs), vectors.T[::-1].copy(), variance[::-1].copy())


TASK = Preset(
    summary="a neuron finds the first principal component of a recording",
    task=Task(
        "recorded-components",
        RateNetwork(inputs=3, updates=300, initial_norm=1.0),
        {"feedforward": Volterra(order=2)},
        Recording(),
        PrincipalVectors(),
        {"feedforward": "oja"},
    ),
    generations=300,
    search={"name": "cma", "population": 60, "sigma0": 0.2, "l1": 0.002, "average": 40},
)
