"""What a target of exports is, and what a check of an exported file finds."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from plastica.exports.source import Source


@dataclass(frozen=True)
class Agreement:
    """One thing that an exported file computed, beside plastica: how far apart, and how far it may be.

    Without a tolerance it is only told.
    """

    what: str
    distance: float
    tolerance: float = np.inf

    @property
    def is_asked(self) -> bool:
        """Whether it has a tolerance."""
        return bool(np.isfinite(self.tolerance))

    @property
    def holds(self) -> bool:
        """Whether it is near enough, where that is asked; what is not a number never is."""
        return not self.is_asked or self.distance <= self.tolerance


@dataclass(frozen=True)
class Target:
    """A language or simulator: the text of a source, and how its file is checked.

    `text` raises UserError for what the target cannot express; `require` raises it where a check needs what is not
    installed. The file of a task is called <task><suffix>.
    """

    suffix: str
    text: Callable[[Source], str]
    require: Callable[[], None]
    check: Callable[[Source, Path], Sequence[Agreement]]
