"""What every kept folder asks of the disk: files that are whole or not there, and a lock against other processes."""

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from plastica.errors import UserError
from plastica.runs.whole_file import write_whole

PATIENCE_S = 1.0


@contextmanager
def held(folder: Path) -> Iterator[None]:
    """Hold a folder against every other process. Raises UserError if another holds it.

    Waits a little: whoever only looks holds the lock for an instant.
    """
    lock = FileLock(folder / ".lock", timeout=PATIENCE_S)
    try:
        lock.acquire(poll_interval=0.02)
    except Timeout:
        raise UserError(
            f"{folder} is in use by another process: wait until it ends, or stop it before you go on"
        ) from None
    except OSError as error:
        raise UserError(f"{folder} cannot be written ({error.strerror}): {remedy(error)}, or copy it") from None
    try:
        yield
    finally:
        lock.release()


def keep_whole(file: Path, content: bytes) -> None:
    """Whole or not at all, where a lock keeps every other process from writing. Raises UserError if that fails."""
    try:
        write_whole(file, content)
    except OSError as error:
        raise UserError(f"{file} cannot be written ({error.strerror}): {remedy(error)}") from None


def remedy(error: OSError) -> str:
    """What helps against an error of the file system."""
    return "free some space" if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG) else "mend what stands there"
