"""The loss of Eqs. (5) and (9): how far each neuron's weights are from its principal vector."""

from collections.abc import Sequence
from typing import Annotated

import numpy as np
from pydantic import Field

from plastica.inner.outcome import Outcome
from plastica.inner.rate_network import RateDataset, RateTrials
from plastica.rules.base import Floats
from plastica.section import Section


class PrincipalVectors(Section):
    """sum_i min over signs |w_i -+ PC_i| (Eq. 9; one neuron: Eq. 5).

    A principal vector has no sign, so each counts with the nearer one. An exploded trial costs
    `unstable * M * (2 - lifetime)`, where lifetime is the fraction of updates before the explosion, a rule with
    non-finite coefficients `2 * unstable * M`, and no other trial more than `unstable * M`: every loss is finite, and
    the later a rule explodes, the better it is.
    """

    unstable: Annotated[float, Field(gt=0)] = Field(
        10.0,
        description="loss per output neuron at and above which trials are unstable; exploded ones cost up to twice",
    )

    def score(self, trials: RateTrials, datasets: Sequence[RateDataset]) -> tuple[Floats, dict[str, Floats]]:
        """loss [R, D]; there are no further metrics."""
        outputs = trials.w.shape[2]
        target = np.stack([dataset.stimuli.principal[:outputs] for dataset in datasets])  # [D, M, N]
        stable = (trials.outcome == Outcome.OK)[..., None, None]
        w = np.where(stable, trials.w, 0.0)
        sign = np.where((w * target).sum(axis=-1, keepdims=True) < 0, -1.0, 1.0)
        distance = np.linalg.norm(w - sign * target, axis=-1).sum(axis=-1)  # Eq. (9)
        worst = self.unstable * outputs
        lifetime = np.where(trials.outcome == Outcome.NONFINITE, 0.0, trials.lifetime)
        loss = np.where(trials.outcome == Outcome.OK, np.minimum(distance, worst), worst * (2 - lifetime))
        return loss, {}
