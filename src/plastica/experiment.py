"""From a config to a finished folder: run, resume, evaluate."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from plastica.analysis.ablation import Ablation
from plastica.analysis.ablation import ablate as compute_ablation
from plastica.analysis.held_out import evaluate_held_out
from plastica.conduct import Observer, Silent, conduct
from plastica.config import Config, load, load_run
from plastica.engines.base import EngineSection
from plastica.environment import environment
from plastica.errors import UserError
from plastica.kept import Run
from plastica.memory import check_memory
from plastica.runs import RunFolder, new_folder
from plastica.tasks import Preset, Task
from plastica.toml_text import read_toml, toml_of_tree


def run(
    task: str | Preset = "oja",
    settings: Mapping[str, Any] | None = None,
    *,
    out: str | Path | None = None,
    max_seconds: float | None = None,
    observer: Observer | None = None,
    engine: EngineSection | None = None,
    start: str | Path | None = None,
    trust: bool = False,
) -> Run:
    """Search for the rules of a task and keep the run in a new folder.

    A task is a name, a TOML file, a Python file that defines one (`my_task.py`, or `my_task.py:NAME`), or a `Preset`.

    `settings` changes the config by dotted keys: {"seed": 2, "network.inputs": 10}. The folder is `out`, by default
    `runs/<task>-<date>-<n>`; nothing is ever overwritten. `engine` carries the work in place of the config's, and
    leaves no trace: `plastica.engines.OnClient(client)`, say, for a Dask client of yours. `start` is the folder of
    another run, at whose rule the search begins, with smaller steps (`search.start_step`). `trust` lets the Python file
    of a task or rule run, where one is named. Raises UserError for anything that is the caller's to mend, and
    KeyboardInterrupt after SIGINT or SIGTERM, when the generation in hand is kept; a second signal ends the program.

        >>> import plastica
        >>> run = plastica.run("oja", {"generations": 5, "held_out.count": 20}, out="runs/first")
        >>> run
        Run('runs/first', task='oja', seed=1)
        >>> run.summary()["status"]
        'finished'
    """
    config = load(task, {**(settings or {}), **(_start_of(start, trust) if start else {})}, trust)
    check_memory(config, engine or config.engine_section)
    path = Path(out) if out is not None else new_folder(config.task)
    kept, files = _as_kept(config)
    folder = RunFolder.create(path, kept, environment(config.packages), files)
    return conduct(Run(folder, config), max_seconds, observer or Silent(), engine)


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

        >>> import plastica
        >>> plastica.resume("runs/first").is_complete
        True
    """
    run = Run.open(path, trust)
    fixed = [key for key in settings or {} if key.partition(".")[0] != "engine" and key != "generations"]
    if fixed:
        raise UserError(
            f"--set {fixed[0]}={(settings or {})[fixed[0]]}: only engine.* may change when a run is resumed, and "
            "generations grow; begin a new run with it"
        )
    changed = Run(run.folder, load_run(run.folder.config, settings, trust))
    check_memory(changed.config, engine or changed.config.engine_section)
    if "generations" in (settings or {}):
        _extend(run, changed.config.generations)
    return conduct(changed, max_seconds, observer or Silent(), engine)


def run_or_resume(
    task: str | Preset,
    settings: Mapping[str, Any] | None = None,
    *,
    out: str | Path,
    observer: Observer | None = None,
    trust: bool = False,
) -> Run:
    """The finished run in the folder `out`: begun, resumed or only opened, as needed; for scripts that make figures.

    Never one that is not finished: raises KeyboardInterrupt as `run` does, and UserError if the folder holds a run with
    another config, or one that another process is working on.

        >>> import plastica
        >>> plastica.run_or_resume("oja", {"generations": 5, "held_out.count": 20}, out="runs/first")
        Run('runs/first', task='oja', seed=1)
    """
    path = Path(out)
    if not os.path.exists(path):
        return run(task, settings, out=path, observer=observer, trust=trust)
    existing = Run.open(path, trust)
    if _as_kept(existing.config) != _as_kept(load(task, settings, trust)):
        raise UserError(f"{path} holds a run with another config: delete it, or choose another folder")
    return resume(path, observer=observer, trust=trust)


def evaluate(path: str | Path, settings: Mapping[str, Any] | None = None, *, trust: bool = False) -> dict[str, Any]:
    """The learned rule of a run on other held-out data: other sizes, spectra, seeds; nothing is written.

    `settings` changes the run's config by dotted keys; what they change must leave the rule's coefficients the same.

        >>> import plastica
        >>> sorted(plastica.evaluate("runs/first", {"network.inputs": 5, "held_out.selection": 5}))
        ['baselines', 'datasets', 'details', 'difference', 'loss']
    """
    original = Run.open(path, trust)
    config = load_run(original.folder.config, settings, trust)
    task = config.composed
    _same_parameters(original.task, task)
    check_memory(config, config.engine_section)
    with config.engine_section.start(task) as engine:
        return evaluate_held_out(task, original.theta, config.seed, config.held_out_section, engine)


def ablate(path: str | Path, *, trust: bool = False) -> Ablation:
    """Which terms of a run's learned rule matter, by its held-out datasets.

    >>> import plastica
    >>> name, loss, increase, standard_error = plastica.ablate("runs/first").ranked()[0]
    >>> increase > 0
    True
    """
    return ablation_of(Run.open(path, trust))


def ablation_of(run: Run) -> Ablation:
    """The same of a run that is open."""
    task, config = run.task, run.config
    check_memory(config, config.engine_section)
    keys = task.keys(config.seed, "held-out", config.held_out_section.count)
    with config.engine_section.start(task) as engine:
        return compute_ablation(task, run.theta, keys, engine)


def _start_of(path: str | Path, trust: bool) -> dict[str, float]:
    """Settings by which a search begins at the rule of a run."""
    found = Run.open(path, trust)
    found.check_begun()
    return {f"search.start.{name}": value for name, value in zip(found.task.space.names, found.theta, strict=True)}


def _as_kept(config: Config) -> tuple[str, dict[str, bytes]]:
    """What a run's folder keeps of its config."""
    kept, files = config.portable()
    return kept.toml(), files


def _same_parameters(original: Task, changed: Task) -> None:
    if original.space.names != changed.space.names:
        raise UserError(
            "--set changes which coefficients the rule has: evaluate it with the rules that it was found with"
        )


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
            tree = read_toml(run.folder.config) | {"generations": generations}  # what is not said there stays unsaid
            run.folder.extend(generations, toml_of_tree(tree))
