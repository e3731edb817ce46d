"""How far a neuron's weights are from the direction of the nearest source."""

from collections.abc import Sequence
from typing import Annotated, Any, ClassVar

import numpy as np
from pydantic import Field

from plastica.inner.outcome import Outcome
from plastica.inner.rate.network import RateDataset, RateTrials
from plastica.rules.base import Floats
from plastica.section import Section


class NearestSource(Section):
    """sum_i min over sources k and signs |w_i -+ s_k|, where s_k is the direction of unit length of a source.

    Any source will do, with either sign. An exploded trial costs `unstable * M * (2 - lifetime)`, where lifetime is
    the fraction of updates before the explosion, a rule with non-finite coefficients `2 * unstable * M`, and no other
    trial more than `unstable * M`.
    """

    kind: ClassVar[str] = "nearest-source"
    metrics: ClassVar[tuple[str, ...]] = ("alignment", "length")
    unstable: Annotated[float, Field(gt=0, le=1e6)] = Field(
        default=10.0,
        description="loss per output neuron at and above which trials are unstable; exploded ones cost up to twice",
    )

    def distance(self, w: Any, directions: Any, numpy: Any) -> Any:
        """The sum for w [..., M, N] and directions [..., N, N]; `numpy` is what computes, or JAX's."""
        along = w @ directions.swapaxes(-1, -2)
        nearest = numpy.abs(along).argmax(axis=-1)[..., None] == numpy.arange(along.shape[-1])
        target = numpy.where(nearest, numpy.where(along < 0, -1.0, 1.0), 0.0) @ directions
        return numpy.linalg.norm(w - target, axis=-1).sum(axis=-1)

    def score(self, trials: RateTrials, datasets: Sequence[RateDataset]) -> tuple[Floats, dict[str, Floats]]:
        """loss [R, D], and metrics [R, D], which are zero where the trial did not end well.

        alignment: |cos| between the weights and the nearest source, and length: that of the weights; both averaged over
        neurons.
        """
        outputs = trials.w.shape[2]
        directions = np.stack([dataset.stimuli.principal for dataset in datasets])  # [D, N, N]
        stable = trials.outcome == Outcome.OK
        w = np.where(stable[..., None, None], trials.w, 0.0)
        worst = self.unstable * outputs
        lifetime = np.where(trials.outcome == Outcome.NONFINITE, 0.0, trials.lifetime)
        distance = np.minimum(self.distance(w, directions, np), worst)
        loss = np.where(stable, distance, worst * (2 - lifetime))
        return loss, {"alignment": _alignment(w, directions), "length": np.linalg.norm(w, axis=-1).mean(axis=-1)}


def _alignment(w: Floats, directions: Floats) -> Floats:
    """Mean over neurons of the largest |cos| with a direction; zero for weights of (almost) no length."""
    along = np.abs(w @ directions.swapaxes(-1, -2)).max(axis=-1)
    length = np.linalg.norm(w, axis=-1)
    return np.divide(along, length, out=np.zeros_like(along), where=length > 1e-12).mean(axis=-1)
