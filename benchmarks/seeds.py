"""The tables of docs/results.md: a task from several seeds, as Markdown.

    python benchmarks/seeds.py oja 101-200
    python benchmarks/seeds.py oja 101-103 network.inputs=100

A run succeeds by the criterion of its task, `SUCCESS`, which was written down before any reported seed was run. Runs go
to runs/seeds/<task>-<settings>-<seed>; what is done already is not done again. With at most twenty seeds, a line each;
then, for however many, the mean over seeds with its standard error, the median, the middle nine tenths and the range of
each column, and how many succeed. "+-" is one standard error: in a line over datasets, in the row of means over seeds.
The Hebbian share is that of the denominator of Eq. 17; tuning is the correlation of a group's inhibitory weights with
its excitatory ones.
"""

import sys
from collections.abc import Callable
from typing import Any

import numpy as np

import plastica
from plastica import cli
from plastica.analysis.mean_field import hebbian_area, restoring_slope
from plastica.analysis.standard_error import standard_error
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
Summary = dict[str, Any]


def main(task: str, seeds: str, *settings: str) -> None:
    first, _, last = seeds.partition("-")
    changes = HELD_OUT[task] | dict(setting(text) for text in settings)
    summaries = []
    columns = COLUMNS[task]
    print("| seed |", " | ".join(columns), "| succeeds |")
    print("|---" * (len(columns) + 2) + "|")
    for seed in range(int(first), int(last or first) + 1):
        name = "-".join([task, *settings, str(seed)]).replace("=", "-")
        run = plastica.run_or_resume(task, {**changes, "seed": seed}, out=f"runs/seeds/{name}")
        summaries.append(run.summary())
        if int(last or first) - int(first) < LINES:
            cells = [text(summaries[-1]) for text, _ in columns.values()]
            print(f"| {seed} |", " | ".join(cells), "| yes |" if succeeds(summaries[-1]) else "| no |", flush=True)
    values = [np.array([number(summary) for summary in summaries]) for _, number in columns.values()]
    for name, summarise in OVER_SEEDS.items():
        print(f"| {name} |", " | ".join(map(summarise, values)), "| |")
    print(f"\n{sum(map(succeeds, summaries))} of {len(summaries)} succeed: {SUCCESS[task]}")


def succeeds(summary: Summary) -> bool:
    """By the criterion of the task."""
    angles = max(summary["angle_deg"].values())
    difference = summary["held_out"]["difference"]["known_rule_calibrated"]
    not_worse = difference["mean"] <= 2 * difference["standard_error"]
    if summary["task"] in ("independent-components", "delta-rule", "associative-memory"):
        return bool(angles <= 10 and not_worse)
    if summary["task"] == "inhibitory-balance":
        return summary["held_out"]["loss"] < 0.012 and abs(_rate(summary) - 5.0) <= 0.2 and not_worse
    return bool(angles <= 10 and _ratio(summary) <= 1.2)


FOUND_AGAIN = (
    "angle at most 10 degrees, held-out loss not above that of the calibrated rule by more than two standard errors"
)
SUCCESS = {
    "oja": "angle at most 10 degrees, held-out loss at most 1.2 times that of the calibrated rule",
    "principal-components": "both angles at most 10 degrees, held-out loss at most 1.2 times that of the calibrated "
    "rules",
    "inhibitory-balance": "held-out loss below 0.012, rate 5 +- 0.2 Hz, loss not above that of the calibrated rule by "
    "more than two standard errors",
    "delta-rule": FOUND_AGAIN,
    "associative-memory": FOUND_AGAIN,
    "independent-components": FOUND_AGAIN,
}


def _angles(summary: Summary) -> str:
    return ", ".join(f"{angle:.1f}" for angle in summary["angle_deg"].values())


def _ratio(summary: Summary) -> float:
    return summary["held_out"]["loss"] / summary["held_out"]["baselines"]["known_rule_calibrated"]


def _rate(summary: Summary) -> float:
    return summary["held_out"]["details"]["learned"]["metrics"]["rate_hz"]


def _tuning(summary: Summary) -> float:
    return summary["held_out"]["details"]["learned"]["metrics"]["tuning_correlation"]


def _predicted(summary: Summary) -> float:
    """The rate by Eq. 17; not a number where there is none."""
    return summary["theory"]["predicted_hz"] or np.nan


def _hebbian_share(summary: Summary) -> float:
    """How much of the denominator of Eq. 17 is the Hebbian terms'."""
    theta, pre_hz = np.array(list(summary["theta"].values())), summary["theory"]["presynaptic_hz"]
    return float(hebbian_area(theta) * pre_hz / restoring_slope(theta, pre_hz))


def _with_error(mean: float, error: float) -> str:
    return f"{mean:.4f} +- {error:.4f}"


def _loss(name: str) -> tuple[Callable[[Summary], str], Callable[[Summary], float]]:
    def row(summary: Summary) -> Any:
        return summary["held_out"]["details"][name]

    return lambda s: _with_error(row(s)["loss"], row(s)["standard_error"]), lambda s: row(s)["loss"]


def _difference(name: str) -> tuple[Callable[[Summary], str], Callable[[Summary], float]]:
    def row(summary: Summary) -> Any:
        return summary["held_out"]["difference"][name]

    return lambda s: _with_error(row(s)["mean"], row(s)["standard_error"]), lambda s: row(s)["mean"]


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
Column = tuple[Callable[[Summary], str], Callable[[Summary], float]]  # a cell, and the number that is summarised
FIRST: dict[str, Column] = {
    "held-out loss": _loss("learned"),
    "calibrated": _loss("known_rule_calibrated"),
    "difference": _difference("known_rule_calibrated"),
}
LAST: dict[str, Column] = {
    "generations": (lambda s: str(s["generations"]), lambda s: s["generations"]),
    "restarts": (lambda s: str(len(s["restarts"])), lambda s: len(s["restarts"])),
    "seconds": (lambda s: f"{s['seconds']:.0f}", lambda s: s["seconds"]),
}
VECTORS: dict[str, Column] = {
    "angle (degrees)": (_angles, lambda s: max(s["angle_deg"].values())),
    **FIRST,
    "ratio": (lambda s: f"{_ratio(s):.2f}", _ratio),
    **LAST,
}
RATES: dict[str, Column] = {
    "rate (Hz)": (lambda s: f"{_rate(s):.2f}", _rate),
    **FIRST,
    "postsynaptic, calibrated": _loss("postsynaptic_best"),
    "difference from it": _difference("postsynaptic_best"),
    "by Eq. 17 (Hz)": (lambda s: f"{_predicted(s):.1f}", _predicted),
    "Hebbian share": (lambda s: f"{_hebbian_share(s):.2f}", _hebbian_share),
    "tuning": (lambda s: f"{_tuning(s):.2f}", _tuning),
    **LAST,
}
COLUMNS = {
    "oja": VECTORS,
    "principal-components": VECTORS,
    "inhibitory-balance": RATES,
    "delta-rule": VECTORS,
    "associative-memory": VECTORS,
    "independent-components": VECTORS,
}


if __name__ == "__main__":
    cli.main(lambda: main(*sys.argv[1:]))
