"""The program: its commands by name, and how it ends; whatever a command does can be done from Python too."""

import sys
import warnings
from collections.abc import Callable, Sequence
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from plastica.commands import (
    asking,
    exporting,
    identifying,
    inferring,
    reading,
    reporting,
    searching,
    simulating,
    studying,
    tabling,
)
from plastica.ending import status_of, warn
from plastica.terminal import flush, make_printable

COMMANDS: Sequence[Callable[..., None]] = (
    asking.tasks,
    searching.run,
    studying.study,
    searching.resume,
    reading.show,
    reading.plot,
    reporting.report,
    asking.config,
    asking.new,
    asking.check,
    asking.plan,
    reading.evaluate,
    reading.ablate,
    reading.compare,
    tabling.table,
    inferring.infer,
    identifying.identify,
    identifying.rules,
    exporting.export,
    simulating.simulate,
    simulating.protocol,
    asking.bench,
)


class _Commands(TyperGroup):
    """Its help tells what each command does to the end, however narrow the terminal."""

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, command.help or "") for name, command in self.commands.items()])


app = typer.Typer(
    cls=_Commands,
    name="plastica",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
for command in COMMANDS:
    app.command()(command)


def main(act: Callable[[], Any] = app) -> None:
    """Entry point, also of a script that makes figures: a user's error is one sentence and exit status 2."""
    warnings.showwarning = warn
    for stream in (sys.stdout, sys.stderr):
        make_printable(stream)
    status = status_of(act)
    sys.exit(status if sys.stdout is None or flush(sys.stdout) else 1)


def _print_version(asked: bool) -> None:
    if asked:
        from importlib.metadata import version

        print(f"plastica {version('plastica')}")
        raise typer.Exit()


@app.callback()
def plastica(
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version and exit.")
    ] = False,
) -> None:
    """Find the synaptic plasticity rules that carve a desired function into a neural network."""
