"""What a population of rules made of a recurrent network on one dataset."""

from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from plastica.inner.recurrent.statistics import NAMES
from plastica.inner.recurrent.wiring import CONNECTIONS
from plastica.rules.base import Floats

# What a trial has beside its outcome, by the shape of each.
SHAPES: dict[str, tuple[int, ...]] = {
    "share": (),
    "mean": (),
    "inverse": (),
    "rate_hz": (2,),
    "cv": (2,),
    "weights": (4,),
    "creep": (),
    "statistics": (len(NAMES),),
    "at_bound": (),
}

METRICS = (
    *("rate_hz", "rate_i_hz", "cv", "cv_i"),
    *(f"weight_{connection}" for connection in CONNECTIONS),
    *NAMES,
    *("weight_creep", "share_at_bound", "share_simulated"),
)


@dataclass(frozen=True)
class RecurrentTrials:
    """Results of R candidates on one dataset; every number is finite. A candidate that was not simulated has zeros.

    `join` puts the results on D datasets side by side: then the second axis of every array is D.
    """

    outcome: NDArray[np.int8]  # [R] `Outcome`
    share: Floats  # [R] of the trial that was simulated: less than 1 where it was silent or exploded
    mean: Floats  # [R] of r + 2 Hz over the scored steps, with r the running rate of excitatory neurons
    inverse: Floats  # [R] of 1 / (r + 2 Hz)
    running: Floats  # [R, samples] r, means over 10 ms of the recorded segments, one behind the other
    rate_hz: Floats  # [R, 2] of excitatory and of inhibitory neurons while scored
    cv: Floats  # [R, 2] mean coefficient of variation of their inter-spike intervals; 0 for a neuron with fewer than 3
    weights: Floats  # [R, 4] mean final weight of EE, EI, IE, II
    creep: Floats  # [R] largest change of a plastic connection's mean weight while scored, over its mean
    statistics: Floats  # [R, `statistics.NAMES`]
    at_bound: Floats  # [R] share of the synapses of plastic connections that are at a bound, mean over connections

    @property
    def metrics(self) -> dict[str, Floats]:
        """{name: [R, D]}, all that is told of a trial: while scored, the rates of both populations, the coefficients of
        variation of their intervals, and what `statistics` tells of excitatory spikes; mean final weights, and the
        largest relative change of one while scored; share of plastic weights at a bound, and of the trial that was
        simulated."""
        columns = (self.rate_hz, self.cv, self.weights, self.statistics)
        stacked = np.concatenate([*columns, *(one[..., None] for one in (self.creep, self.at_bound, self.share))], -1)
        return {name: stacked[..., k] for k, name in enumerate(METRICS)}

    @staticmethod
    def join(parts: "Sequence[RecurrentTrials]") -> "RecurrentTrials":
        """Trials of one population on several datasets, [R, D, ...]."""
        names = [field.name for field in fields(RecurrentTrials)]
        return RecurrentTrials(**{name: np.stack([getattr(part, name) for part in parts], axis=1) for name in names})


def irregularity(tally: Floats) -> Floats:
    """Coefficient of variation of each neuron's intervals, of a tally [4, numbers]; 0 where there are two or fewer."""
    count, total, squares = tally[1], tally[2], tally[3]
    n = np.maximum(count, 1)
    mean = total / n
    sd = np.sqrt(np.maximum(squares / n - mean**2, 0.0))
    return np.where(count > 2, sd / np.where(mean > 0, mean, 1.0), 0.0)
