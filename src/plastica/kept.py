"""A run as it is kept in its folder: everything about it can be read at any time, also while it is going on."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from plastica.analysis.compare_rules import SMALL, angles_to_targets, constants, equations, left_out
from plastica.config import Config, load_run
from plastica.errors import UserError
from plastica.outer.loop import Record
from plastica.rules.base import Floats
from plastica.rules.equation import left_side
from plastica.runs import RunFolder
from plastica.tasks.task import Task

TIME_LIMIT = "time limit"


@dataclass(frozen=True)
class Run:
    """A run folder with its config; everything about it can be read at any time, also while it is running."""

    folder: RunFolder
    config: Config

    @classmethod
    def open(cls, path: str | Path, trust: bool = False) -> "Run":
        """An existing run.

        Raises UserError if there is none at `path`, if its config was edited since it began, or if its rule is a Python
        file and no `trust`.
        """
        folder = RunFolder.open(Path(path))
        run = cls(folder, load_run(folder.config, trust=trust))
        run._check_unedited()
        return run

    @property
    def task(self) -> Task:
        return self.config.composed

    @property
    def is_complete(self) -> bool:
        """Whether the search came to its own end, so that there is nothing to resume."""
        status, reason = self.folder.stated()
        return status == "finished" and reason != TIME_LIMIT and bool(self.folder.result())

    def result(self) -> dict[str, Any]:
        """The learned theta and its held-out evaluation; empty while the run has not come to its end."""
        result = self.folder.result()
        if result and set(result["theta"]) != set(self.task.space.names):
            raise self.folder.damage("result.json")
        return result

    def records(self) -> list[Record]:
        """One record a generation: losses, outcomes, the favourite's theta."""
        return self._fitting(self.folder.journal.read())

    def repaired(self) -> list[Record]:
        """The records, of a journal to which others can be appended now."""
        return self._fitting(self.folder.repair())

    @property
    def theta(self) -> Floats:
        """The learned rule [P]: the result's, or the favourite so far."""
        result, names = self.result(), self.task.space.names
        if result:
            return np.array([result["theta"][name] for name in names])
        records = self.records()
        return np.array(records[-1]["favourite"]) if records else np.zeros(len(names))

    def summary(self, threshold: float = SMALL) -> dict[str, Any]:
        """All that `plastica show --json` prints; an equation has the terms above `threshold` times its largest."""
        status, reason = self.folder.status()
        records = self.records()
        task, theta, result = self.task, self.theta, self.result()
        outcomes: dict[str, int] = {}
        for record in records:
            outcomes = {name: outcomes.get(name, 0) + n for name, n in record["outcomes"].items()}
        angles = angles_to_targets(task, theta)
        return {
            "task": self.config.task,
            "status": status,
            "reason": reason,
            "folder": str(self.folder.path),
            "seed": self.config.seed,
            "generations": len(records),
            "trials": sum(outcomes.values()),
            "seconds": records[-1]["seconds"] if records else 0.0,
            "loss": records[-1]["loss"][0] if records else None,
            "theta": dict(zip(task.space.names, theta.tolist(), strict=True)),
            "equation": equations(task, theta, threshold),
            "equation_left_out": left_out(task, theta, threshold),
            "constants": constants(task, theta),
            "change": {connection: left_side(task.rules[connection]) for connection in task.network.connections},
            "angle_deg": {connection: float(angle) for connection, angle in angles.items()},
            "outcomes": outcomes,
            "search": records[-1]["search"] if records else {},
            "restarts": [
                {"generation": record["generation"], "reason": record["search"]["restarted"]}
                for record in records
                if "restarted" in record["search"]
            ],
            "held_out": result.get("held_out"),
            "theory": result.get("theory"),
            "versions": self.folder.environment().get("versions", {}),
        }

    def _fitting(self, records: list[Record]) -> list[Record]:
        """The records, if each has a favourite of this task, and there are no more than the config asks for."""
        size = self.task.space.size
        for record in records:
            if len(record["favourite"]) != size:
                raise self.folder.journal.damage(record["generation"] + 2)
        if len(records) > self.config.generations:
            raise self._edited(f"generations = {len(records)} or more")
        return records

    def _check_unedited(self) -> None:
        """Raise UserError if the config is not the one that the journal and the result were made with."""
        if self.folder.is_edited():
            raise self._edited("it")
        generations = self.result().get("generations", self.config.generations)
        if generations != self.config.generations:
            raise self._edited(f"generations = {generations}")

    def _edited(self, what: str) -> UserError:
        return UserError(
            f"{self.folder.config} was edited after the run began: restore {what}, or begin a new run with: "
            f"plastica run {self.folder.config} (more generations: plastica resume {self.folder.path} "
            "--set generations=N)"
        )
