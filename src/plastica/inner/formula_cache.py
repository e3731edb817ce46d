"""Compiled formulas on disk: a file for each, named by what it was compiled for, and no more than some of them.

Numba keeps one index of a kernel's files, in which two processes that compile two formulas at once can give both the
same file. Kernels that read formulas have no index: the name says which formula, the file itself is asked whether it
is. Numba offers no way to say so; this reads private names of it (`READ`), and leaves a numba without them as it is.
"""

import hashlib
import os
from collections.abc import Iterable, Iterator
from contextlib import suppress
from glob import escape
from pathlib import Path
from typing import Any

KEPT = 128  # of each kernel; some 100 kB each
READ = (
    "_load_data",
    "_save_data",
    "_data_name",
    "_data_path",
    "_cache_path",
    "_index_name",
    "_source_stamp",
    "_version",
)


def kept_by_name(kernel: Any) -> Any:
    """A kernel of `njit(cache=True)` that keeps what it compiles so."""
    files = getattr(getattr(kernel, "_cache", None), "_cache_file", None)  # none where numba is told not to compile
    if all(hasattr(files, name) for name in READ):
        kernel._cache._cache_file = _Files(files)
    return kernel


class _Files:
    """What numba asks of a kernel's files; the oldest that nobody used go, and may be gone at any time."""

    def __init__(self, numbered: Any) -> None:
        self._numbered = numbered

    def load(self, key: Any) -> Any:
        """What was compiled for a signature; None if that is not there."""
        name = self._name(key)
        try:
            kept, data = self._numbered._load_data(name)
        except OSError:
            return None
        with suppress(OSError):
            os.utime(self._numbered._data_path(name))
        return data if kept == key else None

    def save(self, key: Any, data: Any) -> None:
        self._numbered._save_data(self._name(key), (key, data))
        _remove(sorted(self._paths(), key=_used, reverse=True)[KEPT:])

    def flush(self) -> None:
        _remove(self._paths())

    def _name(self, key: Any) -> str:
        """The number by which numba would have counted is a fingerprint."""
        said = repr((key, self._numbered._source_stamp, self._numbered._version))
        return str(self._numbered._data_name(int(hashlib.sha256(said.encode()).hexdigest(), 16)))

    def _paths(self) -> Iterator[Path]:
        base = str(self._numbered._index_name).removesuffix(".nbi")
        return Path(self._numbered._cache_path).glob(f"{escape(base)}.*.nbc")


def _remove(paths: Iterable[Path]) -> None:
    for path in paths:
        with suppress(OSError):  # another process was sooner, or it is another's
            path.unlink()


def _used(path: Path) -> float:
    with suppress(OSError):
        return path.stat().st_mtime
    return 0.0
