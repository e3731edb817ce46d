"""Linear algebra on one thread: the last bits of its sums depend on how many threads share them."""

import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

_lock = threading.Lock()
_limits: list[Any] = []  # one for each `with` block that is open in this process


@contextmanager
def one_thread() -> Iterator[None]:
    """numpy's linear algebra uses one thread for the length of a `with` block.

    The number of threads belongs to the whole process: blocks may be nested, and open in several threads at once; the
    last of them to end gives back what the first one found.
    """
    with _lock:
        _limits.append(_libraries("scipy.linalg" in sys.modules).limit(limits=1).__enter__())
    try:
        yield
    finally:
        with _lock:  # not one's own: all but the first, which goes last, found one thread and give back one
            _limits.pop().__exit__(None, None, None)


@cache
def _libraries(with_scipy: bool) -> Any:
    """Of linear algebra: numpy's, and scipy's once it is loaded. To look for them takes ten milliseconds, to limit them
    ten microseconds."""
    from threadpoolctl import ThreadpoolController

    return ThreadpoolController()
