"""What carrying costs: seconds a generation on threads and on a local Dask cluster, taking turns, on as many cores.

    python benchmarks/engines.py [task] [cores] [turns]

A turn is some generations of the task's default search, on each engine in the same state of the search; the first turn
warms up. Prints the median over turns of each and of their ratio.
"""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np

from plastica.config import load
from plastica.engines import Dask, Threads
from plastica.engines.base import EngineSection
from plastica.inner.keys import Key
from plastica.outer.loop import OuterLoop

GENERATIONS = 10


@contextmanager
def search_on(section: EngineSection, name: str) -> Iterator[OuterLoop]:
    config = load(name)
    task = config.composed
    with section.start(task) as engine:
        search = config.search_section.start(task.space, Key(config.seed, "initial").generator())
        yield OuterLoop(task, search, engine, config.seed)


def turn(loop: OuterLoop) -> float:
    """Seconds a generation."""
    started = time.perf_counter()
    for _ in loop.run(loop.generation + GENERATIONS):
        pass
    return (time.perf_counter() - started) / GENERATIONS


def main(name: str = "inhibitory-balance", cores: str = "2", turns: str = "8") -> None:
    threads, dask = Threads(threads=int(cores)), Dask(workers=int(cores))
    with search_on(threads, name) as one, search_on(dask, name) as other:
        measured = np.array([(turn(one), turn(other)) for _ in range(int(turns) + 1)])[1:]
    ratio = measured[:, 1] / measured[:, 0]
    print(f"{name}, {cores} cores, seconds a generation (median of {turns} turns of {GENERATIONS} generations)")
    print(f"threads {np.median(measured[:, 0]):.4f}   dask {np.median(measured[:, 1]):.4f}")
    print(f"dask / threads {np.median(ratio):.3f} (from {ratio.min():.3f} to {ratio.max():.3f})")


if __name__ == "__main__":
    main(*sys.argv[1:])
