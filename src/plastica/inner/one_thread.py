"""Linear algebra on one thread: the last bits of its sums depend on how many threads share them."""

import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

_lock = threading.Lock()
_blocks = 0  # `with` blocks that are open in this process
_limits: list[Any] = []  # what they have set, the first one first
_times = 0  # how often all has been given back
_here = threading.local()  # .limited: what this thread has set since


@contextmanager
def one_thread() -> Iterator[None]:
    """numpy's linear algebra uses one thread for the length of a `with` block.

    The number of threads belongs to the whole process, in some libraries to each of its threads: blocks may be nested,
    and open in several threads at once; the last of them to end gives back what the first one found. To set it at each
    block made threads wait for each other, so only a thread's first one does: who sets another number meanwhile has it.
    """
    global _blocks, _times
    libraries = _libraries("scipy.linalg" in sys.modules)
    with _lock:
        if getattr(_here, "limited", None) != (_times, libraries):
            with _any_thread_may_set():
                _limits.append(libraries.limit(limits=1))
            _here.limited = _times, libraries
        _blocks += 1
    try:
        yield
    finally:
        with _lock:
            _blocks -= 1
            if _blocks == 0:
                with _any_thread_may_set():
                    while _limits:  # all but the first found one thread, and give back one
                        _limits.pop().restore_original_limits()
                _times += 1


@cache
def _libraries(with_scipy: bool) -> Any:
    """Of linear algebra: numpy's, and scipy's once it is loaded. To look for them takes ten milliseconds."""
    from threadpoolctl import ThreadpoolController

    return ThreadpoolController()


@contextmanager
def _any_thread_may_set() -> Iterator[None]:
    """From 3.8 on, threadpoolctl lets one living thread set OpenBLAS's number, and others pass without a word.

    Who that is would be whoever set a number first, perhaps the user's own thread: every sum is to be made by one.
    """
    _let_go()
    try:
        yield
    finally:
        _let_go()


def _let_go() -> None:
    from threadpoolctl import OpenBLASController

    if hasattr(OpenBLASController, "clear_controlling_thread"):
        OpenBLASController.clear_controlling_thread(force=True)
