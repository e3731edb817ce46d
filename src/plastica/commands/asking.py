"""What can be asked, and what it will cost, before anything is searched."""

from pathlib import Path
from typing import Annotated

import typer

from plastica.commands.arguments import Json, Named, Settings, Trust, settings_of, show_value
from plastica.terminal import printable


def tasks() -> None:
    """List what can be run."""
    from plastica.installed import offered, package
    from plastica.tasks import TASKS

    for name, preset in TASKS.items():
        print(f"{name:24}{preset.summary}")
    for name, point in offered().items():
        if name not in TASKS:
            print(printable(f"{name:24}of the package {package(point)}"))


def config(task: Named, set_: Settings = None, trust: Trust = False) -> None:
    """Print the complete config of a task as commented TOML, to edit and run."""
    from plastica.config import load

    print(load(task, settings_of(set_), trust).toml(comments=True), end="")


def new(file: Annotated[Path, typer.Argument(metavar="FILE.py", help="The file to write; it must not exist.")]) -> None:
    """Write a short task of your own, to edit and run."""
    from plastica.new_task import write_task

    write_task(file)
    name = printable(str(file))
    print(f"{name}: edit it, then: plastica check {name} --trust; plastica run {name} --trust")


def check(task: Named, set_: Settings = None, trust: Trust = False) -> None:
    """Tell whether a task keeps what plastica builds on, a line a check; exit status 1 if it does not."""
    from plastica.config import load
    from plastica.testing import checks

    sound = True
    for one in checks(load(task, settings_of(set_), trust)):
        print(printable(f"FAIL  {one.name}: {one.problem}" if one.problem else f"ok    {one.name}"), flush=True)
        sound = sound and not one.problem
    if not sound:
        raise typer.Exit(1)


def plan(
    task: Named,
    set_: Settings = None,
    json: Json = False,
    trust: Trust = False,
) -> None:
    """Tell how long a run will take, on one core and on a cluster, and how much memory; times a few blocks."""
    from plastica.display.plan import print_plan
    from plastica.plan import plan

    planned = plan(task, settings_of(set_), trust)
    show_value(planned, json, print_plan)


def bench(json: Json = False) -> None:
    """Measure the speed of the kernels on this machine, on one thread."""
    from plastica.bench import measure
    from plastica.display.tables import print_figures

    figures = measure()
    show_value(figures, json, print_figures)
