"""A table of rules: a row a rule, with its parameters, its metrics and where it comes from."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from plastica.errors import UserError
from plastica.rules.base import Floats

Json = dict[str, Any]
FAILED = "failed"  # a metric of every rule that was simulated: trials that did not end well


@dataclass(frozen=True)
class Table:
    """N rules: names and units of P parameters, thetas [N, P], metrics {name: [N]}, the loss among them.

    A metric is the mean over datasets, NaN where it was not measured. `origin` says where each rule comes from: run,
    generation and candidate, or what a published table calls it; `runs` has more on each run, as plain data.
    """

    names: tuple[str, ...]
    units: tuple[str, ...]
    thetas: Floats
    metrics: Mapping[str, Floats]
    origin: tuple[str, ...]
    runs: Mapping[str, Json] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.thetas)

    def rows(self, chosen: NDArray[np.bool_]) -> "Table":
        """Some of the rules."""
        origin = tuple(one for one, is_chosen in zip(self.origin, chosen, strict=True) if is_chosen)
        metrics = {name: values[chosen] for name, values in self.metrics.items()}
        return replace(self, thetas=self.thetas[chosen], metrics=metrics, origin=origin)


def joined(tables: Sequence[Table]) -> Table:
    """Tables of the same parameters, one below the other. Raises UserError for others."""
    first = tables[0]
    for other in tables[1:]:
        if (other.names, other.units) != (first.names, first.units):
            raise UserError(
                f"{other.origin[0]} has other parameters ({', '.join(other.names)}) than {first.origin[0]} "
                f"({', '.join(first.names)}): give runs and files of the same rules"
            )
    metrics = dict.fromkeys(name for table in tables for name in table.metrics)
    return Table(
        first.names,
        first.units,
        np.concatenate([table.thetas for table in tables]),
        {name: np.concatenate([_metric(table, name) for table in tables]) for name in metrics},
        tuple(one for table in tables for one in table.origin),
        {name: run for table in tables for name, run in table.runs.items()},
    )


def within(table: Table, windows: Mapping[str, tuple[float, float]]) -> NDArray[np.bool_]:
    """Which rules have every named metric in its window, and no failed trial, [N]. Raises UserError for other names."""
    inside = np.nan_to_num(_metric(table, FAILED)) == 0
    for name, (low, high) in windows.items():
        if name not in table.metrics:
            raise UserError(f"--window {name}: the table has no such metric; choose from {', '.join(table.metrics)}")
        inside &= (low <= table.metrics[name]) & (table.metrics[name] <= high)
    return inside


def _metric(table: Table, name: str) -> Floats:
    return table.metrics[name] if name in table.metrics else np.full(len(table), np.nan)
