"""How far a cluster goes: the scheduler's own time for many blocks, and the spiking search on 1 and on 2 workers.

    python benchmarks/scaling.py [blocks]

The first table simulates blocks (100,000 by default) that do nothing: what is left is what the scheduler and the
workers spend on carrying one, with the population and the losses of a real one on the way; memory is that of program
and scheduler, which share a process here, and counts both rows. The second table runs generations of the default
spiking search on 1 and on 2 workers, and on as many threads: what threads do not gain, the machine does not have.
"""

import os
import sys
import time

import numpy as np
import psutil
from distributed import Client, LocalCluster
from engines import search_on, turn

from plastica.engines import Dask, Threads
from plastica.engines.base import EngineSection
from plastica.inner.keys import Key
from plastica.inner.outcome import Outcome
from plastica.tasks.task import Evaluation

CANDIDATES, PARAMETERS, DATASETS = 14, 6, 5
GENERATION = 1000  # blocks that are on their way together


def nothing(thetas: np.ndarray, keys: list[Key]) -> tuple[Evaluation, float]:
    """A block of no work: population in, evaluation out."""
    loss = np.zeros((len(thetas), len(keys)))
    return Evaluation(loss, np.full(loss.shape, Outcome.OK, dtype=np.int8), {"rate_hz": loss}), 0.0


def carry(client: Client, blocks: int) -> float:
    """Seconds a block."""
    thetas, keys = np.zeros((CANDIDATES, PARAMETERS)), [Key(1, "search", 0, i) for i in range(DATASETS)]
    started = time.perf_counter()
    for _ in range(blocks // GENERATION):
        client.gather([client.submit(nothing, thetas, keys, pure=False) for _ in range(GENERATION)])
    return (time.perf_counter() - started) / blocks


def main(blocks: str = "100000") -> None:
    process = psutil.Process(os.getpid())
    print("| workers | blocks | milliseconds a block | memory (MB) |")
    print("|---|---|---|---|")
    for workers in (1, 2):
        with (
            LocalCluster(workers, threads_per_worker=1, host="127.0.0.1", dashboard_address="127.0.0.1:0") as cluster,
            Client(cluster, set_as_default=False) as client,
        ):
            carry(client, GENERATION)
            each = carry(client, int(blocks))
        print(f"| {workers} | {int(blocks):,} | {1e3 * each:.2f} | {process.memory_info().rss / 1e6:.0f} |", flush=True)
    print("\n| workers | Dask, seconds a generation | threads |")
    print("|---|---|---|")
    for workers in (1, 2):
        print(f"| {workers} | {generation(Dask(workers=workers)):.3f} | {generation(Threads(threads=workers)):.3f} |")


def generation(section: EngineSection) -> float:
    """Seconds a generation of the default spiking search."""
    with search_on(section, "inhibitory-balance") as loop:
        return float(np.median([turn(loop) for _ in range(6)][1:]))


if __name__ == "__main__":
    main(*sys.argv[1:])
