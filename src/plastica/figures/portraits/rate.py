"""The portrait of a rate network: how rules train it, side by side."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from plastica.figures.portraits import learning
from plastica.rules.base import Floats
from plastica.tasks.task import Task


def portray(task: Task, rules: Mapping[str, Floats], seed: int, stem: Path) -> None:
    """Explained variance says something where the outputs' weights leave directions of the inputs out: all directions
    explain all variance."""
    network: Any = task.network
    learning.portray(task, rules, seed, stem, () if network.outputs < network.inputs else ("explained_variance",))
