"""What was found, for others to use."""

from pathlib import Path
from typing import Annotated

import typer

from plastica.commands.arguments import Folder, Trust, print_files


def export(
    path: Folder,
    to: Annotated[str, typer.Option(metavar="TARGET", help="python, latex, json, brian2, nestml or nest.")],
    out: Annotated[
        Path | None, typer.Option(metavar="FILE", help="The file; it must not exist.  [default: in DIR/exports]")
    ] = None,
    check: Annotated[
        bool,
        typer.Option("--check", help="Run the file on the run's own data, and compare; exit status 1 if it differs."),
    ] = False,
    trust: Trust = False,
) -> None:
    """Write the learned rules as a file for others: Python, LaTeX, JSON, or a simulator of spikes."""
    from plastica.display.agreements import print_agreements
    from plastica.exports.export import export

    exported = export(path, to, out=out, check=check, trust=trust)
    print_files([exported.file])
    print_agreements(exported.agreements)
    if not exported.agrees:
        raise typer.Exit(1)
