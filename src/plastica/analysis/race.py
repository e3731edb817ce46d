"""Many candidates on few datasets, few on many: successive halving (Jamieson & Talwalkar 2016)."""

from collections.abc import Callable, Sequence

import numpy as np

from plastica.inner.keys import Key
from plastica.rules.base import Floats
from plastica.tasks.task import Evaluation


def race(
    thetas: Floats,
    keys: Sequence[Key],
    few: int,
    evaluate: Callable[[Floats, Sequence[Key]], Evaluation],
    stays: int = 0,
) -> Floats:
    """The one [P] of thetas [R, P] that is left at the end.

    All are evaluated on the first `few` datasets; the half with the smaller mean loss goes on to as many more, and so
    on, twice as many each time, until all of `keys` are seen. The first `stays` are never left out before. So each
    dataset is seen once by a candidate, and the answer is never worse on all of them than the best of those that stay.
    """
    losses = np.empty((len(thetas), 0))
    left = np.arange(len(thetas))
    until = few
    while True:
        seen, until = losses.shape[1], min(until, len(keys))
        losses = np.hstack([losses, evaluate(thetas[left], keys[seen:until]).loss])
        order = np.argsort(losses.mean(axis=1), kind="stable")
        if until == len(keys):
            best: Floats = thetas[left[order[0]]]
            return best
        goes_on = np.sort(np.union1d(order[: -(-len(left) // 2)], np.flatnonzero(left < stays)))
        left, losses, until = left[goes_on], losses[goes_on], 2 * until
