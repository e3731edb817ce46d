"""The contract of a search: ask and tell, deterministic given its seed."""

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from plastica.outer.measured import Measured
from plastica.rules.base import Floats, Space
from plastica.tasks.task import Task

State = dict[str, float | str]


class Search(Protocol):
    """A search in progress; a class that implements it inherits what most searches have in common."""

    @property
    def gradients(self) -> int:
        """At how many of the thetas that it asks for, the last ones, it must be told the exact gradient too."""
        return 0

    @property
    def measures(self) -> bool:
        """Whether it must hear what was measured of the candidates; then the journal keeps it."""
        return False

    @property
    def kept(self) -> NDArray[np.bool_] | None:
        """Which of the thetas that it was last told of belong to its answer, [R], where that is a table of rules."""
        return None

    def against_prior(self, thetas: Floats) -> Floats:
        """How much denser random initial rules are at thetas [R, P] than all that it has drawn: logs [R], up to a
        constant. Zero where it draws from nothing else, and of no meaning for a search that does not measure."""
        return np.zeros(len(thetas))

    def hear(self, measured: Measured) -> None:
        """What was measured of the asked thetas, before their losses. Raises ValueError where something is missing."""
        return

    def ask(self) -> Floats:
        """thetas [R, P] to evaluate; row 0 is the favourite, the rule that the search would answer with now."""
        ...

    def tell(self, loss: Floats, gradient: Floats | None = None) -> None:
        """The loss [R] of each asked theta and its gradient [gradients, P], averaged over datasets: finite."""
        ...

    def stop(self) -> dict[str, float]:
        """Why the search is at its end, as {reason: value}; empty while it is not."""
        ...

    def state(self) -> State:
        """How the search is getting on (a step size, restarts and their reasons), for display and journal."""
        ...


class SearchSection(Protocol):
    """The config of a search, which can start it."""

    def check(self, task: Task) -> None:
        """Raise ValueError, with a sentence for the user, where the settings do not fit the task."""
        ...

    def begin(self, space: Space, generator: np.random.Generator) -> Search:
        """A search from a random initial rule, or from where the settings say."""
        ...


def objective(loss: Floats, thetas: Floats, l1: float, linear: np.ndarray) -> Floats:
    """What a search minimises: the loss plus `l1` times the sum of the coefficients' absolute values, [R]."""
    return loss + l1 * np.abs(thetas[:, linear]).sum(axis=1)
