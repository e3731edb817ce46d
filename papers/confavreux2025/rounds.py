"""What each round of a filter on quartets drew and kept, window by window: the table of docs/recurrent.md.

    python papers/confavreux2025/rounds.py RUN

RUN is a folder of `plastica run papers/confavreux2025/quartets.toml`. A row is a round: how many of its quartets came
to the end of their trial, and which share was within the windows of activity, of irregularity, of weights, and of all.
"""

import sys
from collections.abc import Iterator

import numpy as np
from prior import ACTIVITY, IRREGULAR, WEIGHTS

import plastica
from plastica.runs.journal import Record

GROUPS = (ACTIVITY, IRREGULAR, WEIGHTS, (*ACTIVITY, *IRREGULAR, *WEIGHTS))


def rows(run: plastica.Run) -> Iterator[str]:
    yield "| round | quartets | came to their end | active | irregular | weights | all of it | kept so far |"
    yield "|---|---|---|---|---|---|---|---|"
    windows = run.config.search_section.windows
    for record in run.searched():
        shares = " | ".join(f"{100 * share:.1f} %" for share in within(record, windows))
        ended = len(record["loss"]) - sum(record["measured"]["failed"])
        first = record["generation"] + 1
        yield f"| {first} | {len(record['loss'])} | {ended} | {shares} | {record['search']['rules']} |"


def within(record: Record, windows: dict[str, tuple[float, float]]) -> list[float]:
    """The share of a round for each of `GROUPS`, without the favourite where that is of an earlier round."""
    measured, old = record["measured"], int(record["generation"] > 0)
    shares = []
    for names in GROUPS:
        inside = np.array(measured["failed"]) == 0
        for name in names:
            values, (low, high) = np.array(measured["mean"][name]), windows[name]
            inside &= (low <= values) & (values <= high)
        shares.append(float(inside[old:].mean()))
    return shares


if __name__ == "__main__":
    print("\n".join(rows(plastica.Run.open(sys.argv[1]))))
