"""What rules do in the simulator, as the likelihood of a measurement."""

from dataclasses import dataclass

import numpy as np

from plastica.config import Config
from plastica.engines.base import Engine
from plastica.inner.keys import Key, Purpose
from plastica.inner.outcome import Outcome
from plastica.outer.measured import Measured
from plastica.rules.base import Floats
from plastica.tasks.task import Evaluation

NARROW = 1e-9  # of a metric's spread over rules: no standard deviation is smaller, so that none is zero


@dataclass(frozen=True)
class Simulated:
    """Of N rules: means [N, M] of M metrics over datasets; `sd`, how much a mean over as many others scatters about
    them; log probability [N] that no trial of those fails."""

    mean: Floats
    sd: Floats
    log_ok: Floats

    def log_likelihood(self, windows: Floats) -> Floats:
        """Of metrics within windows [M, 2], or at a value where both ends are the same, [N].

        A mean over datasets is taken as normal, and metrics as independent of each other given the rule (a synthetic
        likelihood, Wood 2010).
        """
        from scipy.special import ndtr

        low, high = ((end - self.mean) / self.sd for end in windows.T)
        far = low > 0  # there the differences of the mirrored tail are the exact ones
        with np.errstate(divide="ignore"):
            inside = np.log(ndtr(np.where(far, -low, high)) - ndtr(np.where(far, -high, low)))
        at = -0.5 * low**2 - np.log(self.sd)
        return np.where(windows[:, 0] < windows[:, 1], inside, at).sum(axis=1) + self.log_ok


class Simulator:
    """Simulates rules on an engine, for what they do in `metrics`: means over `datasets` datasets."""

    def __init__(self, config: Config, engine: Engine, metrics: tuple[str, ...], datasets: int) -> None:
        self._config, self._engine, self._metrics, self._datasets = config, engine, metrics, datasets

    def __call__(self, thetas: Floats) -> Simulated:
        """Of thetas [N, P], on datasets that neither a search nor the held-out evaluation sees."""
        evaluation = self._engine.evaluate(thetas, self._keys("selection"))
        found = Measured.of(evaluation)
        mean = self._means(evaluation)
        error = np.stack([found.error[name] for name in self._metrics], axis=1)
        sd = np.sqrt(2) * error  # of one such mean about another
        with np.errstate(divide="ignore"):
            log_ok = self._datasets * np.log1p(-found.failed / self._datasets)
        return Simulated(mean, np.maximum(sd, NARROW * np.maximum(mean.std(axis=0), NARROW)), log_ok)

    def keep_datasets(self) -> None:
        """For many calls."""
        self._engine.prepare(self._keys("selection"))

    def again(self, thetas: Floats, group: int) -> Floats:
        """Metrics of rules on datasets of a group's own, [N, M]; NaN where a trial failed."""
        evaluation = self._engine.evaluate(thetas, self._keys("baseline", group))
        good = (evaluation.outcome == Outcome.OK).all(axis=1)
        return np.where(good[:, None], self._means(evaluation), np.nan)

    def _means(self, evaluation: Evaluation) -> Floats:
        values = {"loss": evaluation.loss, **evaluation.metrics}
        return np.stack([values[name].mean(axis=1) for name in self._metrics], axis=1)

    def _keys(self, purpose: Purpose, group: int = 0) -> list[Key]:
        return self._config.composed.keys(self._config.seed, purpose, self._datasets, group)
