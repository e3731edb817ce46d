"""Where the report of a run goes, and what it may take the place of."""

import errno
import os
from pathlib import Path

from plastica.errors import UserError
from plastica.kept import Run
from plastica.report.material import gathered
from plastica.report.page import mark, page
from plastica.runs import write_whole

NAME = "report.html"
ELSEWHERE = "write it elsewhere with --out FILE"
HEAD = 2000  # bytes of a report in which its mark stands


def write_report(run: Run, out: Path | None = None) -> Path:
    """Write all that is known of a run into one HTML file, `out` (default: `report.html` in the run's folder).

    An earlier report of the same run is replaced, and nothing else. The terms of the rule are left out one by one for
    it, on the run's engine. Raises UserError before any of that if the file cannot be written.
    """
    file = out or run.folder.path / NAME
    _check(file, mark(run))
    content = page(gathered(run)).encode()
    try:
        write_whole(file, content)
    except OSError as error:
        raise _unwritable(file, error) from None
    return file


def _check(file: Path, own: str) -> None:
    """Raise UserError unless a report can stand at `file`: nothing does, or one with this mark."""
    try:
        if file.is_symlink():
            raise UserError(f"{file} is a symbolic link, and what it leads to is left alone: delete it, or {ELSEWHERE}")
        if file.is_dir():
            raise UserError(f"{file} is a folder: name a file in it, such as --out {file / NAME}")
        if os.path.lexists(file) and not _begins_with(file, own):
            raise UserError(f"{file} exists and is no report of this run: delete it, or {ELSEWHERE}")
        file.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise _unwritable(file, error) from None
    if not os.access(file.parent, os.W_OK):
        raise _unwritable(file, PermissionError(errno.EACCES, os.strerror(errno.EACCES)))


def _begins_with(file: Path, own: str) -> bool:
    """Whether a report with this mark stands there."""
    if not file.is_file():  # a pipe would never end
        return False
    with file.open("rb") as opened:
        return own.encode() in opened.read(HEAD)


def _unwritable(file: Path, error: OSError) -> UserError:
    return UserError(f"{file} cannot be written ({error.strerror or error}): free some space, or {ELSEWHERE}")
