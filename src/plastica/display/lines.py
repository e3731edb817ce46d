"""Lines and tables on standard output, and the words for counts and times."""

import sys

from rich.console import Console
from rich.table import Table

from plastica.terminal import fall_silent, printable

WIDE = 1000  # columns of a table that no terminal shows


class _Console(Console):
    """Takes words as they are, and goes on silently when nobody reads any more (`| head`)."""

    def __init__(self, width: int | None = None) -> None:
        super().__init__(highlight=False, markup=False, emoji=False, width=width)

    def on_broken_pipe(self) -> None:
        fall_silent(sys.stdout)


console = _Console()


def say(line: str) -> None:
    """One line, however long: a terminal breaks it, a file does not."""
    console.print(printable(line), soft_wrap=True)


def add_row(table: Table, *cells: str) -> None:
    table.add_row(*map(printable, cells))


def show_table(table: Table) -> None:
    """A table: a terminal folds its cells, a file has room."""
    (console if console.is_terminal else _Console(WIDE)).print(table)


def counted(count: int, thing: str) -> str:
    return f"{count:,} {thing}{'' if count == 1 else 's'}"


def duration(seconds: float) -> str:
    if seconds < 10:
        return f"{seconds:.2g} s"
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"
