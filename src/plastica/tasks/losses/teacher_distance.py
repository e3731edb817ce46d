"""How far a neuron's weights are from its teacher's."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, ClassVar

import numpy as np
from pydantic import Field

from plastica.inner.outcome import Outcome
from plastica.inner.stepwise.trials import StepwiseDataset, StepwiseTrials
from plastica.rules.base import Floats
from plastica.section import Section


class TeacherDistance(Section):
    """|w - teacher|; an exploded trial costs `unstable * (2 - lifetime)`, a rule that is not finite `2 * unstable`, and
    no other trial more than `unstable`."""

    kind: ClassVar[str] = "teacher-distance"
    metrics: ClassVar[tuple[str, ...]] = ("cosine",)
    unstable: Annotated[float, Field(gt=0, le=1e6)] = Field(
        default=3.0, description="loss at and above which trials are unstable; exploded ones cost up to twice"
    )

    def distance(self, state: Mapping[str, Any], drawn: Mapping[str, Any], numpy: Any) -> Any:
        """For weights [..., N] and a teacher [..., N]; `numpy` is what computes, or JAX's."""
        return numpy.sqrt(((state["feedforward"] - drawn["teacher"]) ** 2).sum(axis=-1) + 1e-12)  # smooth at zero

    def score(self, trials: StepwiseTrials, datasets: Sequence[StepwiseDataset]) -> tuple[Floats, dict[str, Floats]]:
        """loss [R, D], and a metric [R, D]: cosine, between the weights and the teacher's; zero where the trial did not
        end well."""
        teacher = np.stack([dataset.drawn["teacher"] for dataset in datasets])  # [D, N]
        ended = trials.outcome == Outcome.OK
        w = np.where(ended[..., None], trials.state["feedforward"], 0.0)
        distance = np.minimum(self.distance({"feedforward": w}, {"teacher": teacher}, np), self.unstable)
        lifetime = np.where(trials.outcome == Outcome.NONFINITE, 0.0, trials.lifetime)
        lengths = np.linalg.norm(w, axis=-1) * np.linalg.norm(teacher, axis=-1)
        cosine = np.divide((w * teacher).sum(axis=-1), lengths, out=np.zeros_like(lengths), where=lengths > 0)
        return np.where(ended, distance, self.unstable * (2 - lifetime)), {"cosine": cosine}
