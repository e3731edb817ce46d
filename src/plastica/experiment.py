"""From a config to a finished folder: run, resume, evaluate."""

import os
import platform
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from plastica.analysis.ablation import Ablation
from plastica.analysis.ablation import ablate as compute_ablation
from plastica.analysis.balance import theory
from plastica.analysis.compare_rules import SMALL, angles_to_targets, constants, equations, left_out
from plastica.analysis.held_out import evaluate_held_out
from plastica.config import Config, load, load_run
from plastica.engines.base import BlockError, Engine, EngineSection
from plastica.errors import UserError
from plastica.inner.keys import Key
from plastica.interruption import Interruption, interruptions
from plastica.memory import check_memory
from plastica.outer.base import Search
from plastica.outer.loop import OuterLoop, Record, favourite
from plastica.rules.base import Floats
from plastica.runs import RunFolder, new_folder
from plastica.tasks.task import Task

TIME_LIMIT = "time limit"
TIMED_DATASETS = 4
LIBRARIES = ("plastica", "numpy", "scipy", "numba", "llvmlite", "cma", "optax", "jax", "jaxlib", "pydantic", "sympy")


@dataclass(frozen=True)
class Estimate:
    """How much there is to do: trials of the search that remain, and about how many seconds they take."""

    trials: int
    seconds: float


class Observer(Protocol):
    """What a program may want to hear of a run while it is going on."""

    def started(self, run: "Run", estimate: Estimate) -> None: ...

    def generation(self, run: "Run", record: Record) -> None: ...

    def held_out(self, run: "Run") -> None: ...

    def complete(self, run: "Run") -> None: ...


class Silent:
    """Hears everything and says nothing."""

    def started(self, run: "Run", estimate: Estimate) -> None:
        """Before the first generation."""

    def generation(self, run: "Run", record: Record) -> None:
        """After each generation, when its record is on the disk."""

    def held_out(self, run: "Run") -> None:
        """Before the final evaluation."""

    def complete(self, run: "Run") -> None:
        """In place of all else, where the search came to its own end before."""


@dataclass(frozen=True)
class Run:
    """A run folder with its config; everything about it can be read at any time, also while it is running."""

    folder: RunFolder
    config: Config

    @classmethod
    def open(cls, path: str | Path, trust: bool = False) -> "Run":
        """An existing run.

        Raises UserError if there is none at `path`, if its config was edited since it began, or if its rule is a Python
        file and no `trust`.
        """
        folder = RunFolder.open(Path(path))
        run = cls(folder, load_run(folder.config, trust=trust))
        run._check_unedited()
        return run

    @property
    def task(self) -> Task:
        return self.config.composed

    @property
    def is_complete(self) -> bool:
        """Whether the search came to its own end, so that there is nothing to resume."""
        status, reason = self.folder.stated()
        return status == "finished" and reason != TIME_LIMIT and bool(self.folder.result())

    def result(self) -> dict[str, Any]:
        """The learned theta and its held-out evaluation; empty while the run has not come to its end."""
        result = self.folder.result()
        if result and set(result["theta"]) != set(self.task.space.names):
            raise self.folder.damage("result.json")
        return result

    def records(self) -> list[Record]:
        """One record a generation: losses, outcomes, the favourite's theta."""
        return self._fitting(self.folder.journal.read())

    def repaired(self) -> list[Record]:
        """The records, of a journal to which others can be appended now."""
        return self._fitting(self.folder.repair())

    @property
    def theta(self) -> Floats:
        """The learned rule [P]: the result's, or the favourite so far."""
        result, names = self.result(), self.task.space.names
        if result:
            return np.array([result["theta"][name] for name in names])
        records = self.records()
        return np.array(records[-1]["favourite"]) if records else np.zeros(len(names))

    def summary(self, threshold: float = SMALL) -> dict[str, Any]:
        """All that `plastica show --json` prints; an equation has the terms above `threshold` times its largest."""
        status, reason = self.folder.status()
        records = self.records()
        task, theta, result = self.task, self.theta, self.result()
        outcomes: dict[str, int] = {}
        for record in records:
            outcomes = {name: outcomes.get(name, 0) + n for name, n in record["outcomes"].items()}
        angles = angles_to_targets(task, theta)
        return {
            "task": self.config.task,
            "status": status,
            "reason": reason,
            "folder": str(self.folder.path),
            "seed": self.config.seed,
            "generations": len(records),
            "trials": sum(outcomes.values()),
            "seconds": records[-1]["seconds"] if records else 0.0,
            "loss": records[-1]["loss"][0] if records else None,
            "theta": dict(zip(task.space.names, theta.tolist(), strict=True)),
            "equation": equations(task, theta, threshold),
            "equation_left_out": left_out(task, theta, threshold),
            "constants": constants(task, theta),
            "change": {connection: task.rules[connection].change for connection in task.network.connections},
            "angle_deg": {connection: float(angle) for connection, angle in angles.items()},
            "outcomes": outcomes,
            "restarts": [
                {"generation": record["generation"], "reason": record["search"]["restarted"]}
                for record in records
                if "restarted" in record["search"]
            ],
            "held_out": result.get("held_out"),
            "theory": result.get("theory"),
            "versions": self.folder.environment().get("versions", {}),
        }

    def _fitting(self, records: list[Record]) -> list[Record]:
        """The records, if each has a favourite of this task, and there are no more than the config asks for."""
        size = self.task.space.size
        for record in records:
            if len(record["favourite"]) != size:
                raise self.folder.journal.damage(record["generation"] + 2)
        if len(records) > self.config.generations:
            raise self._edited(f"generations = {len(records)} or more")
        return records

    def _check_unedited(self) -> None:
        """Raise UserError if the config is not the one that the journal and the result were made with."""
        if self.folder.is_edited():
            raise self._edited("it")
        generations = self.result().get("generations", self.config.generations)
        if generations != self.config.generations:
            raise self._edited(f"generations = {generations}")

    def _edited(self, what: str) -> UserError:
        return UserError(
            f"{self.folder.config} was edited after the run began: restore {what}, or begin a new run with: "
            f"plastica run {self.folder.config} (more generations: plastica resume {self.folder.path} "
            "--set generations=N)"
        )


