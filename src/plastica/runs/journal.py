"""The journal of a run: one JSON line a generation, appended and synced; a torn last line is not a loss."""

import json
import os
from contextlib import suppress
from pathlib import Path
from typing import Any

from plastica.errors import UserError

FORMAT = 1
Record = dict[str, Any]


class Journal:
    """`journal.jsonl`: a header {"format": 1}, then one record a generation, {"generation": 0, ...} onwards."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def create(self) -> None:
        """Write the header of an empty journal."""
        self._write(0, {"format": FORMAT})

    def read(self) -> list[Record]:
        """All records that were written whole.

        Raises UserError if a line before the last is damaged, or a newer version of plastica wrote the journal.
        """
        return self._read()[0]

    def append(self, record: Record) -> None:
        """Add a record; it is on the disk when this returns."""
        self._write(self.path.stat().st_size, record)

    def repair(self) -> list[Record]:
        """Cut off a last line that was not written whole, and return the others."""
        records, size = self._read()
        if size < self.path.stat().st_size:
            os.truncate(self.path, size)
        if size == 0:
            self.create()
        return records

    def _read(self) -> tuple[list[Record], int]:
        """The whole records, and how many bytes they and the header take."""
        try:
            lines = self.path.read_bytes().splitlines(keepends=True)
        except OSError as error:
            raise UserError(f"{self.path} cannot be read ({error.strerror}): is this the folder of a run?") from None
        records: list[Record] = []
        size = 0
        for number, line in enumerate(lines, start=1):
            record = _parse(line)
            if record is None and number == len(lines):
                break
            if number == 1:
                self._check_header(record)
            elif record is None or record.get("generation") != len(records):
                raise UserError(
                    f"{self.path} is damaged at line {number}: restore the file, or keep only the lines before "
                    f"(head -n {number - 1}) to resume from there"
                )
            else:
                records.append(record)
            size += len(line)
        return records, size

    def _check_header(self, header: Record | None) -> None:
        if header is None or not isinstance(header.get("format"), int):
            raise UserError(f'{self.path} is damaged at line 1: it should be the header {{"format": {FORMAT}}}')
        if header["format"] > FORMAT:
            raise UserError(
                f"{self.path} has format {header['format']}, written by a newer version of plastica "
                f"(this one reads up to {FORMAT}): upgrade plastica"
            )

    def _write(self, size: int, record: Record) -> None:
        line = json.dumps(record, allow_nan=False, separators=(",", ":")) + "\n"
        try:
            with self.path.open("ab") as file:
                file.write(line.encode())
                file.flush()
                os.fsync(file.fileno())
        except OSError as error:
            with suppress(OSError):
                os.truncate(self.path, size)  # shrinking needs no space, so the journal stays whole
            raise UserError(
                f"{self.path} cannot be written ({error.strerror}): free some space, then resume the run; "
                "all generations before this one are kept"
            ) from None


def _parse(line: bytes) -> Record | None:
    """A whole line as a record, or None."""
    if not line.endswith(b"\n"):
        return None
    try:
        record = json.loads(line)
    except ValueError:
        return None
    return record if isinstance(record, dict) else None
