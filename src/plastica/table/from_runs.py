"""The rules that runs evaluated, or kept: the journal replayed through the search gives their thetas."""

from collections.abc import Sequence

import numpy as np

from plastica.conduct import start
from plastica.errors import UserError
from plastica.kept import Run
from plastica.outer.loop import replayed
from plastica.rules.base import Floats
from plastica.table.rule_table import FAILED, Table, joined


def of_runs(runs: Sequence[Run], everything: bool = False) -> Table:
    """What the runs kept, by searches that keep rules; all that was evaluated by others, or with `everything`.

    Each rule of finite numbers is there once, as it was first measured. Raises UserError for a run without any.
    """
    return joined([_of_run(run, everything) for run in runs])


def _of_run(run: Run, everything: bool) -> Table:
    task, path = run.task, str(run.folder.path)
    rows: dict[bytes, tuple[str, Floats, dict[str, float]]] = {}
    search = start(run.config)
    records = run.records()
    for record, thetas in replayed(search, records):
        kept = search.kept
        for k in range(len(thetas)) if everything or kept is None else np.flatnonzero(kept):
            if not np.isfinite(thetas[k]).all():  # a search may go astray
                continue
            origin = f"{path}/{record['generation']}/{k}"
            rows.setdefault(thetas[k].tobytes(), (origin, thetas[k], _metrics(record, int(k))))
    if not rows:
        raise UserError(
            f"{path} has kept no rule: widen search.windows, or list all that were evaluated with --all"
            if records
            else f"{path} has no generation yet: go on with: plastica resume {path}"
        )
    origins, found, metrics = zip(*rows.values(), strict=True)
    return Table(
        task.space.names,
        tuple(parameter.unit for parameter in task.space.parameters),
        np.array(found),
        {name: np.array([one[name] for one in metrics]) for name in metrics[0]},
        origins,
        {path: _about(run)},
    )


def _metrics(record: dict, k: int) -> dict[str, float]:
    """Loss and metrics of a candidate, as far as the journal has them."""
    measured = record.get("measured")
    if measured is None:
        return {"loss": record["loss"][k]}
    means = {name: values[k] for name, values in measured["mean"].items()}
    return {"loss": record["loss"][k], **means, FAILED: float(measured["failed"][k])}


def _about(run: Run) -> dict:
    """Where a run's rules come from: enough to make them again."""
    return {
        "task": run.config.task,
        "seed": run.config.seed,
        "config": run.config.toml(),
        "versions": run.folder.environment().get("versions", {}),
    }
