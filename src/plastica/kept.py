"""A run as it is kept in its folder: everything about it can be read at any time, also while it is going on."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from plastica.analysis.compare_rules import SMALL
from plastica.analysis.identify import identify
from plastica.analysis.protocols import Response, protocols
from plastica.analysis.told import told
from plastica.config import Config, load_run
from plastica.errors import UserError
from plastica.findings import HeldOutTable, History, LearnedRule, card
from plastica.rules.base import Floats
from plastica.runs import RunFolder
from plastica.runs.journal import Record
from plastica.tasks.task import Task

TIME_LIMIT = "time limit"


@dataclass(frozen=True, repr=False)
class Run:
    """A run folder with its config; everything about it can be read at any time, also while it is running.

    >>> import plastica
    >>> run = plastica.Run.open("runs/first")
    >>> list(run.summary()["equation"])
    ['feedforward']
    >>> run.theta.shape
    (27,)
    """

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

    def searched(self) -> list[Record]:
        """The records, of which there is at least one. Raises UserError if there is no generation yet."""
        records = self.records()
        if not records:
            raise self._not_begun()
        return records

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

    def protocols(self) -> dict[str, dict[str, Response]]:
        """{connection: {protocol: response}}: the learned rule under virtual protocols.

        Raises UserError if nothing was run yet, or if the rules state what no protocol reads.
        """
        self.check_begun()
        return protocols(self.task, self.theta, self.config.seed)

    @property
    def is_begun(self) -> bool:
        """Whether there is a rule to speak of: a result, or a favourite so far."""
        return bool(self.result() or self.records())

    def rule(self, connection: str) -> LearnedRule:
        """The learned rule of a connection, or the favourite so far, as a function of numpy arrays.

        Raises UserError for another connection, and where nothing was run yet.

            >>> import plastica
            >>> rule = plastica.Run.open("runs/first").rule("feedforward")
            >>> rule.quantities
            {'change': ('x', 'y', 'w')}
            >>> change = rule(x=1.0, y=0.5, w=0.2)
        """
        connections = self.task.network.connections
        if connection not in connections:
            raise UserError(f"there is no {connection} rule in this run: choose from {', '.join(connections)}")
        self.check_begun()
        return LearnedRule(connection, self.task.rules[connection], self.task.split(self.theta)[connection])

    def history(self) -> History:
        """How the search went, as arrays with a number a generation.

        >>> import plastica
        >>> history = plastica.Run.open("runs/first").history()
        >>> len(history.loss), len(history.theta)
        (5, 27)
        """
        return History.of(self.records(), self.task.space.names)

    @property
    def held_out(self) -> HeldOutTable:
        """The learned rule beside its baselines. Raises UserError while the run has not come to its end.

        >>> import plastica
        >>> table = plastica.Run.open("runs/first").held_out
        >>> table.datasets, table["learned"].loss > 0
        (20, True)
        """
        result = self.result()
        if not result:
            raise UserError(f"{self.folder.path} has no held-out evaluation yet: go on with: {self._go_on}")
        return HeldOutTable.of(result["held_out"])

    def summary(self, threshold: float = SMALL) -> dict[str, Any]:
        """All that `plastica show --json` prints; an equation has the terms above `threshold` times its largest."""
        status, reason = self.folder.status()
        records = self.records()
        task, theta, result = self.task, self.theta, self.result()
        outcomes: dict[str, int] = {}
        for record in records:
            outcomes = {name: outcomes.get(name, 0) + n for name, n in record["outcomes"].items()}
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
            **told(task, theta, threshold),
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

    def identify(self) -> dict[str, list[dict[str, Any]]]:
        """All that `plastica identify --json` prints: the known rules that each connection's resembles, the nearest
        first, with what the nearest are worth in the task, which takes simulations on the run's engine.

        Raises UserError where the run has no result yet.
        """
        if not self.result():
            raise UserError(f"{self.folder.path} has no result yet: let the run come to its end, with: {self._go_on}")
        config = self.config
        return identify(self.task, self.theta, config.seed, config.held_out_section, config.engine_section.start)

    def __repr__(self) -> str:
        return f"Run({str(self.folder.path)!r}, task={self.config.task!r}, seed={self.config.seed})"

    def _repr_html_(self) -> str:
        rules = [self.rule(connection) for connection in self.task.network.connections] if self.is_begun else []
        return card(self.summary(), rules, self.history().loss, self.held_out if self.result() else None)

    @property
    def _go_on(self) -> str:
        return f"plastica resume {self.folder.path}"

    def check_begun(self) -> None:
        """Raise UserError if there is no generation yet, and so no rule to speak of."""
        if not self.is_begun:
            raise self._not_begun()

    def _not_begun(self) -> UserError:
        return UserError(f"{self.folder.path} has no generation yet: go on with: {self._go_on}")

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
