"""Begin a study, or go on with one; and what a folder holds."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from plastica.analysis.theories import theory
from plastica.config import load_kept
from plastica.engines.base import EngineSection
from plastica.errors import UserError
from plastica.kept import Run
from plastica.memory import check_memory
from plastica.runs import StudyFolder, new_folder
from plastica.studies.conducting import SilentStudy, StudyObserver, conduct_study
from plastica.studies.criterion import DEFAULT, Criterion
from plastica.studies.kept import Study, as_toml
from plastica.studies.table import names_of_numbers
from plastica.studies.variation import Vary, checked_seeds, settings_of
from plastica.tasks import Preset
from plastica.tasks.task import Task


def study(
    task: str | Preset,
    settings: Mapping[str, Any] | None = None,
    *,
    seeds: Iterable[int],
    vary: Vary | None = None,
    success: str = DEFAULT,
    out: str | Path | None = None,
    at_once: int | None = None,
    observer: StudyObserver | None = None,
    engine: EngineSection | None = None,
    trust: bool = False,
) -> Study:
    """Run a task from each of several seeds, with each combination of the values of `vary` {"dotted.key": [values]}.

    `task`, `settings`, `engine` and `trust` are those of `plastica.run`, and so is each run, in the folder
    `out`/runs/<what varies>-seed=<seed>. A study that stands in `out` already goes on; seeds that it lacks are added to
    it, and what is returned has the seeds that were asked for. `success` is a condition on the columns of the table:
    "held_out < 0.1 and angle <= 10". `at_once` runs go on at a time: one on threads, several on a cluster.

    A run that fails does not stop the others; the table has its sentence. Raises UserError, before anything is run, for
    all that is the caller's to mend, and if `out` holds another study; and KeyboardInterrupt as `plastica.run` does.
    """
    own = checked_seeds(seeds)
    kinds = settings_of(task, settings or {}, vary or {}, own, trust)
    name = kinds[0].config.task
    folder = StudyFolder(Path(out) if out is not None else new_folder(f"{name}-study"))
    asked = Study(folder, name, own, kinds, Criterion(success), trust)
    _check_names(asked)
    carrier = engine or kinds[0].config.engine_section
    at_once = _checked(asked, carrier, at_once)
    folder.make()
    with folder.locked():
        _keep(asked)
        return conduct_study(asked, carrier, at_once, observer or SilentStudy())


def resume_study(
    path: str | Path,
    settings: Mapping[str, Any] | None = None,
    *,
    at_once: int | None = None,
    observer: StudyObserver | None = None,
    engine: EngineSection | None = None,
    trust: bool = False,
) -> Study:
    """Go on with all runs of a study that are not complete, also those that failed.

    `settings` may change the engine, by keys such as "engine.name". Raises UserError for any other key, and
    KeyboardInterrupt as `plastica.run` does.
    """
    kept = Study.open(path, trust)
    fixed = [key for key in settings or {} if key.partition(".")[0] != "engine"]
    if fixed:
        raise UserError(
            f"--set {fixed[0]}={(settings or {})[fixed[0]]}: only engine.* may change when a study is resumed; begin a "
            "new study with it"
        )
    first = kept.folder.read()["settings"][0]["config"]
    carrier = engine or load_kept(first, kept.folder.path, settings, trust).engine_section
    at_once = _checked(kept, carrier, at_once)
    with kept.folder.locked():
        return conduct_study(kept, carrier, at_once, observer or SilentStudy())


def opened(path: str | Path, trust: bool = False) -> Run | Study:
    """What stands in a folder, a run or a study. Raises UserError for anything else."""
    return Study.open(path, trust) if StudyFolder(Path(path)).exists else Run.open(path, trust)


def _keep(asked: Study) -> None:
    """Write what is asked into the folder, or add its seeds to the same study that stands there."""
    tree, files = as_toml(asked)
    if asked.folder.exists:
        there = asked.folder.read()
        if differing := _difference(tree, there):
            raise UserError(
                f"{asked.folder.path} holds another study ({differing}): choose another --out, or go on with that one: "
                f"plastica resume {asked.folder.path}"
            )
        new = [seed for seed in asked.seeds if seed not in there["seeds"]]
        if not new:
            return
        tree = {**there, "seeds": there["seeds"] + new}
    asked.folder.write(tree, files)


def _difference(asked: Mapping[str, Any], there: Mapping[str, Any]) -> str:
    """What another study asks for otherwise, apart from seeds and engine; empty where it is the same."""
    for key in ("task", "success"):
        if asked[key] != there[key]:
            return f"{key} = {there[key]!r}"
    same = [_decisive(one) for one in asked["settings"]] == [_decisive(one) for one in there["settings"]]
    return "" if same else "of other settings"


def _decisive(setting: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
    """What decides the runs of a setting, but for the seed."""
    return setting["name"], {key: value for key, value in setting["config"].items() if key not in ("engine", "seed")}


def _checked(study: Study, engine: EngineSection, at_once: int | None) -> int:
    """How many runs go on at a time. Raises UserError where that is none, or more than the memory holds."""
    at_once = engine.at_once if at_once is None else at_once
    if at_once < 1:
        raise UserError(f"at_once = {at_once}: one run at a time is the least")
    for setting in study.settings:
        check_memory(setting.config, engine, at_once)
    return at_once


def _check_names(study: Study) -> None:
    """Raise UserError where the criterion names what no run will have; one trial tells the names of metrics."""
    config = study.settings[0].config
    task = config.composed
    known = names_of_numbers(task)
    if not set(study.success.names) <= set(known):
        known += _measured(task, config.seed)
    study.success.check(known)


def _measured(task: Task, seed: int) -> list[str]:
    """The names of metrics, and of what theory says."""
    try:
        metrics = task.evaluate(task.space.zero, task.keys(seed, "selection", 1)).metrics
    except Exception as error:  # of a user's own part
        message = " ".join(f"{type(error).__name__}: {error}".split())
        raise UserError(f"a trial failed ({message}): mend the task or the rule that it is of") from error
    said = theory(task, task.space.zero, seed, {name: float(values.mean()) for name, values in metrics.items()})
    return [*metrics, *(said or {})]
