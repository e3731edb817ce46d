"""How a study is conducted: its runs share an engine, some at a time; one that fails does not stop the others."""

from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from contextlib import contextmanager
from typing import Protocol

from plastica.conduct import Observer, Silent, conduct
from plastica.engines.base import Engine, EngineSection
from plastica.environment import environment
from plastica.errors import UserError
from plastica.inner.keys import Key
from plastica.interruption import Interruption, interruptions
from plastica.kept import Run
from plastica.rules.base import Floats
from plastica.studies.kept import Study
from plastica.tasks.task import Evaluation, Task
from plastica.terminal import printable


class StudyObserver(Observer, Protocol):
    """What a program may want to hear of a study: all of its runs, whose turns may overlap, and the end of each."""

    def ended(self, run: str, error: str, done: int, total: int) -> None: ...


class SilentStudy(Silent):
    """Hears everything and says nothing."""

    def ended(self, run: str, error: str, done: int, total: int) -> None:
        """When a run is complete, or failed with an error; `done` of `total` runs have ended so far."""


def conduct_study(study: Study, engine: EngineSection, at_once: int, observer: StudyObserver) -> Study:
    """Go on with all runs that are not complete, in the order of seeds, so that settings take turns.

    Raises KeyboardInterrupt, with the command that goes on, when it was interrupted and all of it is kept.
    """
    go_on = f"interrupted; go on with: plastica resume {study.folder.path}"
    with interruptions(printable(f"plastica: {go_on}")) as interruption:
        try:
            with engine.shared() as shared, ThreadPoolExecutor(at_once, "plastica-run") as pool:
                names = unfinished(study)
                carrier = _Obeying(shared, interruption)
                futures = {pool.submit(_conduct_one, study, name, carrier, observer): name for name in names}
                for done, future in enumerate(as_completed(futures), 1):
                    if not interruption.signal:
                        observer.ended(futures[future], _error(future), done, len(names))
            interruption.obey()
        except KeyboardInterrupt:
            raise KeyboardInterrupt(go_on) from None
    return study


def unfinished(study: Study) -> list[str]:
    """Names of the runs that have not come to their own end, those of a seed together."""
    names = [setting.run_name(seed) for seed in study.seeds for setting in study.settings]
    return [name for name in names if not _is_complete(study, name)]


def _is_complete(study: Study, name: str) -> bool:
    try:
        return study.folder.has_begun(name) and study.run(name).is_complete
    except UserError:  # which is told when its turn comes
        return False


def _conduct_one(study: Study, name: str, engine: "_Obeying", observer: Observer) -> None:
    engine.obey()
    run = _begun(study, name)
    try:
        conduct(run, None, observer, engine)
    except UserError:
        raise
    except Exception as error:
        run.folder.state("interrupted", " ".join(f"{type(error).__name__}: {error}".split()))
        raise


def _begun(study: Study, name: str) -> Run:
    """The run in its folder, which is made where there is none."""
    if study.folder.has_begun(name):
        return study.run(name)
    setting, seed = study.places[name]
    config = setting.at(seed)
    kept, files = config.portable()
    return Run(study.folder.begin(name, kept.toml(), environment(config.packages), files), config)


def _error(future: "Future[None]") -> str:
    """What a run failed with, as a sentence; empty where it did not."""
    error = future.exception()
    return " ".join((str(error) if isinstance(error, UserError) else repr(error)).split()) if error else ""


class _Obeying:
    """Carries as another engine does, until a signal has asked for an end: runs on other threads hear none."""

    def __init__(self, section: EngineSection, interruption: Interruption) -> None:
        self._section, self._interruption = section, interruption
        self.workers_here, self.at_once = section.workers_here, section.at_once

    def obey(self) -> None:
        if self._interruption.signal:
            raise KeyboardInterrupt(self._interruption.signal)

    @contextmanager
    def shared(self) -> Iterator[EngineSection]:
        yield self

    @contextmanager
    def start(self, task: Task) -> Iterator[Engine]:
        with self._section.start(task) as engine:
            yield _ObeyingEngine(engine, self)


class _ObeyingEngine:
    def __init__(self, engine: Engine, section: _Obeying) -> None:
        self._engine, self._section = engine, section

    def evaluate(self, thetas: Floats, keys: Sequence[Key], gradients: int = 0) -> Evaluation:
        self._section.obey()  # between populations, when all before is in the journal
        return self._engine.evaluate(thetas, keys, gradients)

    def prepare(self, keys: Sequence[Key]) -> None:
        self._engine.prepare(keys)
