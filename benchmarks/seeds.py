"""The tables of docs/results.md: a study of a task, as Markdown.

    python benchmarks/seeds.py oja 101-200
    python benchmarks/seeds.py oja 101-103 network.inputs=100

A run succeeds by the criterion of its task, `SUCCESS`, which was written down before any reported seed was run. The
study goes to runs/seeds/<task>-<settings>; what is done already is not done again. With at most twenty seeds, a line
each; then, for however many, the mean over seeds with its standard error, the median, the middle nine tenths and the
range of each column, and how many succeed. "+-" is one standard error: in a line over datasets, in the row of means
over seeds. The Hebbian share is that of the denominator of Eq. 17; tuning is the correlation of a
group's inhibitory weights with its excitatory ones.
"""

import sys
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

import plastica
from plastica import cli
from plastica.analysis.mean_field import hebbian_area, restoring_slope
from plastica.analysis.standard_error import standard_error
from plastica.studies.variation import seeds_of
from plastica.toml_text import setting

LINES = 20
RATE = {"held_out.count": 2000, "held_out.random_rules": 10}  # single datasets decide a mean over two hundred
FEWER = {"held_out.count": 500, "held_out.random_rules": 10}
HELD_OUT = {
    "oja": RATE,
    "principal-components": RATE,
    "inhibitory-balance": {},
    "independent-components": RATE,
    "delta-rule": FEWER,
    "associative-memory": FEWER,
}
NOT_WORSE = "difference <= 2 * difference_se"  # than the calibrated rule, by more than two standard errors
SUCCESS = {
    "oja": "angle <= 10 and ratio <= 1.2",
    "principal-components": "angle <= 10 and ratio <= 1.2",  # the angle is the larger of both
    "inhibitory-balance": f"held_out < 0.012 and abs(rate_hz - 5) <= 0.2 and {NOT_WORSE}",
    "delta-rule": f"angle <= 10 and {NOT_WORSE}",
    "associative-memory": f"angle <= 10 and {NOT_WORSE}",
    "independent-components": f"angle <= 10 and {NOT_WORSE}",
}
Row = Mapping[str, Any]  # of the study's table, and the run's summary beside it


def main(task: str, seeds: str, *settings: str) -> None:
    name = "-".join([task, *settings]).replace("=", "-")
    study = plastica.study(
        task, HELD_OUT[task] | dict(map(setting, settings)), seeds=seeds_of(seeds), success=SUCCESS[task],
        out=f"runs/seeds/{name}",
    )  # fmt: skip
    summaries = {name: run.summary() for name, run in study.finished().items()}
    rows = [row | {"summary": summaries[row["run"]]} for row in study.table()]
    columns = RATES if task == "inhibitory-balance" else VECTORS
    print("| seed |", " | ".join(columns), "| succeeds |")
    print("|---" * (len(columns) + 2) + "|")
    for row in rows if len(rows) <= LINES else ():
        cells = [text(row) for text, _ in columns.values()]
        print(f"| {row['seed']} |", " | ".join(cells), "| yes |" if row["success"] else "| no |")
    values = [np.array([number(row) for row in rows]) for _, number in columns.values()]
    for name, summarise in OVER_SEEDS.items():
        print(f"| {name} |", " | ".join(map(summarise, values)), "| |")
    print(f"\n{sum(row['success'] for row in rows)} of {len(rows)} succeed: {SUCCESS[task]}")


Column = tuple[Callable[[Row], str], Callable[[Row], float]]  # a cell, and the number that is summarised


def _column(key: str, form: str) -> Column:
    def number(row: Row) -> float:
        return np.nan if row[key] is None else row[key]

    return lambda row: f"{number(row):{form}}", number


def _paired(get: Callable[[Row], Mapping[str, float]], mean: str) -> Column:
    """A mean over datasets, with its standard error."""
    return lambda row: f"{get(row)[mean]:.4f} +- {get(row)['standard_error']:.4f}", lambda row: get(row)[mean]


def _loss(name: str) -> Column:
    return _paired(lambda row: row["summary"]["held_out"]["details"][name], "loss")


def _difference(name: str) -> Column:
    return _paired(lambda row: row["summary"]["held_out"]["difference"][name], "mean")


def _angles(row: Row) -> str:
    return ", ".join(f"{angle:.1f}" for angle in row["summary"]["angle_deg"].values())


def _hebbian_share(row: Row) -> float:
    """How much of the denominator of Eq. 17 is the Hebbian terms'."""
    theta, pre_hz = np.array(list(row["summary"]["theta"].values())), row["presynaptic_hz"]
    return float(hebbian_area(theta) * pre_hz / restoring_slope(theta, pre_hz))


def _mean(values: np.ndarray) -> str:
    return f"{values.mean():.4g} +- {standard_error(values):.2g}"


def _between(low: float, high: float) -> Callable[[np.ndarray], str]:
    return lambda values: " to ".join(f"{end:.4g}" for end in np.percentile(values, [low, high]))


OVER_SEEDS: dict[str, Callable[[np.ndarray], str]] = {
    "mean +- s.e.": _mean,
    "median": lambda values: f"{np.median(values):.4g}",
    "middle 90 %": _between(5, 95),
    "range": _between(0, 100),
}
FIRST: dict[str, Column] = {
    "held-out loss": _loss("learned"),
    "calibrated": _loss("known_rule_calibrated"),
    "difference": _difference("known_rule_calibrated"),
}
LAST: dict[str, Column] = {
    "generations": _column("generations", "d"),
    "restarts": _column("restarts", "d"),
    "seconds": (lambda row: f"{row['summary']['seconds']:.0f}", lambda row: row["summary"]["seconds"]),
}
VECTORS: dict[str, Column] = {
    "angle (degrees)": (_angles, lambda row: row["angle"]),
    **FIRST,
    "ratio": _column("ratio", ".2f"),
    **LAST,
}
RATES: dict[str, Column] = {
    "rate (Hz)": _column("rate_hz", ".2f"),
    **FIRST,
    "postsynaptic, calibrated": _loss("postsynaptic_best"),
    "difference from it": _difference("postsynaptic_best"),
    "by Eq. 17 (Hz)": _column("predicted_hz", ".1f"),
    "Hebbian share": (lambda row: f"{_hebbian_share(row):.2f}", _hebbian_share),
    "tuning": _column("tuning_correlation", ".2f"),
    **LAST,
}


if __name__ == "__main__":
    cli.main(lambda: main(*sys.argv[1:]))
