"""The contract of an engine: it only carries, so every engine returns the same numbers bit for bit."""

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from typing import Protocol

from plastica.inner.keys import Key
from plastica.rules.base import Floats
from plastica.tasks.task import Evaluation, Task

BLOCK_DATASETS = 5  # datasets in a block, at most: bounds the memory of evaluations on many datasets
GRADIENT_DATASETS = 10  # datasets in a block with gradients


class Engine(Protocol):
    """A started engine, bound to one task."""

    def evaluate(self, thetas: Floats, keys: Sequence[Key], gradients: int = 0) -> Evaluation:
        """thetas [R, P] on the datasets of D keys; with exact gradients at the last `gradients` of them."""
        ...

    def prepare(self, keys: Sequence[Key]) -> None:
        """Begin to make datasets that are needed soon, and let go of all others."""
        ...


class EngineSection(Protocol):
    """The config of an engine, which can start it."""

    def start(self, task: Task) -> AbstractContextManager[Engine]:
        """The engine, for the length of a `with` block."""
        ...


def blocks(keys: Sequence[Key], workers: int, gradients: int = 0) -> Iterator[Sequence[Key]]:
    """The keys in runs of a block each, so that every worker gets some.

    Blocks with gradients have one size whatever the number of workers: JAX computes a block as a whole, and the last
    bits of its sums may depend on the shape.
    """
    size = GRADIENT_DATASETS if gradients else max(1, min(BLOCK_DATASETS, -(-len(keys) // workers)))
    return (keys[start : start + size] for start in range(0, len(keys), size))
