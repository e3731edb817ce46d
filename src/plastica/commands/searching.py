"""Begin a search, or go on with one."""

import warnings
from collections.abc import Iterator
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
        done = experiment.run(task, settings, out=out, max_seconds=max_seconds, observer=watching, trust=trust)
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
    """Go on with an interrupted run, exactly as if it had never stopped; or extend one, by --set generations=N."""
    from plastica import experiment

    with watching_over(quiet) as watching:
        done = experiment.resume(path, settings_of(set_), max_seconds=max_seconds, observer=watching, trust=trust)
    finish(done, quiet)


@contextmanager
def watching_over(quiet: bool) -> Iterator[Any]:
    """What watches a run; where that is interrupted, the last words, and the exit status of a program that was."""
    from plastica.display.watching import observer
    from plastica.errors import Caution

    if quiet:
        warnings.simplefilter("ignore", Caution)
    try:
        with ending_alike(), observer(quiet) as watching:
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