def run(
    task: str = "oja",
    settings: Mapping[str, Any] | None = None,
    *,
    out: str | Path | None = None,
    max_seconds: float | None = None,
    observer: Observer | None = None,
    engine: EngineSection | None = None,
    trust: bool = False,
) -> Run:
    """Search for the rules of a task (a name, or a TOML file) and keep the run in a new folder.

    `settings` changes the config by dotted keys: {"seed": 2, "network.inputs": 10}. The folder is `out`, by default
    `runs/<task>-<date>-<n>`; nothing is ever overwritten. `engine` carries the work in place of the config's, and
    leaves no trace: `plastica.engines.OnClient(client)`, say, for a Dask client of yours. `trust` lets the Python file
    of a rule run, where the config names one. Raises UserError for anything that is the caller's to mend, and
    KeyboardInterrupt after SIGINT or SIGTERM, when the generation in hand is kept; a second signal ends the program.
    """
    config = load(task, settings, trust)
    check_memory(config, engine or config.engine_section)
    path = Path(out) if out is not None else new_folder(config.task)
    kept, files = config.portable()
    folder = RunFolder.create(path, kept.toml(), environment(), files)
    return _search(Run(folder, config), max_seconds, observer or Silent(), engine)


def resume(
    path: str | Path,
    settings: Mapping[str, Any] | None = None,
    *,
    max_seconds: float | None = None,
    observer: Observer | None = None,
    engine: EngineSection | None = None,
    trust: bool = False,
) -> Run:
    """Go on with an interrupted run, exactly as if it had never stopped; a finished one is left as it is.

    `settings` may change the engine, by keys such as "engine.name": it carries the work and changes no result, and the
    config in the folder stays as it is. A larger "generations" extends the run, finished or not, as if it had had that
    number from its beginning; the folder's config then says so. Raises UserError for any other key, and
    KeyboardInterrupt as `run` does.
    """
    run = Run.open(path, trust)
    fixed = [key for key in settings or {} if key.partition(".")[0] != "engine" and key != "generations"]
    if fixed:
        raise UserError(
            f"--set {fixed[0]}: only engine.* may change when a run is resumed, and generations grow; begin a new run "
            "with it"
        )
    changed = Run(run.folder, load_run(run.folder.config, settings, trust))
    check_memory(changed.config, engine or changed.config.engine_section)
    if "generations" in (settings or {}):
        _extend(run, changed.config.generations)
    return _search(changed, max_seconds, observer or Silent(), engine)


def run_or_resume(
    task: str,
    settings: Mapping[str, Any] | None = None,
    *,
    out: str | Path,
    observer: Observer | None = None,
    trust: bool = False,
) -> Run:
    """The finished run in the folder `out`: begun, resumed or only opened, as needed; for scripts that make figures.

    Never one that is not finished: raises KeyboardInterrupt as `run` does, and UserError if the folder holds a run with
    another config, or one that another process is working on.
    """
    path = Path(out)
    if not os.path.exists(path):
        return run(task, settings, out=path, observer=observer, trust=trust)
    existing = Run.open(path, trust)
    if existing.config.portable() != load(task, settings, trust).portable():
        raise UserError(f"{path} holds a run with another config: delete it, or choose another folder")
    return resume(path, observer=observer, trust=trust)


