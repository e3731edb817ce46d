"""The held-out evaluation as a table: a row for the learned rule, and one for each baseline."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from plastica.findings.data_frame import data_frame
from plastica.markup import Markup, table
from plastica.terminal import printable

CONFIDENCE = 0.95
Interval = tuple[float, float]


@dataclass(frozen=True)
class HeldOutRow:
    """A rule on the held-out datasets: the mean of its loss, the standard error of that over datasets and an interval
    of 95 % for it, the median over trials, how trials ended, and the mean of each metric.

    `difference` is the learned rule's loss minus this one's, paired over datasets, with its own standard error and
    interval; nothing in the row of the learned rule itself. A single dataset has no interval.

        >>> import plastica
        >>> row = plastica.Run.open("runs/first").held_out["no_plasticity"]
        >>> row.interval[0] < row.loss < row.interval[1]
        True
        >>> row.outcomes["ok"]
        20
    """

    loss: float
    standard_error: float
    interval: Interval | None
    median: float
    outcomes: Mapping[str, int]
    metrics: Mapping[str, float]
    difference: float | None = None
    difference_error: float | None = None
    difference_interval: Interval | None = None


@dataclass(frozen=True, repr=False)
class HeldOutTable(Mapping[str, HeldOutRow]):
    """The learned rule and its baselines, by name, on datasets that no search has seen.

    >>> import plastica
    >>> table = plastica.Run.open("runs/first").held_out
    >>> list(table)
    ['learned', 'no_plasticity', 'random_rules', 'known_rule', 'known_rule_calibrated']
    >>> table["known_rule"].loss < table["no_plasticity"].loss
    True
    """

    datasets: int
    rows: Mapping[str, HeldOutRow]

    @classmethod
    def of(cls, held_out: Mapping[str, Any]) -> "HeldOutTable":
        """Of the plain data that a result keeps."""
        datasets, differences = held_out["datasets"], held_out.get("difference", {})  # version 0.1 had none
        rows = {name: _row(row, differences.get(name), datasets) for name, row in held_out["details"].items()}
        return cls(datasets, rows)

    def __getitem__(self, name: str) -> HeldOutRow:
        return self.rows[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self.rows)

    def __len__(self) -> int:
        return len(self.rows)

    def __repr__(self) -> str:
        columns = [self.columns(), *self.cells()]
        widths = [max(len(row[k]) for row in columns) for k in range(len(self.columns()))]
        texts = ["  ".join(_filled(cell, width, k) for k, (cell, width) in enumerate(zip(row, widths, strict=True)))
                 for row in columns]  # fmt: skip
        return "\n".join([f"loss on {self.datasets} held-out datasets", *(text.rstrip() for text in texts)])

    def _repr_html_(self) -> str:
        return self.markup()

    def markup(self) -> Markup:
        """The same in HTML."""
        return table(self.columns(), self.cells())

    @staticmethod
    def columns() -> list[str]:
        return ["rule", "loss", "s.e.", "95 % interval", "median", "learned − this", "95 % interval", "trials"]

    def cells(self) -> list[list[str]]:
        """What stands in the rows, as text."""
        return [
            [
                printable(name.replace("_", " ")),
                f"{row.loss:.4g}",
                f"{row.standard_error:.2g}",
                _interval(row.interval),
                f"{row.median:.4g}",
                "" if row.difference is None else f"{row.difference:.2g} ± {row.difference_error:.2g}",
                _interval(row.difference_interval) if row.difference is not None else "",
                printable(", ".join(f"{count:,} {outcome}" for outcome, count in row.outcomes.items() if count)),
            ]
            for name, row in self.rows.items()
        ]

    def to_pandas(self) -> Any:
        """A row a rule; intervals, outcomes and metrics have a column for each of their numbers.

        Raises UserError where pandas is not installed.

            >>> import plastica
            >>> frame = plastica.Run.open("runs/first").held_out.to_pandas()  # doctest: +SKIP
        """
        flat = {name: _flat(row) for name, row in self.rows.items()}
        columns = dict.fromkeys(key for row in flat.values() for key in row)
        return data_frame({key: [row.get(key) for row in flat.values()] for key in columns}, list(flat))


def _row(row: Mapping[str, Any], difference: Mapping[str, float] | None, datasets: int) -> HeldOutRow:
    own = _mean(row["loss"], row["standard_error"], datasets)
    paired = _mean(difference["mean"], difference["standard_error"], datasets) if difference else ()
    return HeldOutRow(*own, row["median"], row["outcomes"], row["metrics"], *paired)


def _mean(mean: float, error: float, datasets: int) -> tuple[float, float, Interval | None]:
    """A mean over datasets, its standard error, and its interval by Student's distribution."""
    from scipy.special import stdtrit

    if datasets < 2:
        return mean, error, None
    half = float(stdtrit(datasets - 1, 0.5 + CONFIDENCE / 2)) * error
    return mean, error, (mean - half, mean + half)


def _interval(interval: Interval | None) -> str:
    return f"{interval[0]:.3g} to {interval[1]:.3g}" if interval else "-"


def _filled(cell: str, width: int, column: int) -> str:
    return cell.rjust(width) if column else cell.ljust(width)


def _flat(row: HeldOutRow) -> dict[str, Any]:
    numbers = {"loss": row.loss, "standard_error": row.standard_error, "median": row.median}
    pairs = {"interval": row.interval, "difference_interval": row.difference_interval}
    ends = {f"{key}.{end}": pair[k] for key, pair in pairs.items() if pair for k, end in enumerate(("low", "high"))}
    paired = {"difference": row.difference, "difference_error": row.difference_error}
    outcomes = {f"outcomes.{name}": count for name, count in row.outcomes.items()}
    return {**numbers, **paired, **ends, **outcomes, **{f"metrics.{name}": v for name, v in row.metrics.items()}}
