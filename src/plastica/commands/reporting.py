"""A run as one page."""

from pathlib import Path
from typing import Annotated

import typer

from plastica.commands.arguments import Folder, Trust, print_files


def report(
    path: Folder,
    out: Annotated[
        Path | None, typer.Option("--out", metavar="FILE", help="The file to write.  [default: DIR/report.html]")
    ] = None,
    trust: Trust = False,
) -> None:
    """Write all that is known of a run into one HTML file, to keep, send or print."""
    from plastica.kept import Run
    from plastica.report import write_report

    print_files([write_report(Run.open(path, trust), out)])
