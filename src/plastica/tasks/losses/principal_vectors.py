"""The loss of Eqs. (5) and (9): how far each neuron's weights are from its principal vector."""

from collections.abc import Sequence
from typing import Annotated, Any, ClassVar

import numpy as np
from pydantic import Field

from plastica.inner.outcome import Outcome
from plastica.inner.rate.network import RateDataset, RateTrials
from plastica.rules.base import Floats
from plastica.section import Section


class PrincipalVectors(Section):
    """sum_i min over signs |w_i -+ PC_i| (Eq. 9; one neuron: Eq. 5).

    A principal vector has no sign, so each counts with the nearer one. An exploded trial costs
    `unstable * M * (2 - lifetime)`, where lifetime is the fraction of updates before the explosion, a rule with
    non-finite coefficients `2 * unstable * M`, and no other trial more than `unstable * M`: every loss is finite, and
    the later a rule explodes, the better it is.
    """

    kind: ClassVar[str] = "principal-vectors"
    metrics: ClassVar[tuple[str, ...]] = ("explained_variance", "overlap", "lateral_rms")
    unstable: Annotated[float, Field(gt=0, le=1e6)] = Field(
        default=10.0,
        description="loss per output neuron at and above which trials are unstable; exploded ones cost up to twice",
    )

    def distance(self, w: Any, principal: Any, numpy: Any) -> Any:
        """Eq. (9) for w [..., M, N] and principal vectors [..., at least M, N]; `numpy` is what computes, or JAX's."""
        target = principal[..., : w.shape[-2], :]
        sign = numpy.where((w * target).sum(axis=-1, keepdims=True) < 0, -1.0, 1.0)
        return numpy.linalg.norm(w - sign * target, axis=-1).sum(axis=-1)

    def score(self, trials: RateTrials, datasets: Sequence[RateDataset]) -> tuple[Floats, dict[str, Floats]]:
        """loss [R, D], and metrics [R, D], which are zero where the trial did not end well.

        explained_variance: the variance of the dataset along the span of the weight vectors, as a fraction of the most
        that as many directions can explain. With several neurons, overlap: the mean |cos| between weight vectors, and
        lateral_rms: the root mean square of all entries of the lateral matrix.
        """
        outputs = trials.w.shape[2]
        target = np.stack([dataset.stimuli.principal[:outputs] for dataset in datasets])  # [D, M, N]
        stable = (trials.outcome == Outcome.OK)[..., None, None]
        w = np.where(stable, trials.w, 0.0)
        distance = self.distance(w, target, np)
        worst = self.unstable * outputs
        lifetime = np.where(trials.outcome == Outcome.NONFINITE, 0.0, trials.lifetime)
        loss = np.where(trials.outcome == Outcome.OK, np.minimum(distance, worst), worst * (2 - lifetime))
        metrics = {"explained_variance": _explained_variance(w, datasets)}
        if outputs > 1:
            metrics["overlap"] = _overlap(w)
            lateral = np.where(stable, trials.lateral, 0.0)
            metrics["lateral_rms"] = np.sqrt((lateral**2).mean(axis=(-2, -1)))
        return loss, metrics


def _explained_variance(w: Floats, datasets: Sequence[RateDataset]) -> Floats:
    """sum_i q_i C q_i / sum of the M largest variances, with q an orthonormal basis of the span of w [R, D, M, N]."""
    outputs = w.shape[2]
    variance = np.stack([dataset.stimuli.variance for dataset in datasets])  # [D, N]
    axes = np.stack([dataset.stimuli.principal for dataset in datasets])  # [D, N, N]
    directions = w @ axes.swapaxes(-1, -2)  # in coordinates along the principal axes
    basis = np.zeros_like(directions)
    basis[:, :, 0] = _unit(directions[:, :, 0])
    for i in range(1, outputs):  # Gram-Schmidt
        rest = directions[:, :, i]
        along = (basis * rest[:, :, None]).sum(axis=-1, keepdims=True)
        basis[:, :, i] = _unit(rest - (along * basis).sum(axis=2))
    # Sums, not einsum, whose order of additions, and so the last bit, would depend on how many datasets there are.
    explained = ((basis**2).sum(axis=2) * variance).sum(axis=-1)
    return explained / variance[:, :outputs].sum(axis=1)


def _overlap(w: Floats) -> Floats:
    """Mean |cos| between different weight vectors of [R, D, M, N]."""
    directions = _unit(w)
    cosines = np.abs(directions @ directions.swapaxes(-1, -2))
    outputs = w.shape[2]
    return (cosines.sum(axis=(-2, -1)) - np.trace(cosines, axis1=-2, axis2=-1)) / (outputs * (outputs - 1))


def _unit(vectors: Floats) -> Floats:
    """Vectors of length one; a vector of (almost) no length becomes zero."""
    norm = np.linalg.norm(vectors, axis=-1, keepdims=True)
    return np.divide(vectors, norm, out=np.zeros_like(vectors), where=norm > 1e-12)
