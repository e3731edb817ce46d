"""A study as it is kept in its folder: what is asked, and the runs; all else is computed from them, at any time."""

import csv
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from plastica.config import load_kept
from plastica.errors import UserError
from plastica.findings.data_frame import data_frame
from plastica.kept import Run
from plastica.runs import StudyFolder
from plastica.runs.folder import fingerprint
from plastica.studies.criterion import Criterion
from plastica.studies.table import Row, Summary, filled, row, with_families
from plastica.studies.variation import Setting


@dataclass(frozen=True)
class Study:
    """Runs of several seeds, with each of several settings; make one with `plastica.study`, or open its folder."""

    folder: StudyFolder
    task: str
    seeds: tuple[int, ...]
    settings: tuple[Setting, ...]
    success: Criterion
    trust: bool = False

    @classmethod
    def open(cls, path: str | Path, trust: bool = False) -> "Study":
        """An existing study. Raises UserError if there is none, or its task is a Python file and no `trust`."""
        folder = StudyFolder(Path(path))
        if not folder.exists:
            raise UserError(f"{path} is not the folder of a study: it has no {folder.file.name}")
        asked = folder.read()
        settings = tuple(
            Setting(one["name"], one["varied"], load_kept(one["config"], folder.path, trust=trust))
            for one in asked["settings"]
        )
        return cls(folder, asked["task"], tuple(asked["seeds"]), settings, Criterion(asked["success"]), trust)

    @property
    def places(self) -> dict[str, tuple[Setting, int]]:
        """{name of a run: (setting, seed)} of all that are asked for, begun or not, those of a setting together."""
        return {setting.run_name(seed): (setting, seed) for setting in self.settings for seed in self.seeds}

    @property
    def runs(self) -> dict[str, Run]:
        """{name: run} of those that have begun. Raises UserError if one of them cannot be read."""
        return {name: self.run(name) for name in self.places if self.folder.has_begun(name)}

    def run(self, name: str) -> Run:
        """A run that has begun, by its name. Raises UserError if it cannot be read, or is not of the study."""
        run, (setting, seed) = Run.open(self.folder.runs / name, self.trust), self.places[name]
        if fingerprint(run.config.portable()[0].toml()) != fingerprint(setting.at(seed).portable()[0].toml()):
            raise UserError(f"{run.folder.path} holds a run with another config: delete it, then resume the study")
        return run

    def runs_of(self, setting: Setting) -> list[Run]:
        """The runs of a setting that have begun, by seed."""
        names = [setting.run_name(seed) for seed in self.seeds]
        return [self.run(name) for name in names if self.folder.has_begun(name)]

    def finished(self) -> dict[str, Run]:
        """All runs by name, for scripts that need each. Raises UserError, with its reason, if one has not come to its
        end."""
        for name in self.places:
            found = self._summary(name)
            if found["status"] != "finished":
                raise UserError(f"{self.folder.runs / name}: {found['status']} ({found['reason']}): mend what failed")
        return self.runs

    def table(self) -> list[Row]:
        """A row for each run, all with the same keys; what a run has not come to is None.

        Nothing in it depends on the engine, on what was interrupted, or on the time that anything took.
        """
        summaries = self.summaries()
        rows = [self._row(name, *place, summaries[name]) for name, place in self.places.items()]
        return filled(with_families(rows, list(summaries.values()), self.coefficients))

    def summaries(self) -> dict[str, Summary]:
        """{name of a run: its summary}; of one that has not begun, or cannot be read, its status and why."""
        return {name: self._summary(name) for name in self.places}

    @property
    def coefficients(self) -> dict[str, list[str]]:
        """The names of each connection's coefficients, of whatever setting."""
        found: dict[str, dict[str, None]] = {}
        for setting in self.settings:
            space = setting.config.composed.space
            for name, is_coefficient in zip(space.names, space.linear, strict=True):
                if is_coefficient:
                    found.setdefault(name.partition(".")[0], {})[name] = None
        return {connection: list(names) for connection, names in found.items()}

    def to_csv(self, path: str | Path) -> None:
        """Write the table. Raises UserError if the file cannot be written."""
        try:
            with Path(path).open("w", newline="", encoding="utf-8") as file:
                write_csv(self.table(), file)
        except OSError as error:
            raise UserError(f"{path} cannot be written ({error.strerror}): choose another file") from None

    def to_pandas(self) -> Any:
        """The table as a pandas.DataFrame. Raises UserError where pandas is not installed."""
        return data_frame(self.table())

    def _row(self, name: str, setting: Setting, seed: int, summary: Summary) -> Row:
        asked: Row = {"run": name, **setting.varied, "seed": seed}
        found = row(summary) if "theta" in summary else summary
        return asked | found | {"success": self.success.holds(asked | found)}

    def _summary(self, name: str) -> Summary:
        if not self.folder.has_begun(name):
            return {"status": "not begun", "reason": ""}
        try:
            return self.run(name).summary()
        except UserError as error:
            return {"status": "unreadable", "reason": str(error)}


def as_toml(study: Study) -> tuple[dict[str, Any], dict[str, bytes]]:
    """What the folder keeps of what is asked, and the files that its configs name."""
    settings: list[dict[str, Any]] = []
    files: dict[str, bytes] = {}
    for setting in study.settings:
        kept, own = setting.config.portable()
        files |= own
        settings.append({"name": setting.name, "varied": dict(setting.varied), "config": tomllib.loads(kept.toml())})
    asked = {"task": study.task, "success": study.success.text, "seeds": list(study.seeds), "settings": settings}
    return asked, files


def write_csv(rows: Sequence[Row], file: Any) -> None:
    writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
