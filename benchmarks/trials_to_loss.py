"""The tables of docs/speed.md: trials and seconds of a search until its favourite has a given held-out loss.

    python benchmarks/trials_to_loss.py oja 0.01 101-110 "" data.count=5 search.name=lra-cma

Each further argument is a setting to compare, or several with commas between them; "" is the default. Runs go to
runs/trials/, and what is done already is not done again. The favourites of some forty generations of each search are
evaluated on datasets that no search has seen, the same for all; reached is where the loss is below the given one, or
each of several with commas between them, and stays there. Medians over the seeds that reach it, with the range; the
loss at the end is that of all seeds. Seconds are the processor's, of all threads together, so that other work on the
machine counts for little; what a first generation compiles is among them.
"""

import hashlib
import sys
from collections.abc import Sequence
from pathlib import Path
from time import process_time
from typing import Any

import numpy as np
from course import kept, losses, places, trials_until

from plastica import cli
from plastica.conduct import Estimate, Silent
from plastica.kept import Run
from plastica.rules.base import Floats
from plastica.runs.journal import Record
from plastica.studies.variation import seeds_of
from plastica.toml_text import setting

DATASETS = 200
LONGEST = 150  # characters of a folder's name
HOME = Path("runs/trials")


def main(task: str, goals: str, seeds: str, *settings: str) -> None:
    print("| setting | loss | reached | trials | processor seconds | loss at the end |")
    print("|---|---|---|---|---|---|")
    for text in settings:
        changes = dict(setting(one) for one in text.split(",") if one)
        runs = [timed(task, changes | {"seed": s}, HOME / f"{named(task, text)}-{s}") for s in seeds_of(seeds)]
        means = courses(runs)
        for goal in goals.split(","):
            print(f"| {text or 'default'} | {goal} |", " | ".join(row(runs, means, float(goal))), "|", flush=True)


def row(runs: Sequence[Run], on_their_way: Sequence[Floats], goal: float) -> list[str]:
    reached, ends = [], []
    for run, means in zip(runs, on_their_way, strict=True):
        ends.append(means[-1])
        above = np.flatnonzero(means > goal)
        if means[-1] <= goal:
            place = places(run)[above[-1] + 1 if above.size else 0]
            reached.append((trials_until(run, place), Clock(run.folder.path).seconds[place]))
    trials, seconds = zip(*reached, strict=True) if reached else ((), ())
    return [f"{len(reached)} of {len(runs)}", told(trials, ",.0f"), told(seconds, ".1f"), told(ends, ".4f")]


def courses(runs: Sequence[Run]) -> list[Floats]:
    """Mean losses [places] of the favourites of each run, all on datasets that are made once."""
    thetas = [np.array([run.records()[place]["favourite"] for place in places(run)]) for run in runs]
    means = losses(runs[0], np.concatenate(thetas), runs[0].task.keys(1, "held-out", DATASETS)).mean(axis=1)
    return np.split(means, np.cumsum([len(part) for part in thetas])[:-1])


def named(task: str, text: str) -> str:
    """A folder's name for a setting: the setting itself, or a digest where that is too long for a file system."""
    name = "-".join([task, *text.replace("=", "-").split(",")])
    return name if len(name) <= LONGEST else f"{task}-{hashlib.sha256(text.encode()).hexdigest()[:12]}"


def timed(task: str, settings: dict[str, Any], out: Path) -> Run:
    return kept(task, settings, out, observer=Clock(out))


class Clock(Silent):
    """Processor seconds of a search up to each of its generations, in a file beside its folder."""

    def __init__(self, run: Path) -> None:
        self._file = Path(f"{run}.seconds")

    @property
    def seconds(self) -> list[float]:
        return [float(line) for line in self._file.read_text().split()] if self._file.exists() else []

    def started(self, run: Run, estimate: Estimate) -> None:
        done = self.seconds[: len(run.records())]
        self._file.write_text("".join(f"{one}\n" for one in done))
        self._began = process_time() - (done[-1] if done else 0.0)

    def generation(self, run: Run, record: Record) -> None:
        with self._file.open("a") as file:
            file.write(f"{process_time() - self._began:.3f}\n")


def told(values: Sequence[float], how: str) -> str:
    """Median and range."""
    if not values:
        return "-"
    low, middle, high = min(values), float(np.median(values)), max(values)
    return f"{middle:{how}} ({low:{how}} to {high:{how}})"


if __name__ == "__main__":
    cli.main(lambda: main(*sys.argv[1:]))
