"""Whether this machine has the memory that a run needs: arithmetic before it begins, instead of an end in swapping."""

import os
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from math import ceil
from pathlib import Path

from plastica.config import Config
from plastica.engines.base import BLOCK_DATASETS, EngineSection
from plastica.errors import Caution, UserError

TIGHT = 0.8  # share of what is available from which a run is warned of
HELD_OUT_TRIAL = 64  # bytes of its loss, outcome and metrics
OTHER_RULES = 10  # held-out rules beside the random ones
UNITS = ((1e15, "PB"), (1e12, "TB"), (1e9, "GB"), (1e6, "MB"))


@dataclass(frozen=True)
class Need:
    """Bytes: of all datasets in use in a generation and of the next ones; and what each worker needs besides."""

    kept: int
    working: int


def need_of(config: Config, workers: int) -> Need:
    """What a run takes. A worker makes a dataset or scores a block, at the end both; and there are results."""
    task, held_out = config.composed, config.held_out_section
    footprint, rules = task.footprint, held_out.random_rules + OTHER_RULES
    making = footprint.making - footprint.dataset
    block = min(max(BLOCK_DATASETS, task.made_together), ceil(held_out.count / workers))
    scoring = block * (footprint.scoring + rules * footprint.trial)
    results = held_out.count * rules * (HELD_OUT_TRIAL + footprint.trial // 8)
    working = max(making, scoring) + block * footprint.dataset + ceil(results / workers)
    return Need(2 * task.data.count * footprint.dataset, working)


def check_memory(config: Config, engine: EngineSection, runs: int = 1) -> None:
    """Raise UserError where a run needs more memory than this machine has available, and warn where it is tight; the
    same for several such `runs` at a time."""
    if workers := engine.workers_here:
        need = need_of(config, workers)
        check_bytes(config, runs * need.kept + workers * need.working)


def check_bytes(config: Config, needed: int) -> None:
    """The same for a number of bytes that is needed beside what this process has already."""
    available = available_bytes()
    if available is None or needed <= TIGHT * available:
        return
    counts = f"data.count = {config.composed.data.count}", f"held_out.count = {config.held_out_section.count}"
    keys = ", ".join((*config.composed.footprint.grows_with, *counts))
    need = f"{keys}: about {in_words(needed)} of memory are needed, and {in_words(available)} are available here"
    if needed > available:
        raise UserError(f"{need}: make one of them smaller, or use a larger machine")
    warnings.warn(f"{need}, which is tight: smaller numbers are safer", Caution, stacklevel=3)


def available_bytes(root: Path = Path("/")) -> int | None:
    """Memory that this process could still have, also by the limits of its control groups; None where nobody says."""
    found = [*_of_machine(root), *_of_control_groups(root)]
    return max(0, min(found)) if found else None


def _of_machine(root: Path) -> Iterator[int]:
    try:
        lines = (root / "proc/meminfo").read_text().splitlines()
        yield next(1024 * int(line.split()[1]) for line in lines if line.startswith("MemAvailable:"))
    except (OSError, StopIteration):  # not Linux: all that is installed
        try:
            yield os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
        except (AttributeError, ValueError, OSError):
            return


def _of_control_groups(root: Path) -> Iterator[int]:
    """What is left of each limit, from this process's group up: version 2 has one tree, version 1 one for memory."""
    try:
        lines = (root / "proc/self/cgroup").read_text().splitlines()
    except OSError:
        return
    for line in lines:
        _, controllers, group = line.split(":", 2)
        if controllers == "":
            top, names = root / "sys/fs/cgroup", ("memory.max", "memory.current", "inactive_file ")
        elif "memory" in controllers.split(","):
            names = ("memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file ")
            top = root / "sys/fs/cgroup/memory"
        else:
            continue
        folder = top / group.lstrip("/")
        for one in (folder, *folder.parents):
            if one == top or top in one.parents:
                yield from _left(one, *names)


def _left(folder: Path, limit: str, used: str, reclaimable: str) -> Iterator[int]:
    """Of one group, unless it has no limit ("max", or more than there is memory anywhere); its file cache gives way."""
    try:
        most = int((folder / limit).read_text())
        if most >= 2**60:
            return
        now, stat = int((folder / used).read_text()), (folder / "memory.stat").read_text().splitlines()
    except (OSError, ValueError):
        return
    yield most - now + sum(int(line.split()[1]) for line in stat if line.startswith(reclaimable))


def in_words(nbytes: float) -> str:
    """A size as a person reads it: "2.1 GB"."""
    size, unit = next(((size, unit) for size, unit in UNITS if nbytes >= size), UNITS[-1])
    return f"{nbytes / size:,.3g} {unit}"
