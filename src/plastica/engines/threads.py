"""The threads of this machine: the kernels release the interpreter's lock."""

import os
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from typing import Literal

from pydantic import Field, NonNegativeInt

from plastica.engines.base import (
    BLOCK_DATASETS,
    Engine,
    EngineSection,
    blocks,
    candidate_blocks,
    lanes_of,
    runs,
    score_block,
)
from plastica.inner.keys import Key
from plastica.inner.one_thread import one_thread
from plastica.rules.base import Floats
from plastica.section import Section
from plastica.tasks.task import Dataset, Evaluation, Task


class Threads(Section):
    """Carry blocks to threads of this process."""

    name: Literal["threads"] = "threads"
    threads: NonNegativeInt = Field(default=0, description="number of threads; 0 is one for each core")
    device: Literal["cpu", "gpu"] = Field(
        default="cpu", description="where JAX computes: exact gradients, and networks that are written in it"
    )

    @property
    def workers_here(self) -> int:
        return self.threads or available_cores()

    @property
    def at_once(self) -> int:
        return 1

    def shared(self) -> AbstractContextManager[EngineSection]:
        return nullcontext(self)

    @contextmanager
    def start(self, task: Task) -> Iterator[Engine]:
        """The engine, for the length of a `with` block; linear algebra runs on one thread meanwhile."""
        workers = self.workers_here
        with one_thread(), ThreadPoolExecutor(workers, thread_name_prefix="plastica") as pool:
            engine = _ThreadsEngine(task, pool, workers, self.device)
            try:
                yield engine
            finally:
                engine.prepare(())  # let go of all datasets: whoever still holds the engine does not hold them
                pool.shutdown(wait=True, cancel_futures=True)


class _ThreadsEngine:
    def __init__(self, task: Task, pool: ThreadPoolExecutor, workers: int, device: str) -> None:
        self._task = task
        self._pool = pool
        self._workers = workers
        self._device = device
        self._kept: dict[Key, Future[Dataset]] = {}
        self._wanted: list[Key] = []

    def evaluate(self, thetas: Floats, keys: Sequence[Key], gradients: int = 0) -> Evaluation:
        """Datasets that only later populations need are made last: while the search thinks, threads are idle. Small
        ones are made at once, or they and the search, both Python for the most part, would hold each other up."""
        is_small = self._task.made_together > 1
        self._make([key for key in self._wanted if is_small or key in keys])
        columns = list(self._blocks(keys, gradients))
        rows = candidate_blocks(len(thetas), len(keys), self._workers, gradients, lanes_of(self._task))
        futures = [
            [self._pool.submit(self._score, thetas[part], block, gradients) for block in columns] for part in rows
        ]
        self._make(self._wanted)
        return Evaluation.stack([Evaluation.join([future.result() for future in row]) for row in futures])

    def prepare(self, keys: Sequence[Key]) -> None:
        self._kept = {key: self._kept[key] for key in keys if key in self._kept}
        self._wanted = [key for key in keys if key not in self._kept]

    def _make(self, keys: Sequence[Key]) -> None:
        made: dict[Key, Future[Dataset]] = {key: Future() for key in keys}
        self._kept |= made
        # Not one by one: threads would wait for each other at every dataset.
        for block in self._blocks(list(made)):
            self._pool.submit(self._fulfil, {key: made[key] for key in block})
        self._wanted = [key for key in self._wanted if key not in self._kept]

    def _blocks(self, keys: Sequence[Key], gradients: int = 0) -> Iterator[Sequence[Key]]:
        """Small datasets in few blocks: what is Python in a block is of one thread at a time."""
        return blocks(keys, self._workers, gradients, max(BLOCK_DATASETS, self._task.made_together))

    def _fulfil(self, promised: dict[Key, Future[Dataset]]) -> None:
        for part in runs(list(promised), self._task.made_together):
            wanted = [key for key in part if self._kept.get(key) is promised[key]]
            for key in set(part) - set(wanted):  # let go of meanwhile
                promised[key].cancel()
            made = self._together(wanted)
            for key in wanted:
                try:
                    promised[key].set_result(made[key] if key in made else self._task.dataset(key))
                except BaseException as error:  # is for who asks for this dataset
                    promised[key].set_exception(error)

    def _together(self, keys: Sequence[Key]) -> dict[Key, Dataset]:
        """Several datasets by their keys; none where one of them fails, and each is to be made by itself."""
        if len(keys) > 1:
            with suppress(Exception):
                return dict(zip(keys, self._task.datasets(keys), strict=True))
        return {}

    def _score(self, thetas: Floats, keys: Sequence[Key], gradients: int) -> Evaluation:
        # A kept dataset was submitted before this block, so some thread already has it in hand: no deadlock.
        kept = self._kept

        def dataset(key: Key) -> Dataset:
            return kept[key].result() if key in kept else self._task.dataset(key)

        return score_block(self._task, thetas, keys, dataset, gradients, self._device)


def available_cores() -> int:
    """Cores that this process may use."""
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:  # not on macOS or Windows
        return os.cpu_count() or 1
