"""What a person sees of a run while it goes on: a live line on a terminal, plain lines elsewhere."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Protocol

import numpy as np
from rich.live import Live
from rich.text import Text

from plastica.analysis.compare_rules import angles_to_targets
from plastica.conduct import Estimate, Observer, Silent
from plastica.display.lines import console, duration, say
from plastica.kept import Run
from plastica.runs.journal import Record
from plastica.terminal import printable

LINES = 20  # plain lines that a search prints, about
REFRESH_S = 0.2  # between two looks of a live line


class _Printer(Protocol):
    def update(self, line: Callable[[], str], generation: int, last: bool) -> None: ...


@contextmanager
def observer(quiet: bool) -> Iterator[Observer]:
    """What watches a run: nothing if quiet, a live line on a terminal, else a line now and then."""
    if quiet:
        yield Silent()
    elif console.is_terminal:
        with Live(console=console, refresh_per_second=1 / REFRESH_S, transient=False) as live:
            yield _Watcher(_LivePrinter(live))
    else:
        yield _Watcher(_LinePrinter())


class _Watcher:
    """Turns records into lines."""

    def __init__(self, printer: _Printer) -> None:
        self._printer = printer
        self._trials = 0
        self._generations = 0
        self._seconds_before = 0.0  # of earlier processes, when the run was resumed

    def started(self, run: Run, estimate: Estimate) -> None:
        records = run.records()
        self._seconds_before = records[-1]["seconds"] if records else 0.0
        say(
            f"{run.config.task}, seed {run.config.seed}: {estimate.amount}, about "
            f"{duration(estimate.seconds)}, into {run.folder.path}"
        )

    def generation(self, run: Run, record: Record) -> None:
        done, total = record["generation"] + 1, run.config.generations
        if "restarted" in record["search"]:
            say(f"generation {done}: restarted ({record['search']['restarted']})")
        self._trials += sum(record["outcomes"].values())
        self._generations += 1
        elapsed = max(record["seconds"] - self._seconds_before, 1e-3)
        rate, left = self._trials / elapsed, (total - done) * elapsed / self._generations
        self._printer.update(
            lambda: f"{_progress(run, record)}  {rate:,.0f} trials/s  {duration(left)} left", done, done == total
        )

    def held_out(self, run: Run) -> None:
        say(f"evaluating on {run.config.held_out_section.count} held-out datasets")

    def complete(self, run: Run) -> None:
        say(
            f"{run.folder.path} is finished already; for more generations: plastica resume {run.folder.path} "
            "--set generations=N"
        )


def _progress(run: Run, record: Record) -> str:
    loss = np.array(record["loss"][1:] or record["loss"])
    angles = angles_to_targets(run.task, np.array(record["favourite"]))
    parts = [f"generation {record['generation'] + 1}/{run.config.generations}"]
    parts += [f"loss {loss.min():.4g} (median {np.median(loss):.4g})"]
    parts += [f"{connection} {angle:.1f}°" for connection, angle in angles.items()]
    parts += [
        f"{name} {value:.3g}" if isinstance(value, float) else f"{name} {value}"
        for name, value in record["search"].items()
        if name != "restarted"
    ]
    parts += [f"{name} {count}" for name, count in record["outcomes"].items() if count]
    return "  ".join(parts)


class _LivePrinter:
    def __init__(self, live: Live) -> None:
        self._live = live
        self._shown = -REFRESH_S

    def update(self, line: Callable[[], str], generation: int, last: bool) -> None:
        now = time.monotonic()
        if last or now - self._shown >= REFRESH_S:
            self._live.update(Text(printable(line())))
            self._shown = now


class _LinePrinter:
    def __init__(self) -> None:
        self._next = 1

    def update(self, line: Callable[[], str], generation: int, last: bool) -> None:
        if last or generation >= self._next:
            say(line())
            self._next = max(generation + 1, int(generation * (1 + 5 / LINES)))
