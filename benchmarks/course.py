"""How good the favourites of a search were on its way, on datasets that no search has seen."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

import plastica
from plastica.conduct import Observer
from plastica.inner.keys import Key
from plastica.kept import Run
from plastica.rules.base import Floats

STEPS = 40  # favourites of a search that are evaluated, at most
SHORT = {"held_out.count": 2, "held_out.random_rules": 1, "held_out.selection": 1}  # the evaluation is done here


def kept(
    task: str, settings: dict[str, Any], out: Path, start: Path | None = None, observer: Observer | None = None
) -> Run:
    """A run in its folder: begun, resumed or only opened, as needed."""
    if out.exists():
        return plastica.resume(out, observer=observer)
    return plastica.run(task, settings | SHORT, out=out, start=start, observer=observer)


def places(search: Run) -> list[int]:
    """Generations of a search, evenly spread, the last among them."""
    count = len(search.records())
    return sorted({*range(0, count, -(-count // STEPS)), count - 1})


def course(search: Run, keys: Sequence[Key]) -> Floats:
    """Losses [places, D] of its favourites."""
    records = search.records()
    thetas = np.array([records[place]["favourite"] for place in places(search)])
    return losses(search, thetas, keys)


def losses(search: Run, thetas: Floats, keys: Sequence[Key]) -> Floats:
    """Losses [R, D] of rules [R, P]."""
    with search.config.engine_section.start(search.task) as engine:
        return engine.evaluate(thetas, keys).loss


def seconds_until(search: Run, place: int) -> float:
    """Of the search, up to a generation and with it."""
    return float(search.records()[place]["seconds"])


def trials_until(search: Run, place: int) -> int:
    return sum(sum(record["outcomes"].values()) for record in search.records()[: place + 1])
