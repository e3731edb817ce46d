"""How long a run will take, on one core and on many: a few blocks are timed, all else is arithmetic."""

import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import count
from math import ceil
from typing import Any

import numpy as np

from plastica.analysis.held_out import evaluate_held_out
from plastica.config import Config, load
from plastica.engines.base import TIMED_ALONE, TIMED_DATASETS, block_size, candidate_blocks, lanes_of
from plastica.engines.threads import Threads
from plastica.errors import UserError
from plastica.inner.keys import Key
from plastica.inner.lanes import LANES
from plastica.inner.one_thread import one_thread
from plastica.memory import check_bytes, need_of
from plastica.outer.loop import tell
from plastica.outer.sample import Sample
from plastica.rules.base import Floats
from plastica.tasks import Evaluation, Preset, Task

CORES = (1, 16, 128, 1024)
SCHEDULING_S = 3e-3  # that a scheduler spends on a block (benchmarks/scaling.py); one core needs none
TIMED_GENERATIONS = 4  # the first ones compile and load
ALMOST = 1.05  # more cores that would make a run no faster than this are of no use


@dataclass(frozen=True)
class Measured:
    """Processor seconds of one thread, and bytes: a group of candidates on one dataset, a dataset, a search's own work
    in a generation; a dataset, and a process without any. `lanes`: candidates in a group."""

    group_s: float
    dataset_s: float
    search_s: float
    dataset_bytes: int
    process_bytes: int
    lanes: int = LANES


@dataclass(frozen=True)
class Call:
    """A population that an engine evaluates, so many times over; `made` is how many datasets are made each time: ahead,
    beside other work, or else by the block that needs them."""

    candidates: int
    datasets: int
    times: int = 1
    gradients: int = 0
    made: float = 0.0
    ahead: bool = False

    @property
    def trials(self) -> int:
        return self.candidates * self.datasets * self.times

    def seconds(self, measured: Measured, cores: int, on_cluster: bool = True) -> float:
        """Each core has its share of whole blocks, which may hold a part of the candidates; and in all no more work can
        be done than the cores can do. On a cluster a block has its price."""
        size = min(self.datasets, block_size(self.datasets, cores, self.gradients))
        together = candidate_blocks(self.candidates, self.datasets, cores, self.gradients, measured.lanes)
        parts = ceil(self.datasets / size) * len(together)
        score, make = ceil(self.candidates / measured.lanes) * measured.group_s, measured.dataset_s
        block = ceil(len(together[0]) / measured.lanes) * measured.group_s + (0.0 if self.ahead else make)
        rounds = ceil(parts / cores) * min(size, self.datasets) * block
        work = self.datasets * score + self.made * make
        scheduling = parts * SCHEDULING_S if on_cluster and cores > 1 else 0.0
        return self.times * max(rounds + scheduling, work / cores)


def plan(task: str | Preset, settings: Mapping[str, Any] | None = None, trust: bool = False) -> dict[str, Any]:
    """What a run of a task (as `plastica.run` takes it) amounts to, as plain data; nothing is written.

    trials: of the search, at most, without restarts and with all datasets in each generation, and of the held-out
    evaluation; measured: on one thread of this machine; here: with the threads of the config's engine, None for any
    other engine; cores, of a cluster: for each number of cores the seconds, how many of them to use (`used`: fewer may
    be faster, since smaller blocks cost the scheduler more), and the memory of a worker.
    """
    config = load(task, settings, trust)
    _check_memory(config)
    try:
        measured, sizes, gradients = _measure(config)
    except (UserError, MemoryError):
        raise
    except Exception as error:  # of a user's own part
        message = " ".join(f"{type(error).__name__}: {error}".split())
        raise UserError(f"a trial failed ({message}): mend the task or the rule that it is of") from error
    search = _search_calls(config, sizes, gradients)
    held_out, datasets = _held_out_calls(config), config.composed.data.count

    def seconds(cores: int, on_cluster: bool = True) -> float:
        first = ceil(datasets / cores) * measured.dataset_s
        calls = sum(call.seconds(measured, cores, on_cluster) for call in (*search, *held_out))
        return first + calls + config.generations * measured.search_s

    times = [seconds(cores) for cores in range(1, max(CORES) + 1)]
    engine = config.engine_section
    threads = engine.workers_here if isinstance(engine, Threads) else 0
    return {
        "task": config.task,
        "generations": config.generations,
        "candidates": {"first": sizes[0], "later": sizes[1], "lanes": measured.lanes},
        "datasets": datasets,
        "first_datasets": Sample(config.first_datasets, datasets).count,
        "trials": {"search": sum(c.trials for c in search), "held_out": sum(c.trials for c in held_out)},
        "measured": asdict(measured),
        "scheduling_s": SCHEDULING_S,
        "here": _here(config, measured, threads, seconds(threads, on_cluster=False)) if threads else None,
        "core_hours": times[0] / 3600,
        "cores": [_row(config, measured, times, cores) for cores in CORES],
        "useful_cores": next(n for n in count(1) if times[n - 1] <= ALMOST * min(times)),
    }


