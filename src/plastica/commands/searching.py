"""Begin a search, or go on with one."""

import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer

from plastica.commands.arguments import Folder, MaxSeconds, Named, Quiet, Settings, Trust, settings_of
from plastica.ending import complain
from plastica.interruption import INTERRUPTED, ending_alike


def run(
    task: Named,
    set_: Settings = None,
    seed: Annotated[int | None, typer.Option(min=0, help="The same as --set seed=N.")] = None,
    generations: Annotated[int | None, typer.Option(min=1, help="The same as --set generations=N.")] = None,
    threads: Annotated[int | None, typer.Option(min=0, help="The same as --set engine.threads=N.")] = None,
    max_seconds: MaxSeconds = None,
    from_: Annotated[
        Path | None, typer.Option("--from", metavar="DIR", help="Begin at the rule of another run (search.start).")
    ] = None,
    out: Annotated[Path | None, typer.Option(help="Folder of the run.  [default: runs/TASK-DATE-N]")] = None,
    quiet: Quiet = False,
    trust: Trust = False,
) -> None:
    """Search for the rules of a task, and keep the run in a folder."""
    from plastica import experiment

    settings = settings_of(set_)
    shortcuts = {"seed": seed, "generations": generations, "engine.threads": threads}
    settings |= {key: value for key, value in shortcuts.items() if value is not None}
    with watching_over(quiet) as watching:
        done = experiment.run(
            task, settings, out=out, max_seconds=max_seconds, observer=watching, start=from_, trust=trust
        )
    finish(done, quiet)


def resume(
    path: Folder,
    set_: Annotated[
        list[str] | None,
        typer.Option(
            "--set", metavar="KEY=VALUE", help="Change the engine (engine.*), or extend to generations=N; repeatable."
        ),
    ] = None,
    max_seconds: MaxSeconds = None,
    quiet: Quiet = False,
    trust: Trust = False,
) -> None:
    """Go on with an interrupted run or study, as if it had never stopped; or extend a run, by --set generations=N."""
    from plastica import experiment
    from plastica.runs import StudyFolder

    if StudyFolder(path).exists:
        _resume_study(path, set_, max_seconds, quiet, trust)
        return
    with watching_over(quiet) as watching:
        done = experiment.resume(path, settings_of(set_), max_seconds=max_seconds, observer=watching, trust=trust)
    finish(done, quiet)


def _resume_study(path: Path, set_: list[str] | None, max_seconds: float | None, quiet: bool, trust: bool) -> None:
    from plastica import studies
    from plastica.display.watching_study import study_observer
    from plastica.errors import UserError

    if max_seconds is not None:
        raise UserError("--max-seconds ends a single run: stop a study by Ctrl-C or SIGTERM, and resume it")
    with watching_over(quiet, study_observer) as watching:
        done = studies.resume_study(path, settings_of(set_), observer=watching, trust=trust)
    finish_study(done, quiet)


@contextmanager
def watching_over(quiet: bool, observed_by: Callable[[bool], Any] | None = None) -> Iterator[Any]:
    """What watches a run, or else is given; where that is interrupted, the last words, and the exit status of a program
    that was."""
    from plastica.display.watching import observer
    from plastica.errors import Caution

    if quiet:
        warnings.simplefilter("ignore", Caution)
    try:
        with ending_alike(), (observed_by or observer)(quiet) as watching:
            yield watching
    except KeyboardInterrupt as end:
        if end.args:
            complain(end)
        raise typer.Exit(INTERRUPTED) from None


def finish(done: Any, quiet: bool) -> None:
    """The last words of a run."""
    from plastica.display.summary import print_summary

    if not quiet:
        print_summary(done.summary())


def finish_study(done: Any, quiet: bool) -> None:
    """The last words of a study, and exit status 1 where a run did not come to its end."""
    from plastica.display.study import print_study
    from plastica.studies.summary import summary

    found = summary(done)
    if not quiet:
        print_study(found)
    if any(row["status"] != "finished" for row in found["runs"]):
        raise typer.Exit(1)