def evaluate(path: str | Path, settings: Mapping[str, Any] | None = None, *, trust: bool = False) -> dict[str, Any]:
    """The learned rule of a run on other held-out data: other sizes, spectra, seeds; nothing is written.

    `settings` changes the run's config by dotted keys; what they change must leave the rule's coefficients the same.
    """
    original = Run.open(path, trust)
    config = load_run(original.folder.config, settings, trust)
    task = config.composed
    _same_parameters(original.task, task)
    check_memory(config, config.engine_section)
    with config.engine_section.start(task) as engine:
        return evaluate_held_out(task, original.theta, config.seed, config.held_out_section, engine)


def ablate(path: str | Path, *, trust: bool = False) -> Ablation:
    """Which terms of a run's learned rule matter, by its held-out datasets."""
    run = Run.open(path, trust)
    task, config = run.task, run.config
    keys = task.keys(config.seed, "held-out", config.held_out_section.count)
    with config.engine_section.start(task) as engine:
        return compute_ablation(task, run.theta, keys, engine)


def _same_parameters(original: Task, changed: Task) -> None:
    if original.space.names != changed.space.names:
        raise UserError(
            "--set changes which coefficients the rule has: evaluate it with the rules that it was found with"
        )


def environment() -> dict[str, Any]:
    """What a reader needs to reproduce a run elsewhere."""
    versions = {"python": platform.python_version()}
    for library in LIBRARIES:
        try:
            versions[library] = version(library)
        except PackageNotFoundError:
            versions[library] = "unknown"
    return {"versions": versions, "system": platform.system(), "machine": platform.machine()}


def _extend(run: Run, generations: int) -> None:
    """Raises UserError unless the number of generations leaves the run something to do."""
    with run.folder.locked():
        done = len(run.repaired())
        if generations < run.config.generations or generations <= done:
            raise UserError(
                f"--set generations={generations}: the run has {run.config.generations} generations, of which {done} "
                "are done; give a larger number to extend it"
            )
        if generations > run.config.generations:
            run.folder.extend(generations)


def _search(run: Run, max_seconds: float | None, observer: Observer, engine: EngineSection | None = None) -> Run:
    """Raises KeyboardInterrupt, with the command that goes on, when the run was interrupted and all of it is kept."""
    with run.folder.locked():
        records = run.repaired()
        if run.is_complete:
            observer.complete(run)
            return run
        run.folder.discard_result()
        run.folder.state("running", "")
        go_on = f"interrupted; go on with: plastica resume {run.folder.path}"
        with interruptions(f"plastica: {go_on}") as interruption:
            try:
                with (engine or run.config.engine_section).start(run.task) as started:
                    reason = _search_and_evaluate(run, records, max_seconds, observer, interruption, started)
                run.folder.state("finished", reason)
            except KeyboardInterrupt:
                run.folder.state("interrupted", f"stopped by {interruption.signal or 'the program itself'}")
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
    search = _start(config)
    loop = OuterLoop(task, search, engine, config.seed)
    loop.replay(records)
    observer.started(run, estimate(config, engine, loop.generation))
    reason = _go_on(run, loop, max_seconds, observer, interruption)
    interruption.at_once = True
    interruption.obey()  # a signal that came after the last generation, or before the first
    observer.held_out(run)
    theta = favourite(search)
    held_out = evaluate_held_out(task, theta, config.seed, config.held_out_section, engine)
    result = {"theta": dict(zip(task.space.names, theta.tolist(), strict=True)), "held_out": held_out}
    measured = held_out["details"]["learned"]["metrics"].get("rate_hz", 0.0)
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


def _start(config: Config) -> Search:
    return config.search_section.start(config.composed.space, Key(config.seed, "initial").generator())


def estimate(config: Config, engine: Engine, generation: int = 0) -> Estimate:
    """Time a part of a generation, on the datasets that the search is about to use."""
    task, search = config.composed, _start(config)
    search.tell(np.arange(len(search.ask()), dtype=float))  # the first generation may be unlike all others
    thetas = search.ask()
    keys = task.keys(config.seed, "search", task.data.count, generation)
    keys = keys if search.gradients else keys[:TIMED_DATASETS]  # JAX compiles for a number of datasets
    engine.prepare(keys)
    times = []
    for _ in range(2):  # the first time includes compiling or loading the kernels, and making the datasets
        started = time.perf_counter()
        engine.evaluate(thetas, keys, search.gradients)
        times.append(time.perf_counter() - started)
    left = config.generations - generation
    each = times[-1] * task.data.count / len(keys)
    return Estimate(left * len(thetas) * task.data.count, left * each)
