"""Figure 1A of the paper: candidates go out, losses come back, the next candidates are better."""

import hashlib
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from plastica.engines.base import Engine
from plastica.errors import UserError
from plastica.inner.outcome import count_outcomes
from plastica.outer.base import Search
from plastica.outer.measured import Measured
from plastica.outer.sample import Sample, agreement
from plastica.rules.base import Floats
from plastica.runs.journal import Record
from plastica.tasks.task import Evaluation, Task

NEAR = 1e-6  # of a coefficient: far above rounding, far below what another config would ask for


@dataclass
class OuterLoop:
    """A search in progress on a task: replay what is known, then go on generation by generation."""

    task: Task
    search: Search
    engine: Engine
    seed: int
    generation: int = 0
    seconds: float = 0.0
    first_datasets: int = 0  # 0: always all of them

    def __post_init__(self) -> None:
        self._sample = Sample(self.first_datasets, self.task.data.count)

    def replay(self, records: Sequence[Record]) -> None:
        """Bring the search to where a journal ends, without evaluating anything.

        Raises UserError if the search asks for other candidates than the journal records. Another kind of processor
        rounds linear algebra otherwise: there they need not agree to the last bit.
        """
        for record, _ in replayed(self.search, records):
            self.generation, self.seconds = record["generation"] + 1, record["seconds"]
            if "agreement" in record:
                self._sample.hear(record["agreement"], "restarted" in record["search"])

    def run(self, generations: int) -> Iterator[Record]:
        """Go on to a number of generations, or until the search stops; yields what the journal keeps of each."""
        started = time.perf_counter() - self.seconds
        while self.generation < generations and not self.search.stop():
            thetas = self.search.ask()
            keys = self._keys(self.generation)
            evaluation = self.engine.evaluate(thetas, keys, self.search.gradients)
            told = tell(self.search, evaluation)
            state = self.search.state()
            if self._sample.grows:
                told |= {"datasets": len(keys), "agreement": agreement(evaluation.loss)}
                self._sample.hear(told["agreement"], "restarted" in state)
            self.seconds = time.perf_counter() - started
            yield {
                "generation": self.generation,
                "digest": digest(thetas),
                **told,
                "outcomes": count_outcomes(evaluation.outcome),
                "favourite": thetas[0].tolist(),
                "search": state,
                "seconds": round(self.seconds, 3),
            }
            self.generation += 1

    def _keys(self, generation: int) -> list:
        """The datasets of a generation; the next ones are begun while these are in use."""
        count, refresh = self._sample.count, self.task.data.refresh
        now, then = (self.task.keys(self.seed, "search", count, generation + later) for later in (0, refresh))
        self.engine.prepare(now + then)
        return now


def replayed(search: Search, records: Sequence[Record]) -> Iterator[tuple[Record, Floats]]:
    """Tell a search what a journal records, generation by generation; yields each record with the thetas it is of.

    Raises UserError if the search asks for other candidates.
    """
    for record in records:
        thetas = search.ask()
        if not _follows(search, thetas, record):
            raise UserError(
                f"generation {record['generation']} of the journal does not follow from the config: "
                "resume with the config.toml and the versions (environment.json) that the run was started with"
            )
        _retell(search, record)
        yield record, thetas


def _follows(search: Search, thetas: Floats, record: Record) -> bool:
    """Whether a record may be of these thetas, and has what the search must be told of them."""
    lengths = [len(gradient) for gradient in record.get("gradient", [])]
    measured = Measured.of_plain(record["measured"]) if "measured" in record else None
    return (
        len(record["loss"]) == len(thetas)
        and search.measures == (measured is not None and measured.fits(len(thetas)))
        and lengths == [thetas.shape[1]] * search.gradients
        and (digest(thetas) == record["digest"] or _is_near(thetas, record))
    )


def tell(search: Search, evaluation: Evaluation) -> Record:
    """Tell a search how its candidates did; returns all of it, as the journal keeps it.

    Raises UserError if the search asks for something that the task does not measure.
    """
    loss, gradient = evaluation.loss.mean(axis=1), evaluation.mean_gradient()
    told: Record = {"loss": loss.tolist()}
    if gradient is not None:
        told["gradient"] = gradient.tolist()
    if search.measures:
        told["measured"] = Measured.of(evaluation).plain()
    _retell(search, told)
    return told


def _retell(search: Search, told: Record) -> None:
    """Tell a search what was told before, and recorded."""
    if "measured" in told:
        try:
            search.hear(Measured.of_plain(told["measured"]))
        except ValueError as error:
            raise UserError(str(error)) from None
    search.tell(np.array(told["loss"]), np.array(told["gradient"]) if "gradient" in told else None)


def favourite(search: Search) -> Floats:
    """The rule [P] that a search answers with."""
    return search.ask()[0]


def _is_near(thetas: Floats, record: Record) -> bool:
    """Whether a population may be the recorded one but for rounding: around the same favourite."""
    recorded = np.array(record["favourite"])
    slack = NEAR * np.abs(recorded) + 1e-9 * np.abs(recorded).max()
    return bool((np.abs(thetas[0] - recorded) <= slack).all())


def digest(thetas: Floats) -> str:
    """A short fingerprint of a population, bit for bit."""
    return hashlib.sha256(np.ascontiguousarray(thetas, dtype="<f8").tobytes()).hexdigest()[:16]
