"""The engine on a Dask client: blocks go out, evaluations come back, lost workers cost a retry."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import CancelledError
from contextlib import contextmanager, suppress
from typing import Any
from uuid import uuid4

from distributed import Client, Future, KilledWorker, wait

from plastica.engines import dask_worker
from plastica.engines.base import GRADIENT_DATASETS, candidate_blocks, lanes_of, runs
from plastica.errors import UserError
from plastica.inner.keys import Key
from plastica.rules.base import Floats
from plastica.tasks.task import Evaluation, Task

BLOCK_S = 1.0  # seconds that a block takes, about, where there is enough for all workers
ATTEMPTS = 10  # times that a block is given to the cluster again after its scheduler gave up on it
POLL_S = 1.0  # seconds between two looks at the scheduler while waiting

Submit = Callable[[], Future]


class DaskEngine:
    """Bound to one task, which it brings to all workers; only thetas, keys and evaluations travel with blocks.

    A dataset has a preferred worker, which keeps it; any other can make it, too. A block takes about a second, or less
    where all workers could not have one otherwise; with more workers than datasets, groups of candidates are blocks of
    their own. None of this changes a bit of the result: trials know nothing of each other.
    """

    def __init__(self, task: Task, client: Client, timeout_s: float, device: str, patient: bool) -> None:
        self._client, self._timeout_s, self._device, self._patient = client, timeout_s, device, patient
        self._scheduler: Any = client.scheduler
        self._name = f"plastica-{uuid4().hex}"
        self._made: dict[Key, Future] = {}
        self._last: list[Future] = []
        self._seconds_per_trial = 0.0
        self._known: list[str] = []  # addresses of workers; one that is gone or new since is no harm
        self._is_warm, self._is_lost = False, False
        self._lanes = lanes_of(task)
        with self._answering():
            self._workers()
            self._bring(task)

    def _bring(self, task: Task) -> None:
        try:
            self._ask(self._client.register_plugin, dask_worker.TaskPlugin(self._name, task), name=self._name)
        except (OSError, TimeoutError):
            raise
        except Exception as error:
            raise UserError(
                f"the workers of the Dask cluster cannot take the task ({type(error).__name__}: {error}): install the "
                "same versions of plastica and its libraries there (constraints.txt)"
            ) from None

    def evaluate(self, thetas: Floats, keys: Sequence[Key], gradients: int = 0) -> Evaluation:
        with self._answering():
            workers = self._known or self._workers()
            if not self._is_warm:  # one worker compiles the kernels into the cache on the disk that all others read
                self._results([self._block(thetas[-1:], keys[:1], gradients, workers[0])])
                self._is_warm = True
            rows = candidate_blocks(len(thetas), len(keys), len(workers), gradients, self._lanes)
            size = self._block_size(len(rows[0]), len(keys), len(workers), gradients)
            columns = list(runs(keys, size))
            owners = _owners(keys, workers)
            jobs = [self._block(thetas[part], block, gradients, owners[block[0]]) for part in rows for block in columns]
            results = self._results(jobs)
        scored = [evaluation for evaluation, _ in results]
        self._seconds_per_trial = sum(seconds for _, seconds in results) / (len(thetas) * len(keys))
        parts = [Evaluation.join(scored[k : k + len(columns)]) for k in range(0, len(scored), len(columns))]
        return Evaluation.stack(parts)

    def prepare(self, keys: Sequence[Key]) -> None:
        self._made = {key: future for key, future in self._made.items() if key in keys}
        missing = [key for key in keys if key not in self._made]
        if not missing:
            return
        with self._answering():
            workers = self._workers()
            owners = _owners(keys, workers)
            for worker in workers:
                own = [key for key in missing if owners[key] == worker]
                if own:
                    future = self._submit(dask_worker.make, own, list(keys), worker=worker, priority=-1)
                    self._made |= dict.fromkeys(own, future)

    def close(self) -> None:
        """Let go of the task and all datasets, unless nobody is there to hear it."""
        if self._is_lost:
            return
        with suppress(Exception):
            self._client.cancel(list(self._made.values()))
            self._made, self._last = {}, []
            self._ask(self._client.unregister_worker_plugin, self._name)

    def _block_size(self, candidates: int, datasets: int, workers: int, gradients: int) -> int:
        """Datasets in a block."""
        if gradients:
            return GRADIENT_DATASETS
        share = -(-datasets // workers)
        seconds = self._seconds_per_trial * candidates
        return share if not seconds else max(1, min(share, round(BLOCK_S / seconds)))

    def _block(self, thetas: Floats, keys: Sequence[Key], gradients: int, worker: str) -> Submit:
        wanted = list(self._made)
        return lambda: self._submit(
            dask_worker.score, thetas, list(keys), gradients, self._device, wanted, worker=worker, priority=0
        )

    def _submit(self, function: Callable[..., Any], *arguments: Any, worker: str, priority: int) -> Future:
        return self._client.submit(
            function, self._name, *arguments,
            workers=[worker], allow_other_workers=True, priority=priority, pure=False,
        )  # fmt: skip

    def _ask(self, method: Callable[..., Any], *arguments: Any, **named: Any) -> Any:
        """What a method of the client answers within the time: by itself it waits for a mute scheduler without end."""
        return self._client.sync(method, *arguments, **named, callback_timeout=self._timeout_s)

    def _results(self, jobs: Sequence[Submit]) -> list[Any]:
        """The results of all jobs, in their order, whatever the order in which they come."""
        futures = [job() for job in jobs]
        self._last = futures  # those before are let go only now: the message that says so would have delayed these
        for _ in range(ATTEMPTS):
            stranded = self._wait(futures)
            lost = [k for k, future in enumerate(futures) if future.key in stranded or _is_killed(future)]
            if not lost:
                return self._ask(self._client.gather, futures)
            for k in lost:
                futures[k] = jobs[k]()
        raise UserError(
            f"a block of candidates was lost with its worker {ATTEMPTS} times over: workers crash, or need more memory "
            "than they have; mend that, then resume the run"
        )

    def _wait(self, futures: Sequence[Future]) -> set[Any]:
        """Until all have ended, well or not, for as long as the scheduler answers; or until no worker has some of them,
        whose keys it returns: the scheduler gives what it got while there was none to none that comes."""
        while True:
            try:
                with self._client.as_current():
                    wait(futures, timeout=POLL_S)
            except TimeoutError:
                if stranded := self._without_worker(futures):
                    return stranded
            else:
                return set()

    def _without_worker(self, futures: Sequence[Future]) -> set[Any]:
        """The keys of those that have not ended, and that no worker has."""
        self._workers()
        kept = self._client.sync(self._scheduler.processing, workers=None, callback_timeout=self._timeout_s)
        return {future.key for future in futures if not future.done()} - {key for keys in kept.values() for key in keys}

    def _workers(self) -> list[str]:
        """Addresses of all workers, in a fixed order; waits for one, for as long as the scheduler answers."""
        while not (found := self._client.sync(self._scheduler.ncores, callback_timeout=self._timeout_s)):
            try:
                self._client.wait_for_workers(1, timeout=self._timeout_s)
            except TimeoutError:
                if not self._patient:
                    raise
        self._known = sorted(found)
        return self._known

    @contextmanager
    def _answering(self) -> Iterator[None]:
        """Turn whatever distributed raises when nobody answers into a sentence."""
        try:
            yield
        except (OSError, TimeoutError, CancelledError) as error:
            self._is_lost = True
            raise UserError(
                f"the Dask scheduler, or all of its workers, have not answered for {self._timeout_s:g} s "
                f"({type(error).__name__}): all generations before this one are kept; resume the run when they are "
                "back, or on another engine: plastica resume DIR --set engine.name=threads"
            ) from None


def _is_killed(future: Future) -> bool:
    """Whether the workers that had a job were killed."""
    return future.status == "error" and isinstance(future.exception(), KilledWorker)


def _owners(keys: Sequence[Key], workers: Sequence[str]) -> dict[Key, str]:
    """The preferred worker of each key: those of one draw are spread over all workers, neighbours together."""
    draws: dict[tuple, list[Key]] = {}
    for key in keys:
        draws.setdefault((key.seed, key.purpose, key.generation), []).append(key)
    return {
        key: workers[position * len(workers) // len(draw)]
        for draw in draws.values()
        for position, key in enumerate(draw)
    }
