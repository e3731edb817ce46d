"""Ctrl-C and SIGTERM, without losing the generation in hand."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any


@dataclass
class Interruption:
    """The signal that asked for an end, if one did; with `at_once`, the next one does not wait for a good moment."""

    signal: str = ""
    at_once: bool = False


@contextmanager
def interruptions() -> Iterator[Interruption]:
    """SIGINT and SIGTERM let the generation in hand reach the journal; a second one ends at once."""
    interruption = Interruption()
    if threading.current_thread() is not threading.main_thread():  # only the main thread may handle signals
        yield interruption
        return

    def handle(number: int, frame: Any) -> None:
        again = bool(interruption.signal)
        interruption.signal = signal.Signals(number).name
        if again or interruption.at_once:
            raise KeyboardInterrupt

    before = {number: signal.signal(number, handle) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield interruption
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
