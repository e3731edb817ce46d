"""A run or a study as one page."""

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
    """Write all that is known of a run or a study into one HTML file, to keep, send or print."""
    from plastica.report import write_report, write_study_report
    from plastica.studies import Study, opened

    found = opened(path, trust)
    print_files([write_study_report(found, out) if isinstance(found, Study) else write_report(found, out)])
