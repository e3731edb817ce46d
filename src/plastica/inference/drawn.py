"""All rules that a search drew and measured, as networks take them: numbers of order one, and none that is missing."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from plastica.conduct import start
from plastica.errors import UserError
from plastica.kept import Run
from plastica.outer.loop import replayed
from plastica.rules.base import Floats, Space
from plastica.table import of_runs
from plastica.table.rule_table import FAILED


@dataclass(frozen=True)
class Drawn:
    """N rules as points [N, P'] in units of the prior's spread, of the parameters that have one, with M metrics x
    [N, M]; how many others were left out, for a failed trial or a metric that is not finite."""

    space: Space
    points: Floats
    x: Floats
    left_out: int

    @property
    def free(self) -> NDArray[np.bool_]:
        return self.space.sd > 0

    def thetas(self, points: Floats) -> Floats:
        z = np.tile(self.space.mean, (len(points), 1))
        z[:, self.free] += self.space.sd[self.free] * points
        return self.space.decode(z)

    def scores(self, x: Floats) -> Floats:
        """Metrics as normal scores: ranks among the rules that were drawn, so that no tail, however long, rules."""
        from scipy.special import ndtri

        ranks = [
            np.interp(values, np.sort(own), (np.arange(len(own)) + 0.5) / len(own))
            for values, own in zip(x.T, self.x.T, strict=True)
        ]
        return ndtri(np.stack(ranks, axis=1))


def drawn_by(run: Run, metrics: tuple[str, ...]) -> Drawn:
    """Raises UserError for a run whose journal does not tell metrics and how its rules were drawn."""
    search = start(run.config)
    if not search.measures:
        raise UserError(
            f'{run.folder.path} has no metrics in its journal: infer takes runs with search.name = "filter"'
        )
    for _ in replayed(search, run.records()):
        pass
    table = of_runs([run], everything=True)
    if unknown := [name for name in metrics if name not in table.metrics]:
        raise UserError(f"{unknown[0]}: there is no such metric; choose from {', '.join(table.metrics)}")
    x = np.stack([table.metrics[name] for name in metrics], axis=1)
    good = (table.metrics[FAILED] == 0) & np.isfinite(x).all(axis=1) & np.isfinite(table.thetas).all(axis=1)
    space = run.task.space
    free = space.sd > 0
    points = (space.encode(table.thetas[good]) - space.mean)[:, free] / space.sd[free]
    return Drawn(space, points, x[good], int((~good).sum()))
