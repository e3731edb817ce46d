"""Whitened mixtures of independent sources: what a neuron sees that is to find one of them."""

from math import sqrt

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, PositiveInt

from plastica.inner.keys import Key
from plastica.inner.rate.gaussian import Stimuli
from plastica.section import Section

Floats = NDArray[np.float64]


class SourceData(Section):
    """As many independent sources as inputs, each evenly distributed with unit variance, mixed at random for each
    dataset and whitened: zero mean and unit covariance of these very samples, so that no second moment tells a
    direction from another."""

    count: PositiveInt = Field(default=20, description="datasets that every candidate of a generation is tested on")
    refresh: PositiveInt = Field(default=2, description="generations between two redraws of the datasets")
    batch: PositiveInt = Field(
        default=200, description="samples in a mini-batch, N_b; an update averages over one mini-batch"
    )
    batches: PositiveInt = Field(default=20, description="distinct mini-batches in a dataset, used in turn")

    def eigenvalues(self, inputs: int) -> Floats:
        """The variances, all one. Raises ValueError if there are too few samples to whiten them."""
        if self.batch * self.batches <= inputs:
            raise ValueError(
                f"data.batch = {self.batch} x data.batches = {self.batches} samples are too few to whiten "
                f"network.inputs = {inputs}: give more samples than inputs"
            )
        return np.ones(inputs)

    def drawn_bytes(self, inputs: int) -> tuple[int, int]:
        """What `draw` gives, and the most that it needs meanwhile: samples three times, and eight matrices."""
        samples, square = 8 * self.batches * self.batch * inputs, 8 * inputs**2
        return samples + square + 8 * inputs, 3 * samples + 8 * square

    def draw(self, key: Key, inputs: int) -> Stimuli:
        """The stimuli of one dataset, a pure function of its key. Row i of `principal` is the direction of unit length
        along which the samples are the i-th source, but for its mean and size."""
        generator = key.generator()
        mixing = generator.standard_normal((inputs, inputs))
        sources = generator.uniform(-sqrt(3), sqrt(3), (self.batches * self.batch, inputs))
        mixture = sources @ mixing.T
        mixture -= mixture.mean(axis=0)
        whitening = _inverse_root(mixture.T @ mixture / len(mixture))
        directions = np.asarray(np.linalg.inv(whitening @ mixing), dtype=np.float64)
        directions = directions / np.linalg.norm(directions, axis=1, keepdims=True)
        samples = (mixture @ whitening).reshape(self.batches, self.batch, inputs)
        return Stimuli(samples, directions, self.eigenvalues(inputs))


def _inverse_root(covariance: Floats) -> Floats:
    """The symmetric matrix that whitens."""
    variance, axes = np.linalg.eigh(covariance)
    whitening: Floats = (axes / np.sqrt(variance)) @ axes.T
    return whitening
