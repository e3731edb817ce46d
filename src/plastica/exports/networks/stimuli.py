"""The stimuli that a script draws for a rate network: mini-batches, and the directions that its weights may find."""

from collections.abc import Callable, Mapping
from textwrap import fill
from typing import Any

from plastica.exports.source import Source

GAUSSIAN = '''\
{variances}
SCALE = {scale}  # each dataset's variances are multiplied by a number from this interval


def draw(rng):
    """Gaussian mini-batches [BATCHES, BATCH, INPUTS] along random axes, and their principal vectors."""
    axes = np.linalg.qr(rng.standard_normal((INPUTS, INPUTS)))[0]
    deviations = np.sqrt(rng.uniform(*SCALE) * np.array(VARIANCES))
    samples = rng.standard_normal((BATCHES * BATCH, INPUTS)) * deviations @ axes.T
    principal = np.linalg.eigh(samples.T @ samples)[1].T[::-1]
    return samples.reshape(BATCHES, BATCH, INPUTS), principal
'''
SOURCES = '''\
def draw(rng):
    """A whitened mixture of even sources [BATCHES, BATCH, INPUTS], and the directions of the sources in it."""
    mixing = rng.standard_normal((INPUTS, INPUTS))
    mixture = rng.uniform(-1, 1, (BATCHES * BATCH, INPUTS)) @ mixing.T
    mixture -= mixture.mean(axis=0)
    variances, axes = np.linalg.eigh(mixture.T @ mixture / len(mixture))
    whitening = axes / np.sqrt(variances) @ axes.T
    directions = np.linalg.inv(whitening @ mixing)
    directions /= np.linalg.norm(directions, axis=1, keepdims=True)
    return (mixture @ whitening).reshape(BATCHES, BATCH, INPUTS), directions
'''
OTHERS = '''\
def draw(rng):
    """Normal mini-batches [BATCHES, BATCH, INPUTS], in place of the task's own data, and the axes of the inputs."""
    return rng.standard_normal((BATCHES, BATCH, INPUTS)), np.eye(INPUTS)
'''


def drawing(source: Source) -> str:
    """The function `draw` of a script."""
    return DRAWINGS.get(source.data_kind, lambda _: OTHERS)(source)


def batches(source: Source) -> tuple[int, int]:
    """Mini-batches of a dataset, and samples in each."""
    shape = source.dataset.stimuli.samples.shape
    return shape[0], shape[1]


def _gaussian(source: Source) -> str:
    data: Any = source.task.data
    variances = f"VARIANCES = {data.eigenvalues(source.network.inputs).tolist()}  # along the principal axes"
    return GAUSSIAN.format(variances=fill(variances, 110, subsequent_indent="    "), scale=tuple(data.scale))


DRAWINGS: Mapping[str, Callable[[Source], str]] = {"gaussian": _gaussian, "sources": lambda _: SOURCES}
