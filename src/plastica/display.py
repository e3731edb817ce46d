"""What a person sees of a run: a live display on a terminal, plain lines elsewhere, and the summary at its end."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Protocol

import numpy as np
from rich.console import Console
from rich.live import Live
from rich.table import Table
from rich.text import Text

from plastica.analysis.ablation import Ablation
from plastica.analysis.compare_rules import SMALL, angles_to_targets
from plastica.conduct import Estimate, Observer, Silent
from plastica.kept import TIME_LIMIT, Run
from plastica.memory import in_words
from plastica.outer.loop import Record
from plastica.terminal import fall_silent, printable

LINES = 20  # plain lines that a search prints, about
WIDE = 1000  # columns of a table that no terminal shows


class _Console(Console):
    """Takes words as they are, and goes on silently when nobody reads any more (`| head`)."""

    def __init__(self, width: int | None = None) -> None:
        super().__init__(highlight=False, markup=False, emoji=False, width=width)

    def on_broken_pipe(self) -> None:
        fall_silent(sys.stdout)


_console = _Console()


def _say(line: str) -> None:
    """One line, however long: a terminal breaks it, a file does not."""
    _console.print(printable(line), soft_wrap=True)


def _add_row(table: Table, *cells: str) -> None:
    table.add_row(*map(printable, cells))


def _show(table: Table) -> None:
    """A table: a terminal folds its cells, a file has room."""
    (_console if _console.is_terminal else _Console(WIDE)).print(table)


class _Printer(Protocol):
    def update(self, line: str, generation: int, last: bool) -> None: ...


@contextmanager
def observer(quiet: bool) -> Iterator[Observer]:
    """What watches a run: nothing if quiet, a live line on a terminal, else a line now and then."""
    if quiet:
        yield Silent()
    elif _console.is_terminal:
        with Live(console=_console, refresh_per_second=5, transient=False) as live:
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
        _say(
            f"{run.config.task}, seed {run.config.seed}: {estimate.trials:,} trials, about "
            f"{_duration(estimate.seconds)}, into {run.folder.path}"
        )

    def generation(self, run: Run, record: Record) -> None:
        done, total = record["generation"] + 1, run.config.generations
        if "restarted" in record["search"]:
            _say(f"generation {done}: restarted ({record['search']['restarted']})")
        self._trials += sum(record["outcomes"].values())
        self._generations += 1
        elapsed = max(record["seconds"] - self._seconds_before, 1e-3)
        rate, left = self._trials / elapsed, (total - done) * elapsed / self._generations
        self._printer.update(
            f"{_progress(run, record)}  {rate:,.0f} trials/s  {_duration(left)} left", done, done == total
        )

    def held_out(self, run: Run) -> None:
        _say(f"evaluating on {run.config.held_out_section.count} held-out datasets")

    def complete(self, run: Run) -> None:
        _say(
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

    def update(self, line: str, generation: int, last: bool) -> None:
        self._live.update(Text(printable(line)))


class _LinePrinter:
    def __init__(self) -> None:
        self._next = 1

    def update(self, line: str, generation: int, last: bool) -> None:
        if last or generation >= self._next:
            _say(line)
            self._next = max(generation + 1, int(generation * (1 + 5 / LINES)))


def print_summary(summary: dict[str, Any]) -> None:
    """The end of a run, in a few lines."""
    _say(f"{summary['task']}, seed {summary['seed']}: {summary['status']} ({summary['reason']})")
    for connection, formula in summary["equation"].items():
        constants = ", ".join(f"{name} = {value}" for name, value in summary["constants"][connection].items())
        whole = f"{summary['change'][connection]} = {formula}{' ; ' if constants else ''}{constants}"
        _say(f"  {connection}: {whole}{_remark(summary, connection)}")
    trials = ", ".join(f"{count:,} {name}" for name, count in summary["outcomes"].items() if count)
    _say(f"  {summary['generations']} generations in {_duration(summary['seconds'])}; trials: {trials or 'none'}")
    if summary["held_out"]:
        print_held_out(summary["held_out"])
    _say(f"  {summary['folder']}")
    if summary["reason"] == TIME_LIMIT:
        _say(f"  there is more to do; go on with: plastica resume {summary['folder']}")


def _remark(summary: dict[str, Any], connection: str) -> str:
    """How near a rule is to the known one, and what its formula leaves out."""
    angle, left_out = summary["angle_deg"].get(connection), summary["equation_left_out"][connection]
    remarks = [f"{angle:.1f}° from the known rule"] if angle is not None else []
    if left_out["terms"]:
        terms = _counted(left_out["terms"], "term")
        remarks += [f"{terms} under {100 * SMALL:g} % left out, {100 * left_out['share_of_norm']:.2g} % of the norm"]
    return f"   ({'; '.join(remarks)})" if remarks else ""


def print_held_out(held_out: dict[str, Any]) -> None:
    """The learned rule beside its baselines, on datasets that no search has seen."""
    title = f"loss on {held_out['datasets']} held-out datasets (s.e. and +-: a standard error over datasets)"
    table = Table(title=title, title_justify="left", box=None)
    table.add_column("rule")
    for name in ("loss", "s.e.", "median", "learned - this", "trials"):
        table.add_column(name, justify="right")
    for name, row in held_out["details"].items():
        paired = held_out.get("difference", {}).get(name)
        difference = f"{paired['mean']:.2g} +- {paired['standard_error']:.2g}" if paired else ""
        outcomes = ", ".join(f"{count:,} {outcome}" for outcome, count in row["outcomes"].items() if count)
        numbers = (f"{row[key]:.4g}" for key in ("loss", "standard_error", "median"))
        _add_row(table, name.replace("_", " "), *numbers, difference, outcomes)
    _show(table)


def print_ablation(ablation: Ablation) -> None:
    """Every term, the most important first."""
    table = Table(
        title=f"held-out loss without a term (whole rule: {ablation.whole:.4g})", title_justify="left", box=None
    )
    table.add_column("term")
    for name in ("loss", "increase", "s.e."):
        table.add_column(name, justify="right")
    for name, *numbers in ablation.ranked():
        _add_row(table, name, *(f"{number:.4g}" for number in numbers))
    _show(table)


def print_comparison(rows: list[dict[str, Any]]) -> None:
    """A line for each run."""
    table = Table(box=None)
    for name in ("run", "task", "search"):
        table.add_column(name)
    for name in ("loss", "held-out loss", "angle", "trials", "seconds"):
        table.add_column(name, justify="right")
    table.add_column("folder")
    for row in rows:
        losses = ("-" if row[key] is None else f"{row[key]:.4g}" for key in ("loss", "held_out"))
        angle = ", ".join(f"{degrees:.1f}°" for degrees in row["angle_deg"].values()) or "-"
        spent = (f"{row['trials']:,}", f"{row['seconds']:.1f}")
        _add_row(table, row["name"], row["task"], row["search"], *losses, angle, *spent, row["folder"])
    _show(table)


def print_plan(plan: dict[str, Any]) -> None:
    """What was measured, what was computed from it, and a table of how long on how many cores."""
    candidates, measured, trials = plan["candidates"], plan["measured"], plan["trials"]
    each = measured["group_s"] / candidates["lanes"]
    _say(
        f"{plan['task']}: {plan['generations']:,} generations x {candidates['later']} candidates x "
        f"{plan['datasets']} datasets"
    )
    if plan["here"]:
        here = plan["here"]
        threads, time = _counted(here["threads"], "thread"), _duration(here["seconds"])
        _say(f"  on this machine, with {threads}: about {time}, and {in_words(here['memory_bytes'])} of memory")
    _say(f"  trials: {trials['search']:,} of the search, at most; {trials['held_out']:,} held out")
    _say(
        f"  measured here, on one thread: {each:.2g} s a trial (with all {candidates['lanes']} lanes in use), "
        f"{measured['dataset_s']:.2g} s to make a dataset of {in_words(measured['dataset_bytes'])}, "
        f"{measured['search_s']:.2g} s of the search in a generation, "
        f"{in_words(measured['process_bytes'])} for a process"
    )
    here, price = plan["here"], f"{plan['scheduling_s']:g} s a block"
    computed = f"  computed: {plan['core_hours']:.2g} core-hours"
    _say(computed if here else f"{computed}; on more cores than one, {price}")
    if here:
        _say(f"  on a Dask cluster (engine.name=dask), with {price} on more cores than one:")
    table = Table(box=None)
    for name in ("cores", "of use", "time", "speed-up", "memory of a worker"):
        table.add_column(name, justify="right")
    for row in plan["cores"]:
        speedup = plan["cores"][0]["seconds"] / row["seconds"]
        numbers = f"{row['cores']:,}", f"{row['used']:,}", _duration(row["seconds"]), f"{speedup:.3g} x"
        _add_row(table, *numbers, in_words(row["memory_per_worker_bytes"]))
    _console.print(table)
    useful = plan["useful_cores"]
    _say(
        f"  more than {_counted(useful, 'core')} hardly {'helps' if useful == 1 else 'help'}: a generation has "
        f"{_counted(plan['datasets'], 'dataset')}, and the smallest block is one dataset with sixteen candidates; "
        "held-out datasets are many, but come once"
    )


def _counted(count: int, thing: str) -> str:
    return f"{count:,} {thing}{'' if count == 1 else 's'}"


def print_figures(figures: dict[str, Any], indent: str = "") -> None:
    """Nested numbers, one a line."""
    for name, value in figures.items():
        if isinstance(value, dict):
            _say(f"{indent}{name}")
            print_figures(value, indent + "  ")
        else:
            _say(f"{indent}{name}: {value:.4g}" if isinstance(value, float) else f"{indent}{name}: {value}")


def _duration(seconds: float) -> str:
    if seconds < 10:
        return f"{seconds:.2g} s"
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"
