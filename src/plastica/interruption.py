"""Ctrl-C and SIGTERM, without losing the generation in hand."""

import os
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from socket import socket, socketpair
from typing import Any

ASKING = (signal.SIGINT, signal.SIGTERM)
INTERRUPTED = 130  # the exit status of a program that a signal asked to end
GRACE_S = 1.0  # that a second signal leaves the program to end by itself
SHOW_CURSOR = b"\x1b[?25h"  # a live display hides it


@dataclass
class Interruption:
    """The signal that asked for an end, if one did; with `at_once`, the next one does not wait for a good moment."""

    signal: str = ""
    at_once: bool = False
    _obeyed: bool = field(default=False, init=False)

    def obey(self) -> None:
        """Raise KeyboardInterrupt if a signal asked for an end; only once, so that its cleaning up is not disturbed."""
        if self.signal and not self._obeyed:
            self._obeyed = True
            raise KeyboardInterrupt


@contextmanager
def interruptions(last_words: str) -> Iterator[Interruption]:
    """SIGINT and SIGTERM let the generation in hand reach the journal; a second one ends the program.

    The second one raises KeyboardInterrupt at once, which native code does not hear: where the program is still there
    after a second, it ends with `last_words` on stderr and `INTERRUPTED`. An interactive session is never ended so.
    """
    interruption = Interruption()
    if threading.current_thread() is not threading.main_thread():  # only the main thread may handle signals
        yield interruption
        return

    def handle(number: int, frame: Any) -> None:
        again = bool(interruption.signal)
        interruption.signal = signal.Signals(number).name
        if again or interruption.at_once:
            interruption.obey()

    with _watched(last_words):
        before = {number: signal.signal(number, handle) for number in ASKING}
        try:
            yield interruption
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)


@contextmanager
def ending_alike() -> Iterator[None]:
    """For a program: both signals raise KeyboardInterrupt here, also where `interruptions` is over already, but only
    once; then the program is on its way out, and no later signal changes its exit status."""

    def handle(number: int, frame: Any) -> None:
        if not isinstance(sys.exc_info()[1], KeyboardInterrupt):
            raise KeyboardInterrupt

    after = {number: signal.signal(number, handle) for number in ASKING}
    try:
        yield
    except KeyboardInterrupt:
        after = {}
        fall_deaf()
        raise
    finally:
        for number, handler in after.items():
            signal.signal(number, handler)


def fall_deaf() -> None:
    """Signals change nothing any more: the program ends as it is."""
    for number in ASKING:
        signal.signal(number, signal.SIG_IGN)


@contextmanager
def _watched(last_words: str) -> Iterator[None]:
    """A thread hears of every signal as it comes: handlers wait until the main thread returns from native code."""
    reader, writer = socketpair()
    over = threading.Event()
    watcher = threading.Thread(target=_watch, args=(reader, over, last_words), name="plastica-signals", daemon=True)
    with reader, writer:
        writer.setblocking(False)
        before = signal.set_wakeup_fd(writer.fileno(), warn_on_full_buffer=False)
        watcher.start()
        try:
            yield
        finally:
            over.set()
            signal.set_wakeup_fd(before)
            writer.close()  # the last that the watcher reads
            watcher.join()


def _watch(signals: socket, over: threading.Event, last_words: str) -> None:
    """End the program some time after a second signal, unless it is over by then."""
    asked = 0
    while number := signals.recv(1):
        asked += number[0] in ASKING
        if asked > 1 and not hasattr(sys, "ps1"):
            if not over.wait(GRACE_S):
                _end(last_words)
            return


def _end(last_words: str) -> None:
    """Without waiting for anything: the journal is kept, and the system releases the lock."""
    with suppress(OSError):
        if os.isatty(1):
            os.write(1, SHOW_CURSOR)
        os.write(2, f"{last_words}\n".encode(errors="replace"))
    os._exit(INTERRUPTED)
