"""Begin a study: many runs side by side."""

from pathlib import Path
from typing import Annotated

import typer

from plastica.commands.arguments import Named, Quiet, Settings, Trust, settings_of
from plastica.commands.searching import finish_study, watching_over

AtOnce = Annotated[
    int | None, typer.Option(min=1, help="Runs at a time.  [default: 1 on threads, up to 8 on a cluster]")
]


def study(
    task: Named,
    seeds: Annotated[str, typer.Option(metavar="1-20", help="A run for each seed: 1-20, or 1,3,7-9.")],
    vary: Annotated[
        list[str] | None,
        typer.Option(metavar="KEY=A,B,C", help="Runs with each value of a key; repeatable: with each combination."),
    ] = None,
    set_: Settings = None,
    success: Annotated[
        str | None,
        typer.Option(
            metavar="CONDITION",
            help='When a run succeeds: "held_out < 0.1 and angle <= 10".  [default: not worse than the known rule]',
        ),
    ] = None,
    at_once: AtOnce = None,
    out: Annotated[Path | None, typer.Option(help="Folder of the study.  [default: runs/TASK-study-DATE-N]")] = None,
    quiet: Quiet = False,
    trust: Trust = False,
) -> None:
    """Search from many seeds, with any settings varied; the same command again, or resume, goes on with it."""
    from plastica import studies
    from plastica.display.watching_study import study_observer
    from plastica.studies.criterion import DEFAULT
    from plastica.studies.variation import seeds_of, vary_of

    with watching_over(quiet, study_observer) as watching:
        done = studies.study(
            task, settings_of(set_), seeds=seeds_of(seeds), vary=vary_of(vary or []), out=out, at_once=at_once,
            success=DEFAULT if success is None else success, observer=watching, trust=trust,
        )  # fmt: skip
    finish_study(done, quiet)
