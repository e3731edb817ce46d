"""The portrait of a rate network: how a rule trains it, beside the known rule."""

from pathlib import Path
from typing import Any

import numpy as np

from plastica.analysis.learning_course import learning_course
from plastica.figures import draw_learning
from plastica.figures.canvas import figure
from plastica.figures.draw_legend import beside
from plastica.kept import Run
from plastica.tasks.task import Task

HELD_OUT_DATASETS = 20  # enough for a smooth curve


def portray(run: Run, stem: Path) -> None:
    """How the learned rule trains its network, beside the known rule."""
    task = run.task
    rules = {"learned rule": run.theta}
    known = task.known_theta(task.targets)
    if known is not None:
        rules["known rule"] = known
    keys = task.keys(run.config.seed, "held-out", HELD_OUT_DATASETS)
    course = learning_course(task, np.stack(list(rules.values())), keys)
    names = [name for name in course.values if name != "explained_variance" or _spans_a_part(task)]
    with figure(stem, len(names)) as axes:
        for panel, name in zip(axes, names, strict=True):
            draw_learning.learning_course(panel, course, name, list(rules))
        beside(axes[-1])


def _spans_a_part(task: Task) -> bool:
    """Whether the outputs' weights leave directions of the inputs out; all directions explain all variance."""
    network: Any = task.network
    return bool(network.outputs < network.inputs)
