"""The portrait of a rate network: how a rule trains it, beside the known rule."""

from pathlib import Path
from typing import Any

from plastica.figures.portraits import learning
from plastica.kept import Run


def portray(run: Run, stem: Path) -> None:
    """Explained variance says something where the outputs' weights leave directions of the inputs out: all directions
    explain all variance."""
    network: Any = run.task.network
    learning.portray(run, stem, () if network.outputs < network.inputs else ("explained_variance",))
