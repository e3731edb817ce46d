"""The contract of an engine: it only carries, so every engine returns the same numbers bit for bit."""

import traceback
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import CancelledError
from contextlib import AbstractContextManager, nullcontext
from typing import Protocol

from plastica.engines.device import on_device
from plastica.errors import UserError
from plastica.inner.keys import Key
from plastica.inner.lanes import LANES
from plastica.rules.base import Floats
from plastica.tasks.task import Dataset, Evaluation, Task

BLOCK_DATASETS = 5  # in memory at once, at most, where they are not kept, unless they are small (`Task.made_together`)
GRADIENT_DATASETS = 10  # datasets in a block with gradients
TIMED_DATASETS = 4  # that tell how long a run will take
TIMED_ALONE = 2  # and candidates, where they are computed one by one, which takes long


class Engine(Protocol):
    """A started engine, bound to one task."""

    def evaluate(self, thetas: Floats, keys: Sequence[Key], gradients: int = 0) -> Evaluation:
        """thetas [R, P] on the datasets of D keys; with exact gradients at the last `gradients` of them.

        Raises BlockError if the task itself fails, and UserError if there is nobody left to carry blocks to.
        """
        ...

    def prepare(self, keys: Sequence[Key]) -> None:
        """Begin to make datasets that are needed soon, and let go of all others."""
        ...


class EngineSection(Protocol):
    """The config of an engine, or whatever else can start one."""

    @property
    def workers_here(self) -> int:
        """Threads or processes of this machine that do the work; 0 where others do it."""
        ...

    @property
    def at_once(self) -> int:
        """How many runs of a study it does well to carry at a time."""
        ...

    def start(self, task: Task) -> AbstractContextManager[Engine]:
        """The engine, for the length of a `with` block."""
        ...

    def shared(self) -> "AbstractContextManager[EngineSection]":
        """For the length of a `with` block, what starts engines for several tasks, also at a time, on the same
        processors."""
        ...


class BlockError(UserError):
    """A block failed on its own account: an exception in a user's rule, say; with the trial that fails by itself.

    theta [P] and the key of the dataset; `error`, the exception as one line; `trace`, where it came from.
    """

    def __init__(self, theta: Floats, key: Key, error: str, trace: str) -> None:
        super().__init__(theta, key, error, trace)
        self.theta, self.key, self.error, self.trace = theta, key, error, trace

    def __str__(self) -> str:
        return f"a trial failed ({self.error}): mend the task or the rule that it is of"


def blocks(
    keys: Sequence[Key], workers: int, gradients: int = 0, most: int = BLOCK_DATASETS
) -> Iterator[Sequence[Key]]:
    """The keys in runs of a block each, at most so many, so that every worker gets some.

    Blocks with gradients have one size whatever the number of workers: JAX computes a block as a whole, and the last
    bits of its sums may depend on the shape.
    """
    return runs(keys, block_size(len(keys), workers, gradients, most))


def block_size(datasets: int, workers: int, gradients: int = 0, most: int = BLOCK_DATASETS) -> int:
    """How many datasets a block has, but for the last ones: few enough, and every worker gets as many blocks."""
    if gradients:
        return GRADIENT_DATASETS
    rounds = -(-datasets // (workers * most))
    return -(-datasets // (workers * rounds)) if rounds else 1


def lanes_of(task: Task) -> int:
    """How many candidates a network computes at a time; 1 for one that says that it has them `one_by_one`."""
    return 1 if getattr(task.network, "one_by_one", False) else LANES


def candidate_blocks(
    candidates: int, datasets: int, workers: int, gradients: int = 0, lanes: int = LANES
) -> list[range]:
    """Consecutive candidates that travel together: all of them, unless there are more workers than datasets, or too few
    datasets to go round evenly. Where they are computed one by one, as many parts as there are workers, unless the
    datasets are a multiple of these."""
    groups, uneven = -(-candidates // lanes), datasets % workers > 0
    halved = 2 if uneven and datasets < 2 * workers else 1
    wanted = max(halved, workers // datasets) if lanes > 1 else workers if uneven else 1
    parts = 1 if gradients else max(1, min(groups, wanted))
    size = -(-groups // parts) * lanes
    return [range(start, min(start + size, candidates)) for start in range(0, candidates, size)]


def runs(keys: Sequence[Key], size: int) -> Iterator[Sequence[Key]]:
    """The keys in runs of a size, of which the last may be shorter."""
    return (keys[start : start + size] for start in range(0, len(keys), max(1, size)))


def score_block(
    task: Task,
    thetas: Floats,
    keys: Sequence[Key],
    dataset: Callable[[Key], Dataset],
    gradients: int = 0,
    device: str = "cpu",
) -> Evaluation:
    """What every engine does with a block, wherever it has been carried; `dataset` makes datasets, or keeps them.

    Raises BlockError for an exception that is the task's.
    """
    try:
        with on_device(device) if gradients or task.in_jax else nullcontext():
            return task.score(thetas, [dataset(key) for key in keys], gradients)
    except (UserError, MemoryError, CancelledError):  # the last: a dataset was let go of, as the run is at its end
        raise
    except Exception as error:
        raise _first_failure(task, thetas, keys, dataset, error) from error


def _first_failure(
    task: Task, thetas: Floats, keys: Sequence[Key], dataset: Callable[[Key], Dataset], error: Exception
) -> BlockError:
    """The first trial of a block that fails by itself; the block's first trial if none does."""
    for key in keys:
        for theta in thetas:
            try:
                task.score(theta[None], [dataset(key)])
            except Exception as alone:
                return _block_error(theta, key, alone)
    return _block_error(thetas[0], keys[0], error)


def _block_error(theta: Floats, key: Key, error: Exception) -> BlockError:
    trace = "".join(traceback.format_exception(error))
    return BlockError(theta, key, f"{type(error).__name__}: {error}".splitlines()[0], trace)
