"""What the scripts beside this file share: searches that say how they get on, and the end of a script."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import plastica
from plastica import cli
from plastica.commands.arguments import print_files
from plastica.display.watching import observer

Settings = Mapping[str, Any]


def run_all(task: str, settings: Mapping[str, Settings]) -> list[plastica.Run]:
    """The finished run in each folder {folder: settings}, one after another.

    Raises UserError if a folder holds another run, or one that has not come to its end.
    """
    return [
        run_one(task, own, folder, number, len(settings)) for number, (folder, own) in enumerate(settings.items(), 1)
    ]


def run_one(task: str, settings: Settings, folder: str, number: int, total: int) -> plastica.Run:
    """The finished run in a folder, the `number`th of `total`: begun, resumed or only opened, as needed."""
    print(f"run {number} of {total}: {folder}", flush=True)
    with observer(quiet=False) as watching:
        return plastica.run_or_resume(task, settings, out=folder, observer=watching)


def script(main: Callable[[], Sequence[Path]]) -> None:
    """Run a script, and print the files that it made; a user's error is one sentence and exit status 2."""
    cli.main(lambda: print_files(main()))