def _check_memory(config: Config) -> None:
    """Of the datasets that are timed here; the run itself may go to a larger machine."""
    footprint, count = config.composed.footprint, min(TIMED_DATASETS, config.composed.data.count)
    working = max(footprint.making - footprint.dataset, count * footprint.scoring)
    check_bytes(config, count * footprint.dataset + working)


def _here(config: Config, measured: Measured, threads: int, seconds: float) -> dict[str, Any]:
    need = need_of(config, threads)
    memory = measured.process_bytes + need.kept + threads * need.working
    return {"threads": threads, "seconds": seconds, "memory_bytes": memory}


def _row(config: Config, measured: Measured, times: Sequence[float], cores: int) -> dict[str, Any]:
    used = int(np.argmin(times[:cores])) + 1
    need = need_of(config, used)
    memory = measured.process_bytes + ceil(need.kept / used) + need.working
    return {"cores": cores, "used": used, "seconds": times[used - 1], "memory_per_worker_bytes": memory}


def _measure(config: Config) -> tuple[Measured, list[int], int]:
    """The first generations of the search on a few of its datasets; also how many candidates each generation has, and
    at how many of them the search asks for exact gradients. Where a network simulates candidates one by one, which may
    take long, the first few count for all.

    Random rules may explode early, which is cheap; without plasticity every trial takes its whole length. The slower of
    the two counts.
    """
    task = config.composed
    keys = task.keys(config.seed, "search", task.data.count)[:TIMED_DATASETS]
    search = config.search_section.begin(task.space, Key(config.seed, "initial").generator())
    lanes = lanes_of(task)
    sizes: list[int] = []
    searches: list[float] = []
    scores: list[float] = []

    def score(thetas: Floats, gradients: int) -> Evaluation:
        """The search hears of all its candidates, which here do as the first ones did."""
        few = thetas[:TIMED_ALONE] if lanes == 1 else thetas
        began = time.process_time()
        evaluation = task.score(few, datasets, gradients)
        scores.append((time.process_time() - began) / ceil(len(few) / lanes) / len(datasets))
        return evaluation.of(np.arange(len(thetas)) % len(few)) if len(few) < len(thetas) else evaluation

    with one_thread():
        task.dataset(keys[0])  # compiles
        began = time.process_time()
        datasets = [task.dataset(key) for key in keys]
        making = time.process_time() - began
        for _ in range(TIMED_GENERATIONS):
            began = time.process_time()
            thetas, gradients = search.ask(), search.gradients
            asking = time.process_time() - began
            evaluation = score(thetas, gradients)
            began = time.process_time()
            tell(search, evaluation)
            searches.append(asking + time.process_time() - began)
            sizes.append(len(thetas))
        score(np.tile(task.space.zero, (sizes[-1], 1)), gradients)
    nbytes = datasets[0].nbytes
    process = max(0, _peak_bytes() - len(keys) * nbytes)
    return Measured(max(scores[2:]), making / len(keys), searches[-1], nbytes, process, lanes), sizes, gradients


def _search_calls(config: Config, sizes: Sequence[int], gradients: int) -> list[Call]:
    """Its first generation, which may be of another size, and all the others."""
    data = config.composed.data
    made = data.count / data.refresh
    first = Call(sizes[0], data.count, 1, 0, made, ahead=True)
    return [first, Call(sizes[1], data.count, config.generations - 1, gradients, made, ahead=True)]


def _held_out_calls(config: Config) -> list[Call]:
    """What the final evaluation asks for, whatever the losses are."""
    asked = _Asked()
    task: Task = config.composed
    evaluate_held_out(task, task.space.zero, config.seed, config.held_out_section, asked)
    return asked.calls


class _Asked:
    """Notes what it is asked to evaluate; datasets that were announced are made with the first call that needs them."""

    def __init__(self) -> None:
        self.calls: list[Call] = []
        self._kept: set[Key] = set()

    def prepare(self, keys: Sequence[Key]) -> None:
        self._kept = set()

    def evaluate(self, thetas: Floats, keys: Sequence[Key]) -> Evaluation:
        made = len(set(keys) - self._kept)
        self.calls.append(Call(len(thetas), len(keys), made=made, ahead=not made))
        self._kept |= set(keys)
        none = np.zeros((len(thetas), len(keys)))
        return Evaluation(none + np.arange(len(thetas))[:, None], none.astype(np.int8))


def _peak_bytes() -> int:
    """The most memory that this process has held so far; 0 where the system does not say."""
    try:
        import resource
    except ImportError:  # Windows
        return 0
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)
