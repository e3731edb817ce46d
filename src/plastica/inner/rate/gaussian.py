"""Gaussian datasets: zero mean, one covariance spectrum, rotated at random per dataset (section 3.1, Fig. 1A)."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Annotated, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, PositiveInt, model_validator

from plastica.inner.keys import Key
from plastica.inner.normal import standard_normal
from plastica.inner.one_thread import one_thread
from plastica.section import Section

Eigenvalue = Annotated[float, Field(ge=1e-8, le=1e4)]  # single precision holds the powers that rules need
Floats = NDArray[np.float64]


class Linear(Section):
    """Eigenvalues `first`, then evenly from `second` down to `last`."""

    shape: Literal["linear"] = "linear"
    first: Eigenvalue = 1.0
    second: Eigenvalue = 0.5
    last: Eigenvalue = 0.1

    def values(self, inputs: int) -> Floats:
        return np.concatenate([[self.first], np.linspace(self.second, self.last, inputs - 1)])


class Geometric(Section):
    """Eigenvalues `first`, `first * ratio`, `first * ratio^2`, ..."""

    shape: Literal["geometric"] = "geometric"
    first: Eigenvalue = 1.0
    ratio: Annotated[float, Field(gt=0, le=1)] = 0.5

    def values(self, inputs: int) -> Floats:
        return self.first * self.ratio ** np.arange(inputs, dtype=float)


class Leading(Section):
    """The `leading` eigenvalues as listed, and `rest` for every further input."""

    shape: Literal["leading"] = "leading"
    leading: Annotated[tuple[Eigenvalue, ...], Field(min_length=1)] = (2.0, 1.5, 1.0, 0.7, 0.4)
    rest: Eigenvalue = 0.05

    def values(self, inputs: int) -> Floats:
        rest = [self.rest] * max(0, inputs - len(self.leading))
        return np.array([*self.leading[:inputs], *rest])


Shape = Annotated[Linear | Geometric | Leading, Field(discriminator="shape")]


@dataclass(frozen=True)
class Stimuli:
    """The stimuli of one dataset.

    samples [batches, batch, inputs]; principal [inputs, inputs], row i the i-th principal vector of these very samples
    (unit length, largest variance first); variance [inputs], the variance along each.
    """

    samples: Floats
    principal: Floats
    variance: Floats

    @property
    def nbytes(self) -> int:
        return self.samples.nbytes + self.principal.nbytes + self.variance.nbytes


@dataclass(frozen=True)
class Recalled:
    """The same without its samples, which take much memory: `draw` makes them again for who looks at them, once."""

    principal: Floats
    variance: Floats
    draw: Callable[[], Stimuli]

    @cached_property
    def samples(self) -> Floats:
        with one_thread():
            return self.draw().samples

    @property
    def nbytes(self) -> int:
        return self.principal.nbytes + self.variance.nbytes


class GaussianData(Section):
    """Zero-mean Gaussian datasets whose covariance is one diagonal matrix, rotated at random for each dataset."""

    count: PositiveInt = Field(default=20, description="datasets that every candidate of a generation is tested on")
    refresh: PositiveInt = Field(default=2, description="generations between two redraws of the datasets")
    batch: PositiveInt = Field(
        default=200, description="samples in a mini-batch, N_b; an update averages over one mini-batch"
    )
    batches: PositiveInt = Field(default=20, description="distinct mini-batches in a dataset, used in turn")
    spectrum: tuple[Eigenvalue, ...] | Shape = Field(
        default=Linear(),
        description="variances along the principal axes: a list, or a named shape (linear, geometric, leading)",
    )
    scale: tuple[Eigenvalue, Eigenvalue] = Field(
        default=(0.6, 1.5),
        description="each dataset's spectrum is multiplied by a number drawn evenly from this interval; "
        "[1.0, 1.0] is the paper's fixed spectrum",
    )

    @model_validator(mode="after")
    def _scale_is_an_interval(self) -> "GaussianData":
        if self.scale[0] > self.scale[1]:
            raise ValueError(f"scale = {list(self.scale)}: the first number must not be larger than the second")
        return self

    def eigenvalues(self, inputs: int) -> Floats:
        """The spectrum for a number of inputs. Raises ValueError if a listed spectrum has another length."""
        if not isinstance(self.spectrum, tuple):
            return self.spectrum.values(inputs)
        if len(self.spectrum) != inputs:
            raise ValueError(
                f"data.spectrum lists {len(self.spectrum)} variances for network.inputs = {inputs}: "
                "list one for each input, or name a shape"
            )
        return np.array(self.spectrum)

    def drawn_bytes(self, inputs: int) -> tuple[int, int]:
        """What `draw` gives, and the most that it needs meanwhile: samples twice, and eight matrices from the rotation
        to the principal vectors."""
        samples, square = 8 * self.batches * self.batch * inputs, 8 * inputs**2
        return samples + square + 8 * inputs, 2 * samples + 8 * square

    def draw(self, key: Key, inputs: int) -> Stimuli:
        """The stimuli of one dataset: a pure function of its key."""
        return self.draw_together([key], inputs)[0]

    def draw_together(self, keys: Sequence[Key], inputs: int) -> list[Stimuli]:
        """The same of some datasets."""
        generators = [key.generator() for key in keys]
        rotation = _rotations(generators, inputs)
        variance = np.array([[g.uniform(*self.scale)] for g in generators]) * self.eigenvalues(inputs)
        samples = np.empty((len(keys), self.batches * self.batch, inputs))
        for generator, own in zip(generators, samples, strict=True):
            standard_normal(generator, own)
        rotation *= np.sqrt(variance)[:, None]
        samples = samples @ rotation.swapaxes(1, 2)
        measured, vectors = np.linalg.eigh(samples.swapaxes(1, 2) @ samples / samples.shape[1])
        principal, measured = vectors.swapaxes(1, 2)[:, ::-1].copy(), measured[:, ::-1].copy()
        in_batches = samples.reshape(len(keys), self.batches, self.batch, inputs)
        return [Stimuli(*own) for own in zip(in_batches, principal, measured, strict=True)]


def _rotations(generators: Sequence[np.random.Generator], inputs: int) -> Floats:
    """[D, inputs, inputs], evenly distributed over all rotations."""
    mixing = np.empty((len(generators), inputs, inputs))
    for generator, own in zip(generators, mixing, strict=True):
        generator.standard_normal(out=own)
    rotation, triangular = np.linalg.qr(mixing)
    rotation *= np.sign(np.diagonal(triangular, axis1=1, axis2=2))[:, None]
    return rotation
