"""A study in numbers: of each setting how many runs succeed, and medians with intervals; and the families of rules."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from plastica.analysis.intervals import median_interval, share_interval
from plastica.studies.kept import Study
from plastica.studies.table import Row

FAMILIES = ("family_by_angle", "family_by_behaviour")


def summary(study: Study) -> dict[str, Any]:
    """All that `plastica show --json` prints of a study, as plain data."""
    rows = study.table()
    names = {name: setting.name for name, (setting, _) in study.places.items()}
    return {
        "study": study.task,
        "folder": str(study.folder.path),
        "seeds": list(study.seeds),
        "success": study.success.text,
        "success_in_words": study.success.in_words,
        "settings": [
            {"setting": setting.label, "varied": dict(setting.varied)}
            | of_setting([row for row in rows if names[row["run"]] == setting.name])
            for setting in study.settings
        ],
        "families": {key: _members(rows, key) for key in FAMILIES},
        "runs": rows,
    }


def of_setting(rows: Sequence[Row]) -> dict[str, Any]:
    """How many runs are done and succeed, with the interval of the probability, and the median of every number."""
    done = [row for row in rows if row.get("held_out") is not None]
    judged = [bool(row["success"]) for row in done if row["success"] is not None]
    return {
        "runs": len(rows),
        "done": len(done),
        "judged": len(judged),
        "succeed": sum(judged),
        "rate": sum(judged) / len(judged) if judged else None,
        "rate_interval": list(share_interval(sum(judged), len(judged))) if judged else None,
        "median": {key: _median(done, key) for key in _numbers(done)},
    }


def _numbers(done: Sequence[Row]) -> list[str]:
    """The keys whose values are numbers, but for what was asked and the numbers of families."""
    keys = [key for key in done[0] if key not in ("seed", *FAMILIES)] if done else []
    return [key for key in keys if any(_is_number(row[key]) for row in done)]


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _median(done: Sequence[Row], key: str) -> dict[str, Any]:
    values = np.array([row[key] for row in done if _is_number(row[key])], dtype=float)
    interval = median_interval(values)
    return {"median": float(np.median(values)), "interval": list(interval) if interval else None}


def _members(rows: Sequence[Row], key: str) -> list[list[str]]:
    """The runs of each family, the largest first."""
    last = max((row[key] or 0 for row in rows), default=0)
    return [[row["run"] for row in rows if row[key] == number] for number in range(1, last + 1)]
