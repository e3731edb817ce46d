"""What is printed arrives on any terminal, also an ASCII one, orders it nothing, and ends in peace if nobody reads."""

import codecs
import io
import os
from typing import TextIO

PLAIN = {"°": " deg", "±": "+-", "…": "..."}


def printable(text: str) -> str:
    """A line without whatever a terminal would obey instead of showing it: escape sequences, say."""
    return "".join(c if c.isprintable() else " " * c.isspace() for c in text)


def make_printable(stream: object) -> None:
    """Let a stream write in ASCII what its encoding lacks, instead of failing."""
    if isinstance(stream, io.TextIOWrapper):
        codecs.register_error("plastica", _in_ascii)
        stream.reconfigure(errors="plastica")


def _in_ascii(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    lacking = error.object[error.start : error.end]
    return "".join(PLAIN.get(character, _escaped(character)) for character in lacking), error.end


def _escaped(character: str) -> str:
    """As TOML and JSON write it in a string."""
    code = ord(character)
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def flush(stream: TextIO) -> bool:
    """Whether somebody read all that was written; else what is left goes nowhere, and nobody hears of it."""
    try:
        stream.flush()
    except BrokenPipeError:
        fall_silent(stream)
        return False
    return True


def fall_silent(stream: TextIO) -> None:
    """Whatever is written to a stream from now on goes nowhere."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
