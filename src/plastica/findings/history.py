"""How a search went, as arrays by name."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from plastica.findings.data_frame import data_frame
from plastica.rules.base import Floats

Counts = NDArray[np.int64]
Record = Mapping[str, Any]


@dataclass(frozen=True, eq=False, repr=False)
class History:
    """One number a generation [G] of everything that the journal keeps.

    `generation` counts from 0, as the journal does. `loss` is the favourite's, `best` and `median` are of the
    candidates beside it, averaged over datasets. `sigma` is the step size of CMA-ES, and not a number for other
    searches. `outcomes` counts the trials of a generation by how they ended, `theta` has the favourite's parameters.

        >>> import plastica
        >>> history = plastica.Run.open("runs/first").history()
        >>> history
        History of 5 generations: generation, loss, best, median, sigma, seconds, outcomes, theta
        >>> bool(history.best.min() <= history.median.min())
        True
        >>> history.theta["feedforward.A110"].shape
        (5,)
        >>> int(history.outcomes["ok"][-1] + history.outcomes["exploded"][-1])
        1220
    """

    generation: Counts
    loss: Floats
    best: Floats
    median: Floats
    sigma: Floats
    seconds: Floats
    outcomes: Mapping[str, Counts]
    theta: Mapping[str, Floats]

    @classmethod
    def of(cls, records: Sequence[Record], names: Sequence[str]) -> "History":
        """Of a journal's records, whose favourites have parameters of these names."""
        candidates = [np.array(record["loss"][1:] or record["loss"]) for record in records]
        outcomes = dict.fromkeys(name for record in records for name in record["outcomes"])
        favourites = np.array([record["favourite"] for record in records]).reshape(len(records), len(names))
        return cls(
            generation=np.array([record["generation"] for record in records], dtype=np.int64),
            loss=_floats(record["loss"][0] for record in records),
            best=_floats(losses.min() for losses in candidates),
            median=_floats(np.median(losses) for losses in candidates),
            sigma=_floats(_number(record["search"].get("sigma")) for record in records),
            seconds=_floats(record["seconds"] for record in records),
            outcomes={
                name: np.array([record["outcomes"].get(name, 0) for record in records], dtype=np.int64)
                for name in outcomes
            },
            theta=dict(zip(names, favourites.T, strict=True)),
        )

    def __repr__(self) -> str:
        count = len(self.generation)
        return f"History of {count} generation{'' if count == 1 else 's'}: {', '.join(self.__dataclass_fields__)}"

    def to_pandas(self) -> Any:
        """A row a generation, with a column for each array: `outcomes.ok`, and parameters by their names.

        Raises UserError where pandas is not installed.

            >>> import plastica
            >>> frame = plastica.Run.open("runs/first").history().to_pandas()  # doctest: +SKIP
            >>> frame.plot(y="loss", logy=True)  # doctest: +SKIP
        """
        columns = {name: getattr(self, name) for name in ("loss", "best", "median", "sigma", "seconds")}
        columns |= {f"outcomes.{name}": counts for name, counts in self.outcomes.items()}
        return data_frame({**columns, **self.theta}, self.generation)


def _floats(values: Any) -> Floats:
    return np.fromiter(values, dtype=float)


def _number(value: Any) -> float:
    return float(value) if isinstance(value, int | float) else np.nan
