"""Fig. S1 of Confavreux et al. 2020: which optimiser scales, on the Oja task from 2 to 100 inputs.

    python papers/confavreux2020/figS1.py

compares CMA-ES with Adam on exact gradients and on gradients by finite differences. Each is tuned by the same budget:
six settings, on two seeds that are used for nothing else, with 10 inputs and 300 generations; the setting that takes
the fewest trials to a loss of 0.1 (a tenth of that without plasticity) is kept for all sizes. Then each runs from three
other seeds at each size. All else is the task's default, but the favourite is the average of five points everywhere,
so that no method answers later than another, and all see all datasets in each generation (`first_datasets = 0`).
Methods take turns, so that whatever else the machine does slows all.

Takes about half an hour on two cores; what is done already is not done again, and an incomplete run is refused. Draws
runs/figS1.png, .svg and .pdf, and prints the table: medians over seeds, with the range, of trials and of seconds until
the loss stays (median of five generations) below 0.1.
"""

from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
from searches import script, study

from plastica.comparison import Curve, curve
from plastica.errors import UserError
from plastica.figures import draw_comparison, figure, files_of, taller
from plastica.figures.draw_legend import below

SIZES = (2, 5, 10, 30, 100)
SEEDS = (101, 102, 103)
TUNING_SIZE, TUNING_SEEDS = 10, (1, 2)
SETTINGS = {
    "generations": 300,
    "first_datasets": 0,
    "search.average": 5,
    "held_out.count": 40,
    "held_out.random_rules": 1,
}
LOSS = 0.1
SMOOTHED = 5  # generations

ADAM = {  # plain, without steps of the scale
    "search.name": "adam", "search.iterations": 300, "search.final_rate": 0.01, "search.clip": 1.0,
    "search.scale_rate": 0.0,
}  # fmt: skip
RATES = (0.03, 0.1, 0.3)
METHODS: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {  # what a method sets, and what is tuned
    "CMA-ES": ({"search.name": "cma"}, {"search.population": (30, 60), "search.sigma0": (0.1, 0.2, 0.4)}),
    "Adam, exact": (
        {**ADAM, "search.gradient": "exact"},
        {"search.learning_rate": RATES, "search.beta2": (0.99, 0.999)},
    ),
    "Adam, finite differences": (
        {**ADAM, "search.gradient": "finite-difference"},
        {"search.learning_rate": RATES, "search.difference": (0.01, 0.05)},
    ),
}
STEM = Path("runs/figS1")


def main() -> list[Path]:
    searches = [tune(method, *choices) for method, choices in METHODS.items()]
    found = study("runs/figS1/sizes", "oja", SETTINGS, SEEDS, {"network.inputs": SIZES, "search": searches})
    curves = {
        (size, method, seed): curve(run, method)
        for (size, method), setting in zip(product(SIZES, METHODS), found.settings, strict=True)
        for seed, run in zip(SEEDS, found.runs_of(setting), strict=True)
    }
    with figure(STEM, panels=2, rows=2, letters=True) as axes:
        largest = [c for (size, _, _), c in curves.items() if size == SIZES[-1]]
        for panel, draw in zip(
            axes, (draw_comparison.loss_against_trials, draw_comparison.loss_against_seconds), strict=False
        ):
            draw(panel, largest).set_title(f"{SIZES[-1]} inputs")
        for panel, unit in zip(axes[2:], ("trials", "seconds"), strict=True):
            spent = {m: np.array([[reach(curves[n, m, s], unit) for s in SEEDS] for n in SIZES]) for m in METHODS}
            draw_comparison.spent_by_size(panel, SIZES, spent, f"{unit} to a loss of {LOSS}")
        taller(axes[0].figure, below(axes[3]))  # one legend for all
    table(curves)
    return files_of(STEM)


def tune(method: str, fixed: dict[str, Any], tuned: dict[str, Any]) -> dict[str, Any]:
    """The search with the fewest trials to the loss, summed over the tuning seeds; a miss counts as infinite."""
    settings = {**SETTINGS, **fixed, "network.inputs": TUNING_SIZE}
    folder = f"runs/figS1/tuning-{method}".replace(", ", "-").replace(" ", "-")
    found = study(folder, "oja", settings, TUNING_SEEDS, tuned)
    totals = [sum(reach(curve(run, method), "trials") for run in found.runs_of(one)) for one in found.settings]
    for setting, total in zip(found.settings, totals, strict=True):
        print(f"{method}: {setting.label}: {total:,.0f} trials", flush=True)
    if np.isinf(min(totals)):
        raise UserError(f"no setting of {method} came to a loss of {LOSS}: widen its choices")
    best = found.settings[int(np.argmin(totals))]
    print(f"{method}: chosen {best.label}", flush=True)
    return {key.removeprefix("search."): value for key, value in {**fixed, **best.varied}.items()}


def reach(curve: Curve, unit: str) -> float:
    """Trials or seconds until the loss, as the median of some generations, first was low enough; infinite if never."""
    windows = np.lib.stride_tricks.sliding_window_view(curve.loss, SMOOTHED)
    low = np.flatnonzero(np.median(windows, axis=1) <= LOSS)
    return float(getattr(curve, unit)[low[0] + SMOOTHED - 1]) if low.size else np.inf


def table(curves: dict[tuple[int, str, int], Curve]) -> None:
    print("| inputs | search | reached | trials | seconds | loss at the end |")
    print("|---|---|---|---|---|---|")
    for size, method in product(SIZES, METHODS):
        found = [curves[size, method, seed] for seed in SEEDS]
        trials, seconds = (np.array([reach(c, unit) for c in found]) for unit in ("trials", "seconds"))
        ends = np.array([np.median(c.loss[-SMOOTHED:]) for c in found])
        reached = f"{np.isfinite(trials).sum()} of {len(found)}"
        cells = (size, method, reached, spread(trials, ",.0f"), spread(seconds, ".1f"), spread(ends, ".4f"))
        print("| " + " | ".join(map(str, cells)) + " |")


def spread(values: np.ndarray, form: str) -> str:
    """Median (least-most) of those that are finite."""
    finite = values[np.isfinite(values)]
    if not finite.size:
        return "-"
    return f"{np.median(finite):{form}} ({finite.min():{form}}-{finite.max():{form}})"


if __name__ == "__main__":
    script(main)
