"""A folder that is new, and written whole or not at all."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from plastica.errors import UserError


@contextmanager
def whole_folder(path: Path) -> Iterator[Path]:
    """A new folder at `path` to write into; gone again with all that is in it where the writing fails.

    Raises UserError if something stands there, or it cannot be written.
    """
    check_new(path)
    try:
        path.mkdir(parents=True)
        try:
            yield path
        except BaseException:
            shutil.rmtree(path, ignore_errors=True)
            raise
    except OSError as error:
        raise UserError(f"{path} cannot be written ({error.strerror}): choose another --out") from None


def check_new(path: Path) -> None:
    """Raise UserError if something stands at `path` already."""
    if os.path.lexists(path):
        raise UserError(f"{path} exists, and nothing is overwritten: choose another --out")
