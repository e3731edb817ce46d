"""The table of docs/optimisers.md: exact gradients beside finite differences, at the favourites of a run.

    python benchmarks/gradients.py runs/adam 10,40,50,60

For each generation, on ten datasets that no search has seen: how many explode, the length of the mean exact gradient
and of central differences (0.01 of each coefficient to either side), the cosine between both, and the loss after a step
of some lengths down either of them.
"""

import sys
from collections.abc import Sequence

import numpy as np

import plastica
from plastica import cli
from plastica.inner.outcome import Outcome
from plastica.rules.base import Floats
from plastica.tasks.task import Dataset, Task

DATASETS = 10
DIFFERENCE = 0.01
STEPS = (0.03, 0.1, 0.3)


def main(folder: str, generations: str) -> None:
    run = plastica.Run.open(folder)
    datasets = run.task.datasets(run.task.keys(run.config.seed, "bench", DATASETS))
    print("| generation | loss | exploded | exact | differences | cosine | down the exact | down the differences |")
    print("|---|---|---|---|---|---|---|---|")
    for generation in map(int, generations.split(",")):
        theta = np.array(run.records()[generation]["favourite"])
        print(f"| {generation} |", " | ".join(row(run.task, theta, datasets)), "|", flush=True)


def row(task: Task, theta: Floats, datasets: Sequence[Dataset]) -> list[str]:
    evaluation = task.score(theta[None], datasets, gradients=1)
    exact, differences = evaluation.gradient.mean(axis=(0, 1)), central(task, theta, datasets)
    sizes = [float(np.linalg.norm(slope)) for slope in (exact, differences)]
    cosine = f"{exact @ differences / np.prod(sizes):.2f}" if all(sizes) else "-"
    exploded = int((evaluation.outcome == Outcome.EXPLODED).sum())
    down = [
        ", ".join(f"{loss:.2f}" for loss in after(task, theta, slope, datasets)) if size else "-"
        for slope, size in zip((exact, differences), sizes, strict=True)
    ]
    return [f"{evaluation.loss.mean():.2f}", f"{exploded} of {DATASETS}", *(f"{s:.2g}" for s in sizes), cosine, *down]


def central(task: Task, theta: Floats, datasets: Sequence[Dataset]) -> Floats:
    shifts = DIFFERENCE * np.eye(len(theta))
    up, down = np.split(task.score(np.concatenate([theta + shifts, theta - shifts]), datasets).loss.mean(axis=1), 2)
    return (up - down) / (2 * DIFFERENCE)


def after(task: Task, theta: Floats, slope: Floats, datasets: Sequence[Dataset]) -> Floats:
    """Mean losses at the ends of steps of these lengths down a slope."""
    steps = np.outer(STEPS, slope / np.linalg.norm(slope))
    return task.score(theta - steps, datasets).loss.mean(axis=1)


if __name__ == "__main__":
    cli.main(lambda: main(*sys.argv[1:]))
