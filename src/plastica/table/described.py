"""What a table holds, in a few numbers."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from plastica.analysis.family import spread
from plastica.table.on_task import fitted
from plastica.table.rule_table import Table
from plastica.tasks.task import Task

QUANTILES = (0.05, 0.5, 0.95)


def described(table: Table, given: int, task: Task | None) -> Mapping[str, Any]:
    """The rules that are left of `given` ones, quantiles of their metrics, and how different they are, where a task
    says how to measure that; plain data."""
    known = {name: values[~np.isnan(values)] for name, values in table.metrics.items()}
    return {
        "rules": len(table),
        "given": given,
        "metrics": {name: np.quantile(values, QUANTILES).tolist() for name, values in known.items() if values.size},
        "spread": spread(fitted(table, task).thetas, task.space) if task and len(table) else None,
    }
