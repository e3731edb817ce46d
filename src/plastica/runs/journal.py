"""The journal of a run: one JSON line a generation, appended, and synced now and then; a torn end is not a loss."""

import json
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from plastica.errors import UserError
from plastica.runs import shapes
from plastica.runs.disk import remedy

FORMAT = 1
SYNC_S = 1.0  # at most so much work is lost with the machine's power; a sync of a disk takes some milliseconds
BEFORE = "all generations before this one are kept"
SYNCED = "all generations but those of the last second of work are kept"
Record = dict[str, Any]


class Journal:
    """`journal.jsonl`: a header {"format": 1, "config": fingerprint}, then one record a generation, from 0 onwards."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._synced = -SYNC_S

    def create(self, config: str) -> None:
        """Write the header of an empty journal, with the fingerprint of the config that decides what will be in it."""
        with self._told(0, BEFORE):
            self._write({"format": FORMAT, "config": config})
            self._sync()

    def config(self) -> str:
        """The fingerprint that the header holds; empty where it holds none, or was not written whole."""
        first = self._lines()[:1]
        return self._header(first[0]).get("config", "") if first and not _is_torn(first[0]) else ""

    def read(self) -> list[Record]:
        """All records that were written whole.

        Raises UserError if a line that was written whole is damaged, or a newer version of plastica wrote the journal.
        """
        return self._read()[0]

    def append(self, record: Record) -> None:
        """Add a record: it outlives this process when this returns, and a loss of power but for a second of work."""
        size = self.path.stat().st_size
        with self._told(size, BEFORE):
            self._write(record)
        if time.monotonic() - self._synced >= SYNC_S:
            with self._told(size, SYNCED):
                self._sync()

    def sync(self) -> None:
        """Have all records on the disk itself when this returns."""
        with self._told(self.path.stat().st_size, SYNCED):
            self._sync()

    def repair(self, config: str) -> list[Record]:
        """Cut off a last line that was not written whole, and return the others; a header begins with `config`."""
        records, size = self._read()
        if size < self.path.stat().st_size:
            os.truncate(self.path, size)
        if size == 0:
            self.create(config)
        return records

    def damage(self, number: int) -> UserError:
        """The sentence about a line that does not hold what it should."""
        return UserError(
            f"{self.path} is damaged at line {number}: restore the file, or keep only the lines before "
            f"(head -n {number - 1}) to resume from there"
        )

    def _read(self) -> tuple[list[Record], int]:
        """The whole records, and how many bytes they and the header take."""
        lines = self._lines()
        whole = lines[:-1] if lines and _is_torn(lines[-1]) else lines
        if whole:
            self._header(whole[0])
        return [self._record(number, line) for number, line in enumerate(whole) if number], sum(map(len, whole))

    def _lines(self) -> list[bytes]:
        try:
            return self.path.read_bytes().splitlines(keepends=True)
        except OSError as error:
            raise UserError(f"{self.path} cannot be read ({error.strerror}): is this the folder of a run?") from None

    def _record(self, number: int, line: bytes) -> Record:
        """The record in the line after `number` others."""
        try:
            record = shapes.parse(shapes.Record, line)
        except ValueError:
            raise self.damage(number + 1) from None
        if record["generation"] != number - 1:
            raise self.damage(number + 1)
        return record

    def _header(self, line: bytes) -> dict[str, Any]:
        try:
            header = shapes.parse(shapes.Header, line)
        except ValueError:
            raise UserError(
                f'{self.path} is damaged at line 1: it should be the header {{"format": {FORMAT}}}'
            ) from None
        if header["format"] > FORMAT:
            raise UserError(
                f"{self.path} has format {header['format']}, written by a newer version of plastica "
                f"(this one reads up to {FORMAT}): upgrade plastica"
            )
        return header

    def _write(self, record: Record) -> None:
        line = json.dumps(record, allow_nan=False, separators=(",", ":")) + "\n"
        with self.path.open("ab") as file:
            file.write(line.encode())

    def _sync(self) -> None:
        with self.path.open("ab") as file:
            os.fsync(file.fileno())
        self._synced = time.monotonic()

    @contextmanager
    def _told(self, size: int, kept: str) -> Iterator[None]:
        """What cannot be written is told in a sentence, and the journal is left as long as it was, `size` bytes."""
        try:
            yield
        except OSError as error:
            with suppress(OSError):
                os.truncate(self.path, size)  # shrinking needs no space, so the journal stays whole
            raise UserError(
                f"{self.path} cannot be written ({error.strerror}): {remedy(error)}, then resume the run; {kept}"
            ) from None


def _is_torn(line: bytes) -> bool:
    """Whether a last line was not written whole: its end is missing, or zeros stand where a disk lost some of it."""
    return not line.endswith(b"\n") or b"\0" in line
