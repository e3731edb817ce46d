"""The portrait of a rate network: how a rule trains it, beside the known rule."""

from pathlib import Path
from typing import Any

from plastica.figures.portraits import learning
from plastica.rules.base import Floats
from plastica.tasks.task import Task


def portray(task: Task, theta: Floats, seed: int, stem: Path) -> None:
    """Explained variance says something where the outputs' weights leave directions of the inputs out: all directions
    explain all variance."""
    network: Any = task.network
    learning.portray(task, theta, seed, stem, () if network.outputs < network.inputs else ("explained_variance",))
