"""How a run is conducted: search, keep the journal, obey signals, and evaluate what was found."""

import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from typing import Protocol

import numpy as np

from plastica.analysis.held_out import evaluate_held_out
from plastica.analysis.theories import theory
from plastica.config import Config
from plastica.engines.base import TIMED_ALONE, TIMED_DATASETS, BlockError, Engine, EngineSection, lanes_of
from plastica.errors import UserError
from plastica.inner.keys import Key
from plastica.interruption import Interruption, interruptions
from plastica.kept import TIME_LIMIT, Run
from plastica.outer.base import Search
from plastica.outer.loop import OuterLoop, favourite
from plastica.outer.sample import Sample
from plastica.runs.journal import Record
from plastica.terminal import printable


@dataclass(frozen=True)
class Estimate:
    """How much there is to do: trials of the search that remain, and about how many seconds they take; at most so many
    where a search begins with few datasets."""

    trials: int
    seconds: float
    at_most: bool = False

    @property
    def amount(self) -> str:
        """The trials in words."""
        return f"{'at most ' if self.at_most else ''}{self.trials:,} trials"


class Observer(Protocol):
    """What a program may want to hear of a run while it is going on."""

    def started(self, run: Run, estimate: Estimate) -> None: ...

    def generation(self, run: Run, record: Record) -> None: ...

    def held_out(self, run: Run) -> None: ...

    def complete(self, run: Run) -> None: ...


class Silent:
    """Hears everything and says nothing."""

    def started(self, run: Run, estimate: Estimate) -> None:
        """Before the first generation."""

    def generation(self, run: Run, record: Record) -> None:
        """After each generation, when its record is kept."""

    def held_out(self, run: Run) -> None:
        """Before the final evaluation."""

    def complete(self, run: Run) -> None:
        """In place of all else, where the search came to its own end before."""


def conduct(run: Run, max_seconds: float | None, observer: Observer, engine: EngineSection | None = None) -> Run:
    """Raises KeyboardInterrupt, with the command that goes on, when the run was interrupted and all of it is kept."""
    with run.folder.locked():
        records = run.repaired()
        if run.is_complete:
            observer.complete(run)
            return run
        run.folder.discard_result()
        run.folder.state("running", "")
        go_on = f"interrupted; go on with: plastica resume {run.folder.path}"
        with interruptions(printable(f"plastica: {go_on}")) as interruption:
            try:
                with (engine or run.config.engine_section).start(run.task) as started:
                    reason = _search_and_evaluate(run, records, max_seconds, observer, interruption, started)
                run.folder.state("finished", reason)
            except KeyboardInterrupt as stop:
                by = interruption.signal or str(stop) or "the program itself"
                run.folder.state("interrupted", f"stopped by {by}")
                raise KeyboardInterrupt(go_on) from None
            except BlockError as failure:
                raise _noted(run, failure) from None
            except UserError as error:
                with suppress(UserError):  # where even this cannot be written
                    run.folder.state("interrupted", str(error))
                raise
    return run


def _noted(run: Run, failure: BlockError) -> UserError:
    """Keep the trial at which the task itself failed, and say so in a sentence."""
    theta = {
        name: value if np.isfinite(value) else repr(value)
        for name, value in zip(run.task.space.names, failure.theta.tolist(), strict=True)
    }
    note = {"error": failure.error, "theta": theta, "key": asdict(failure.key), "trace": failure.trace}
    run.folder.write_failure(note)
    run.folder.state("interrupted", f"a trial failed: {failure.error}")
    return UserError(
        f"a trial failed ({failure.error}): its theta and dataset are in {run.folder.failure}; mend what fails, then "
        f"go on with: plastica resume {run.folder.path}"
    )


def _search_and_evaluate(
    run: Run,
    records: Sequence[Record],
    max_seconds: float | None,
    observer: Observer,
    interruption: Interruption,
    engine: Engine,
) -> str:
    config, task = run.config, run.task
    search = start(config)
    loop = OuterLoop(task, search, engine, config.seed, first_datasets=config.first_datasets)
    loop.replay(records)
    observer.started(run, estimate(config, engine, loop.generation))
    try:
        reason = _go_on(run, loop, max_seconds, observer, interruption)
    finally:
        run.folder.journal.sync()
    interruption.at_once = True
    interruption.obey()  # a signal that came after the last generation, or before the first
    observer.held_out(run)
    theta = favourite(search)
    held_out = evaluate_held_out(task, theta, config.seed, config.held_out_section, engine)
    result = {"theta": dict(zip(task.space.names, theta.tolist(), strict=True)), "held_out": held_out}
    measured = held_out["details"]["learned"]["metrics"]
    run.folder.write_result(
        {**result, "theory": theory(task, theta, config.seed, measured), "generations": config.generations}
    )
    return reason


def _go_on(run: Run, loop: OuterLoop, max_seconds: float | None, observer: Observer, interruption: Interruption) -> str:
    """Search and keep the journal; returns why the search ended."""
    deadline = time.monotonic() + max_seconds if max_seconds is not None else np.inf
    if time.monotonic() >= deadline:
        return TIME_LIMIT
    for record in loop.run(run.config.generations):
        run.folder.journal.append(record)
        observer.generation(run, record)
        interruption.obey()
        if time.monotonic() >= deadline:
            return TIME_LIMIT
    reasons = loop.search.stop()
    return ", ".join(f"{name} = {value:g}" for name, value in reasons.items()) or "all generations done"


def start(config: Config) -> Search:
    """The search of a config, at its beginning."""
    return config.search_section.begin(config.composed.space, Key(config.seed, "initial").generator())


def estimate(config: Config, engine: Engine, generation: int = 0) -> Estimate:
    """Time a part of a generation, on the datasets that the search is about to use."""
    task, search = config.composed, start(config)
    search.tell(np.arange(len(search.ask()), dtype=float))  # the first generation may be unlike all others
    thetas = search.ask()
    timed = thetas[:TIMED_ALONE] if lanes_of(task) == 1 else thetas
    keys = task.keys(config.seed, "search", task.data.count, generation)
    keys = keys if search.gradients else keys[:TIMED_DATASETS]  # JAX compiles for a number of datasets
    engine.prepare(keys)
    times = []
    for _ in range(2):  # the first time includes compiling or loading the kernels, and making the datasets
        started = time.perf_counter()
        engine.evaluate(timed, keys, search.gradients)
        times.append(time.perf_counter() - started)
    left = config.generations - generation
    each = times[-1] * task.data.count / len(keys) * len(thetas) / len(timed)
    grows = Sample(config.first_datasets, task.data.count).grows
    return Estimate(left * len(thetas) * task.data.count, left * each, at_most=grows)
