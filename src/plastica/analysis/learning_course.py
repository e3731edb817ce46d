"""What a network that learns by updates becomes in the course of its training, on held-out datasets."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from plastica.inner.keys import Key
from plastica.inner.one_thread import one_thread
from plastica.rules.base import Floats
from plastica.tasks.task import Task

POINTS = 16


@dataclass(frozen=True)
class LearningCourse:
    """updates [T]; loss and each metric [R, T], averaged over datasets."""

    updates: NDArray[np.int64]
    values: dict[str, Floats]


def learning_course(task: Task, thetas: Floats, keys: Sequence[Key]) -> LearningCourse:
    """Loss and metrics of rules [R, P] after 1, ..., `network.updates` updates, evenly on a logarithmic axis."""
    network: Any = task.network
    updates = np.unique(np.geomspace(1, network.updates, POINTS).round().astype(int))
    datasets = [task.dataset(key) for key in keys]
    values: dict[str, list[Floats]] = {}
    for count in updates:
        with one_thread():
            trials = network.simulate(task.rules, task.split(thetas), datasets, int(count))
            loss, metrics = task.loss.score(trials, datasets)
        for name, value in {"loss": loss, **metrics}.items():
            values.setdefault(name, []).append(value.mean(axis=1))
    return LearningCourse(updates, {name: np.stack(columns, axis=1) for name, columns in values.items()})
