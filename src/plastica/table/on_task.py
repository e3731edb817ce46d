"""A table and a task: which column is which parameter, and what its rules do there."""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from plastica.config import Config
from plastica.errors import UserError
from plastica.given_rule import theta_of
from plastica.inner.outcome import Outcome
from plastica.memory import check_memory
from plastica.table.rule_table import FAILED, Table
from plastica.tasks.task import Task

# How published tables call a connection of ours, whose neuron receives from inhibitory ones and stands for excitatory.
PUBLISHED: Mapping[str, str] = {"inhibitory": "IE"}


def fitted(table: Table, task: Task) -> Table:
    """The table with the parameters of a task, by its names and in its order; other columns are left out.

    A column without a connection is that of a task with one connection. Raises UserError where one is missing, or has
    another unit, or where a network cannot compute with a value.
    """
    alone = len(task.network.connections) == 1
    places = {name: _place(table, name, alone) for name in task.space.names}
    if missing := [name for name, place in places.items() if place is None]:
        raise UserError(
            f"the table lacks {', '.join(missing[:6])}{', ...' if len(missing) > 6 else ''}, which the task "
            f"{task.name} needs: its columns are {', '.join(table.names)}"
        )
    columns = [place for place in places.values() if place is not None]
    units = tuple(parameter.unit for parameter in task.space.parameters)
    for name, column, unit in zip(task.space.names, columns, units, strict=True):
        if table.units[column] != unit:
            raise UserError(f"the table has {name} in {table.units[column]}, and the task takes {unit}: convert it")
    rules = zip(table.thetas[:, columns], table.origin, strict=True)
    return replace(
        table, names=task.space.names, units=units, thetas=np.array([theta_of(task, *rule) for rule in rules])
    )


def evaluated(table: Table, config: Config, count: int) -> Table:
    """The table with what its rules do on `count` held-out datasets of a config's seed, in place of its metrics."""
    task = config.composed
    mine = fitted(table, task)
    check_memory(config, config.engine_section)
    with config.engine_section.start(task) as engine:
        evaluation = engine.evaluate(mine.thetas, task.keys(config.seed, "held-out", count))
    means = {name: values.mean(axis=1) for name, values in evaluation.metrics.items()}
    failed = (evaluation.outcome != Outcome.OK).sum(axis=1).astype(float)
    return replace(mine, metrics={"loss": evaluation.loss.mean(axis=1), **means, FAILED: failed})


def _place(table: Table, name: str, alone: bool) -> int | None:
    """Where a parameter of a task stands in a table: by its name, that of published tables, or without connection."""
    connection, _, parameter = name.rpartition(".")
    names = [name, f"{PUBLISHED.get(connection, connection)}.{parameter}", *([parameter] if alone else [])]
    return next((table.names.index(one) for one in names if one in table.names), None)
