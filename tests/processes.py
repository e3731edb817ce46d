"""The program as a user starts it, and what its journal says apart from the times."""

import json
import sys
from pathlib import Path
from typing import Any


def command(*arguments: object) -> list[str]:
    return [sys.executable, "-m", "plastica", *map(str, arguments)]


def journal_of(folder: Path) -> list[dict[str, Any]]:
    """The lines of a journal, without the times."""
    lines = [json.loads(line) for line in (folder / "journal.jsonl").read_text().splitlines()]
    return [{key: value for key, value in line.items() if key != "seconds"} for line in lines]
