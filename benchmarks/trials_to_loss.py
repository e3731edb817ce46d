"""The table of docs/speed.md: trials and seconds of a search until its favourite has a given held-out loss.

    python benchmarks/trials_to_loss.py oja 0.01 101-110 "" data.count=5 search.name=lra-cma

Each further argument is a setting to compare, or several with commas between them; "" is the default. Runs go to
runs/trials/, and what is done already is not done again. The favourites of some forty generations of each search are
evaluated on datasets that no search has seen, the same for all; reached is where the loss is below the given one and
stays there. Medians over the seeds that reach it, with the range; the loss at the end is that of all seeds.
"""

import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from course import course, kept, places, seconds_until, trials_until

from plastica import cli
from plastica.kept import Run
from plastica.studies.variation import seeds_of
from plastica.toml_text import setting

DATASETS = 200
HOME = Path("runs/trials")


def main(task: str, loss: str, seeds: str, *settings: str) -> None:
    print("| setting | reached | trials | seconds | loss at the end |")
    print("|---|---|---|---|---|")
    for text in settings:
        changes = dict(setting(one) for one in text.split(",") if one)
        name = "-".join([task, *text.replace("=", "-").split(",")])
        runs = [kept(task, changes | {"seed": s}, HOME / f"{name}-{s}") for s in seeds_of(seeds)]
        print(f"| {text or 'default'} |", " | ".join(row(runs, float(loss))), "|", flush=True)


def row(runs: Sequence[Run], goal: float) -> list[str]:
    reached, ends = [], []
    for run in runs:
        losses = course(run, run.task.keys(1, "held-out", DATASETS)).mean(axis=1)
        ends.append(losses[-1])
        above = np.flatnonzero(losses > goal)
        if losses[-1] <= goal:
            place = places(run)[above[-1] + 1 if above.size else 0]
            reached.append((trials_until(run, place), seconds_until(run, place)))
    trials, seconds = zip(*reached, strict=True) if reached else ((), ())
    return [f"{len(reached)} of {len(runs)}", told(trials, ",.0f"), told(seconds, ".1f"), told(ends, ".4f")]


def told(values: Sequence[float], how: str) -> str:
    """Median and range."""
    if not values:
        return "-"
    low, middle, high = min(values), float(np.median(values)), max(values)
    return f"{middle:{how}} ({low:{how}} to {high:{how}})"


if __name__ == "__main__":
    cli.main(lambda: main(*sys.argv[1:]))
