"""What happens on a Dask worker: it keeps the task and the datasets, and scores the blocks that are carried to it."""

import multiprocessing
import signal
import threading
import time
from collections.abc import Sequence
from importlib.metadata import version

import cloudpickle
from distributed import WorkerPlugin

from plastica.engines.base import BLOCK_DATASETS, runs, score_block
from plastica.inner.keys import Key
from plastica.python_file import run_texts, texts
from plastica.rules.base import Floats
from plastica.tasks.task import Dataset, Evaluation, Task


class Shelf:
    """A task, and datasets that will be needed again; several threads of a worker may share it."""

    def __init__(self, task: Task) -> None:
        self.task = task
        self._kept: dict[Key, Dataset] = {}
        self._lock = threading.Lock()

    def dataset(self, key: Key, wanted: Sequence[Key]) -> Dataset:
        """The dataset of a key, kept or made anew; afterwards only those are kept that are wanted again."""
        with self._lock:
            found = self._kept.get(key)
        if found is None:
            found = self.task.dataset(key)
        with self._lock:
            self._kept = {k: d for k, d in (*self._kept.items(), (key, found)) if k in wanted}
        return found


_SHELVES: dict[str, Shelf] = {}


class TaskPlugin(WorkerPlugin):
    """Brings a task to every worker, once, also to workers that join or start again later."""

    def __init__(self, name: str, task: Task) -> None:
        self.name = name
        self._pickled = cloudpickle.dumps(task)
        self._texts = {module: text for module, text in texts().items() if module.encode() in self._pickled}
        self._versions = _versions()

    def setup(self, worker: object) -> None:
        """Raises RuntimeError where other versions would compute other numbers."""
        differing = [name for name, wanted in self._versions.items() if _versions()[name] != wanted]
        if differing:
            name = differing[0]
            raise RuntimeError(f"{name} is {_versions()[name]} on a worker, {self._versions[name]} here")
        if multiprocessing.parent_process() and threading.current_thread() is threading.main_thread():
            signal.signal(
                signal.SIGINT, signal.SIG_IGN
            )  # Ctrl-C is the program's, which ends its workers in good order
        run_texts(self._texts)  # of Python files: what the task has of them is pickled by name
        _SHELVES[self.name] = Shelf(cloudpickle.loads(self._pickled))

    def teardown(self, worker: object) -> None:
        _SHELVES.pop(self.name, None)


def _versions() -> dict[str, str]:
    """Of the libraries whose versions may change results."""
    return {library: version(library) for library in ("plastica", "numpy", "scipy", "numba")}


def make(name: str, keys: Sequence[Key], wanted: Sequence[Key]) -> None:
    """Make datasets that are needed soon."""
    for key in keys:
        _SHELVES[name].dataset(key, wanted)


def score(
    name: str, thetas: Floats, keys: Sequence[Key], gradients: int, device: str, wanted: Sequence[Key]
) -> tuple[Evaluation, float]:
    """Score a block, a few datasets at a time; with the seconds that took, but for the making of datasets."""
    shelf = _SHELVES[name]
    making = 0.0

    def dataset(key: Key) -> Dataset:
        nonlocal making
        began = time.perf_counter()
        found = shelf.dataset(key, wanted)
        making += time.perf_counter() - began
        return found

    started = time.perf_counter()
    parts = [keys] if gradients else runs(keys, BLOCK_DATASETS)
    scored = [score_block(shelf.task, thetas, part, dataset, gradients, device) for part in parts]
    return Evaluation.join(scored), time.perf_counter() - started - making
