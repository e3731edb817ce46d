"""The portrait of a network that learns by updates: how rules train it, side by side."""

from collections.abc import Collection, Mapping
from pathlib import Path

import numpy as np

from plastica.analysis.learning_course import learning_course
from plastica.figures import draw_learning
from plastica.figures.canvas import figure
from plastica.figures.draw_legend import beside
from plastica.rules.base import Floats
from plastica.tasks.task import Task

HELD_OUT_DATASETS = 20  # enough for a smooth curve


def portray(task: Task, rules: Mapping[str, Floats], seed: int, stem: Path, without: Collection[str] = ()) -> None:
    """The loss and each metric over updates, but for those that say nothing here."""
    keys = task.keys(seed, "held-out", HELD_OUT_DATASETS)
    course = learning_course(task, np.stack(list(rules.values())), keys)
    names = [name for name in course.values if name not in without]
    with figure(stem, len(names)) as axes:
        for panel, name in zip(axes, names, strict=True):
            draw_learning.learning_course(panel, course, name, list(rules))
        beside(axes[-1])
