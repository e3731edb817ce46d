"""What a rule does by itself, without a search."""

from pathlib import Path
from typing import Annotated

import typer

from plastica.commands.arguments import (
    Figures,
    Folder,
    Json,
    Named,
    Settings,
    Trust,
    print_files,
    print_json,
    settings_of,
    show_value,
)


def simulate(
    task: Named,
    theta: Annotated[
        Path | None, typer.Option(metavar="FILE.json", help="The rule, by the names of `theta` in show --json.")
    ] = None,
    known: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME", help="A known rule for all connections, or CONNECTION=NAME; repeatable."),
    ] = None,
    set_: Settings = None,
    json: Json = False,
    out: Annotated[
        Path | None, typer.Option("--out", metavar="DIR", help="A new folder for result, losses and figures.")
    ] = None,
    trust: Trust = False,
) -> None:
    """Tell what a given rule does in a task, without a search, on its held-out datasets."""
    from plastica.display.simulation import print_simulation
    from plastica.given_rule import named
    from plastica.runs.whole_folder import check_new
    from plastica.simulation import simulate

    if out is not None:
        check_new(out)
    done = simulate(task, settings_of(set_), theta=theta, known=named(known) if known else None, trust=trust)
    if out is not None:
        done.save(out)
    show_value(done.summary(), json, print_simulation)
    if out is not None and not json:
        print_files([out])


def protocol(path: Folder, out: Figures = None, json: Json = False, trust: Trust = False) -> None:
    """Put the learned rule of a run through virtual protocols: windows of spike timing and rates, fixed points."""
    from plastica.display.protocols import print_protocols
    from plastica.figures import figures_folder, plot_protocols
    from plastica.kept import Run

    run = Run.open(path, trust)
    found = run.protocols()
    files = plot_protocols(found, figures_folder(run, out))
    if json:
        print_json({c: {name: one.plain() for name, one in own.items()} for c, own in found.items()})
    else:
        print_protocols(found)
        print_files(files)
