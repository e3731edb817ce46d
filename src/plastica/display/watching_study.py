"""What a person sees of a study while it goes on: a line where a run begins or ends, and a live one on a terminal."""

from collections.abc import Iterator
from contextlib import contextmanager

from rich.live import Live
from rich.text import Text

from plastica.conduct import Estimate
from plastica.display.lines import console, duration, say
from plastica.kept import Run
from plastica.outer.loop import Record
from plastica.studies.conducting import SilentStudy, StudyObserver
from plastica.terminal import printable


@contextmanager
def study_observer(quiet: bool) -> Iterator[StudyObserver]:
    """What watches a study: nothing if quiet."""
    if quiet:
        yield SilentStudy()
    elif console.is_terminal:
        with Live(console=console, refresh_per_second=5, transient=True) as live:
            yield _Watcher(live)
    else:
        yield _Watcher(None)


class _Watcher(SilentStudy):
    """Runs may be many at a time: each line says of which it is."""

    def __init__(self, live: Live | None) -> None:
        self._live = live
        self._going: dict[str, str] = {}

    def started(self, run: Run, estimate: Estimate) -> None:
        say(f"{run.folder.path}: {estimate.amount}, by itself about {duration(estimate.seconds)}")

    def generation(self, run: Run, record: Record) -> None:
        if self._live:
            done, total = record["generation"] + 1, run.config.generations
            self._tell(run.folder.path.name, f"generation {done}/{total}, loss {record['loss'][0]:.4g}")

    def held_out(self, run: Run) -> None:
        self._tell(run.folder.path.name, "held-out evaluation")

    def ended(self, run: str, error: str, done: int, total: int) -> None:
        self._going.pop(run, None)
        say(f"{done} of {total}: {run} {f'failed: {error}' if error else 'is done'}")

    def _tell(self, run: str, what: str) -> None:
        self._going[run] = what
        if self._live:
            self._live.update(Text(printable("; ".join(f"{name}: {what}" for name, what in dict(self._going).items()))))
