"""Runs side by side in groups of one colour: a setting of a study is a group, and so is a run by itself."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from plastica import comparison
from plastica.comparison import Curve, curve, search_label
from plastica.kept import Run
from plastica.studies.begin import opened
from plastica.studies.kept import Study
from plastica.studies.summary import of_setting
from plastica.studies.table import Row, filled, row


@dataclass(frozen=True)
class Group:
    """Runs of one setting, and what of them the table says."""

    name: str
    folder: Path
    runs: tuple[Run, ...]
    rows: tuple[Row, ...]

    def curves(self) -> list[Curve]:
        """The losses of all runs that have a generation, under the name of the group."""
        return [curve(run, self.name) for run in self.runs if run.records()]


def groups_of(study: Study, prefix: str = "") -> list[Group]:
    """A group for each setting of a study."""
    rows, found = study.table(), []
    for setting in study.settings:
        names = {setting.run_name(seed) for seed in study.seeds}
        own = tuple(one for one in rows if one["run"] in names)
        label = ": ".join(filter(None, (prefix, setting.label))) or study.task
        found.append(Group(label, study.folder.path, tuple(study.runs_of(setting)), own))
    return found


def side_by_side(paths: Sequence[Path], trust: bool = False) -> list[Group]:
    """The groups of studies and runs. Raises UserError for a path that is neither or given twice."""
    comparison.check_once(paths)
    found: list[Group] = []
    for path in paths:
        one = opened(path, trust)
        if isinstance(one, Study):
            found += groups_of(one, path.name if len(paths) > 1 else "")
        else:
            own = {"run": path.name, "seed": one.config.seed, **row(one.summary())}
            found.append(Group(path.name, path, (one,), tuple(filled([own]))))
    return found


def row_of(group: Group) -> dict[str, Any]:
    """Name, task, search, how many runs succeed, and medians."""
    first = group.runs[0].config if group.runs else None
    return {
        "name": group.name,
        "folder": str(group.folder),
        "task": first.task if first else None,
        "search": search_label(first) if first else None,
        **of_setting(group.rows),
    }
