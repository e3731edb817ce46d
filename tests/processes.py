"""The program as a user starts it, and what its journal says apart from the times."""

import json
import sys
from pathlib import Path
from typing import Any


def command(*arguments: object) -> list[str]:
    return [sys.executable, "-m", "plastica", *map(str, arguments)]


def as_version_0_1(folder: Path) -> None:
    """Let a run's journal begin as version 0.1 began it, which noted no fingerprint of the config."""
    journal = folder / "journal.jsonl"
    journal.write_text("\n".join(['{"format":1}', *journal.read_text().splitlines()[1:], ""]))


def journal_of(folder: Path) -> list[dict[str, Any]]:
    """The lines of a journal, without the times."""
    lines = [json.loads(line) for line in (folder / "journal.jsonl").read_text().splitlines()]
    return [{key: value for key, value in line.items() if key != "seconds"} for line in lines]
