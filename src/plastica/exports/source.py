"""What is exported: the rules of a finished run, with their numbers, and where they come from."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from importlib.metadata import version
from typing import Any

from plastica.analysis.compare_rules import equations
from plastica.errors import UserError
from plastica.inner.keys import Key
from plastica.kept import Run
from plastica.parts import DATA
from plastica.rules.base import Floats, Rule
from plastica.rules.equation import left_side
from plastica.tasks.task import Task
from plastica.terminal import printable


@dataclass(frozen=True)
class Source:
    """A run with a result."""

    run: Run

    def __post_init__(self) -> None:
        path = self.run.folder.path
        if not self.run.result():
            raise UserError(f"{path} has no result to export yet: go on with: plastica resume {path}")

    @property
    def task(self) -> Task:
        return self.run.task

    @property
    def network(self) -> Any:
        return self.task.network

    @property
    def kind(self) -> str:
        """The word for what kind of network the rules are for; empty for one of a user's own."""
        return getattr(self.network, "kind", "")

    @property
    def data_kind(self) -> str:
        """The word for where the datasets come from; empty for a user's own."""
        return next((word for word, kind in DATA.items() if kind is type(self.task.data)), "")

    @property
    def stem(self) -> str:
        """The task's name as that of a file or a model."""
        return "".join(c if c.isascii() and c.isalnum() else "_" for c in self.task.name).strip("_") or "rule"

    @property
    def rules(self) -> Mapping[str, Rule]:
        return self.task.rules

    @cached_property
    def theta(self) -> dict[str, Floats]:
        """The learned numbers of each connection."""
        return self.task.split(self.run.theta)

    def numbers(self, connection: str) -> dict[str, float]:
        """{parameter: number}; none for a rule that is held fixed."""
        names = [parameter.name for parameter in self.rules[connection].parameters()]
        return dict(zip(names, self.theta[connection].tolist(), strict=True))

    def units(self, connection: str) -> dict[str, str]:
        """{parameter: unit}, each on one line, whatever the config says."""
        return {parameter.name: printable(parameter.unit) for parameter in self.rules[connection].parameters()}

    def equations(self) -> dict[str, str]:
        """{connection: the equation as it is printed}, with its largest terms and three digits."""
        found = equations(self.task, self.run.theta)
        return {connection: f"{left_side(self.rules[connection])} = {text}" for connection, text in found.items()}

    @cached_property
    def held_out(self) -> dict[str, Any]:
        """The evaluation on data that no search has seen."""
        evaluation: dict[str, Any] = self.run.result()["held_out"]
        return evaluation

    @property
    def key(self) -> Key:
        """The name of the first held-out dataset."""
        return self.task.keys(self.run.config.seed, "held-out", 1)[0]

    @cached_property
    def dataset(self) -> Any:
        """The first held-out dataset."""
        return self.task.dataset(self.key)

    def facts(self) -> dict[str, Any]:
        """Where the numbers come from, as plain data."""
        versions = self.run.folder.environment().get("versions", {})
        return {
            "task": printable(self.task.name),
            "run": printable(self.run.folder.path.resolve().name),
            "seed": self.run.config.seed,
            "generations": len(self.run.records()),
            "found_by_plastica": printable(versions.get("plastica", "unknown")),
            "exported_by_plastica": version("plastica"),
            "held_out": {key: self.held_out["details"]["learned"][key] for key in ("loss", "standard_error")}
            | {"datasets": self.held_out["datasets"]},
        }
