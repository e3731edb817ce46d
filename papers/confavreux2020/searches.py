"""What the scripts beside this file share: studies that say how they get on, and the end of a script."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import plastica
from plastica import cli
from plastica.commands.arguments import print_files
from plastica.display.watching_study import study_observer


def study(
    folder: str,
    task: str,
    settings: Mapping[str, Any],
    seeds: Iterable[int],
    vary: Mapping[str, Sequence[Any]] | None = None,
) -> plastica.Study:
    """A study with all its runs finished: begun, resumed or only opened, as needed; raises UserError for any other."""
    with study_observer(quiet=False) as watching:
        found = plastica.study(task, settings, seeds=seeds, vary=vary, out=folder, observer=watching)
    found.finished()
    return found


def run_all(*asked: Any) -> list[plastica.Run]:
    """The finished runs of a study, those of a setting together."""
    return list(study(*asked).runs.values())


def script(main: Callable[[], Sequence[Path]]) -> None:
    """Run a script, and print the files that it made; a user's error is one sentence and exit status 2."""
    cli.main(lambda: print_files(main()))
