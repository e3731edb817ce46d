"""What a given rule does in a task, without a search."""

import csv
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import isfinite
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from plastica.analysis.standard_error import standard_error
from plastica.analysis.theories import theory
from plastica.analysis.told import told
from plastica.config import Config, load
from plastica.errors import UserError
from plastica.figures import plot_portrait, writable
from plastica.given_rule import known_theta, theta_of, theta_of_file
from plastica.inner.outcome import Outcome, count_outcomes
from plastica.memory import check_memory
from plastica.rules.base import Floats
from plastica.runs.whole_folder import whole_folder
from plastica.tasks import Preset, Task


@dataclass(frozen=True, eq=False)
class Simulation:
    """What a rule, theta [P], did on D held-out datasets: loss and outcome [D], and metrics {name: [D]}.

    `known` has the known rules that it is of, {connection: name}, where it was named so.

        >>> import plastica
        >>> simulation = plastica.simulate("oja", {"held_out.count": 4, "network.updates": 50}, known="oja")
        >>> simulation.loss.shape, sorted(simulation.metrics)
        ((4,), ['explained_variance'])
        >>> simulation.known
        {'feedforward': 'oja'}
    """

    config: Config
    theta: Floats
    loss: Floats
    outcome: NDArray[np.int8]
    metrics: Mapping[str, Floats]
    known: Mapping[str, str]

    @property
    def task(self) -> Task:
        return self.config.composed

    def summary(self) -> dict[str, Any]:
        """All that `plastica simulate --json` prints: the rule, means with standard errors, and values by dataset."""
        task, theta = self.task, self.theta
        metrics = {name: _mean(values) for name, values in self.metrics.items()}
        measured = {name: values.mean() for name, values in self.metrics.items()}
        return {
            "task": self.config.task,
            "seed": self.config.seed,
            "known": dict(self.known),
            **told(task, theta),
            "datasets": len(self.loss),
            "loss": {**_mean(self.loss), "median": _finite(float(np.median(self.loss)))},
            "outcomes": count_outcomes(self.outcome),
            "metrics": metrics,
            "theory": theory(task, theta, self.config.seed, measured),
            "by_dataset": {name: list(map(_finite, values)) for name, values in self._columns().items()},
        }

    def plot(self, out: str | Path) -> list[Path]:
        """Draw the portrait of the rule into a folder; returns the files. Raises UserError if that cannot be written.

        >>> simulation.plot("figures")  # doctest: +SKIP
        """
        return plot_portrait(self.task, self.theta, self.config.seed, writable(Path(out)), "given rule")

    def save(self, out: str | Path) -> None:
        """Write config, summary, values by dataset and figures into a new folder, all or nothing.

        Raises UserError if something stands there, or it cannot be written.
        """
        kept, files = self.config.portable()
        with whole_folder(Path(out)) as folder:
            for name, content in {**files, "config.toml": kept.toml().encode()}.items():
                (folder / name).parent.mkdir(exist_ok=True)
                (folder / name).write_bytes(content)
            text = json.dumps(self.summary(), indent=2, allow_nan=False)
            (folder / "simulation.json").write_text(text + "\n", encoding="utf-8")
            with (folder / "datasets.csv").open("w", encoding="utf-8", newline="") as file:
                self._write_rows(file)
            self.plot(folder)

    def _write_rows(self, file: Any) -> None:
        columns = self._columns()
        lines = csv.writer(file, lineterminator="\n")
        lines.writerow(["dataset", *columns])
        lines.writerows(zip(range(len(self.loss)), *columns.values(), strict=True))

    def _columns(self) -> dict[str, list[Any]]:
        """Loss, outcome and metrics by dataset."""
        outcome = [Outcome(value).name.lower() for value in self.outcome]
        metrics = {name: values.tolist() for name, values in self.metrics.items()}
        return {"loss": self.loss.tolist(), "outcome": outcome, **metrics}


def simulate(
    task: str | Preset,
    settings: Mapping[str, Any] | None = None,
    *,
    theta: str | Path | Mapping[str, float] | Sequence[float] | Floats | None = None,
    known: str | Mapping[str, str] | None = None,
    trust: bool = False,
) -> Simulation:
    """What a rule does in a task, without a search, on the held-out datasets of the config's seed.

    The rule is `theta`, by the names of its parameters, as P numbers or as the JSON file of `plastica show --json`; or
    it is `known`: the name of a known rule for every connection that can be it, or {connection: name}; connections that
    this leaves out have the task's own known rule. `task`, `settings` and `trust` are as in `run`.

        >>> import plastica
        >>> settings = {"held_out.count": 4, "network.updates": 50}
        >>> oja = plastica.simulate("oja", settings, known="oja")
        >>> half = plastica.simulate("oja", settings, theta=oja.theta / 2)
        >>> bool(half.loss.mean() > oja.loss.mean())  # half the rule is half as fast
        True

    Raises UserError for anything that is the caller's to mend.
    """
    if (theta is None) == (known is None):
        raise UserError("give the rule, and once: as theta (--theta FILE.json) or as a known one (--known NAME)")
    config = load(task, settings, trust)
    composed = config.composed
    given, taken = known_theta(composed, known) if known is not None else (_theta(composed, theta), {})
    check_memory(config, config.engine_section)
    keys = composed.keys(config.seed, "held-out", config.held_out_section.count)
    with config.engine_section.start(composed) as engine:
        found = engine.evaluate(given[None], keys)
    metrics = {name: values[0] for name, values in found.metrics.items()}
    return Simulation(config, given, found.loss[0], found.outcome[0], metrics, taken)


def _theta(task: Task, theta: Any) -> Floats:
    return theta_of_file(task, Path(theta)) if isinstance(theta, str | Path) else theta_of(task, theta)


def _mean(values: Floats) -> dict[str, float | None]:
    return {"mean": _finite(float(values.mean())), "standard_error": _finite(float(standard_error(values)))}


def _finite(value: Any) -> Any:
    """None for a number that is not finite: a user's metric may be one, and JSON has none."""
    return None if isinstance(value, float) and not isfinite(value) else value
