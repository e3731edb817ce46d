"""A file that is written whole or not at all."""

import os
from contextlib import suppress
from pathlib import Path


def write_whole(file: Path, content: bytes) -> None:
    """Raises OSError where it cannot be written; then whatever stood there still does."""
    part = file.with_name(f".{file.name}.part")
    try:
        part.unlink(missing_ok=True)  # never through a link that somebody left there
        with part.open("xb") as opened:
            opened.write(content)
            opened.flush()
            os.fsync(opened.fileno())
        part.replace(file)
    except OSError:
        with suppress(OSError):
            part.unlink(missing_ok=True)
        raise
