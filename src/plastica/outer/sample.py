"""How many datasets a generation is tested on: few while candidates differ by much, more where chance ranks them."""

import numpy as np

from plastica.rules.base import Floats

ALIKE = 0.4  # agreement of two halves of the datasets below which there are too few of them
WINDOW = 6  # generations whose agreement counts


class Sample:
    """Begins with `first` datasets, and takes twice as many, up to `most`, when they no longer agree on the candidates.

    A search that begins again from another rule begins with few again. All of it follows from what was heard, so that
    a journal can replay it.
    """

    def __init__(self, first: int, most: int) -> None:
        self._first, self._most = first, most
        self.count = min(first, most) or most
        self._heard: list[float] = []

    @property
    def grows(self) -> bool:
        return 0 < self._first < self._most

    def hear(self, agreement: float, restarted: bool) -> None:
        """How well the datasets of a generation agreed, and whether its search had begun again."""
        if restarted:
            self.count, self._heard = min(self._first, self._most), []
        self._heard.append(agreement)
        if len(self._heard) >= WINDOW and np.mean(self._heard[-WINDOW:]) < ALIKE:
            self.count, self._heard = min(2 * self.count, self._most), []


def agreement(loss: Floats) -> float:
    """The correlation of the ranks that every second dataset gives to the candidates with those that the others give,
    of losses [R, D]; candidates that are equally good share a rank. 1 where nothing tells candidates apart."""
    if loss.shape[1] < 2:
        return 0.0
    one, other = (np.unique(loss[:, half::2].mean(axis=1), return_inverse=True)[1] for half in (0, 1))
    if min(one.max(), other.max()) == 0:
        return 1.0
    return float(np.corrcoef(one, other)[0, 1])
