"""Fig. S1 of Confavreux et al. 2020: which optimiser scales, on the Oja task from 2 to 100 inputs.

    python papers/confavreux2020/figS1.py

compares CMA-ES with Adam on exact gradients and on gradients by finite differences. Each is tuned by the same budget:
six settings, on two seeds that are used for nothing else, with 10 inputs and 300 generations; the setting that takes
the fewest trials to a loss of 0.1 (a tenth of that without plasticity) is kept for all sizes. Then each runs from three
other seeds at each size. All else is the task's default, but the favourite is the average of five points everywhere,
so that no method answers later than another. Methods take turns, so that whatever else the machine does slows all.

Takes about half an hour on two cores; what is done already is not done again, and an incomplete run is refused. Draws
runs/figS1.png, .svg and .pdf, and prints the table: medians over seeds, with the range, of trials and of seconds until
the loss stays (median of five generations) below 0.1.
"""

from itertools import count, product
from pathlib import Path
from typing import Any

import numpy as np
from searches import run_one, script

from plastica.comparison import Curve, curve
from plastica.errors import UserError
from plastica.figures import draw_comparison, figure, files_of, taller
from plastica.figures.draw_legend import below

SIZES = (2, 5, 10, 30, 100)
SEEDS = (101, 102, 103)
TUNING_SIZE, TUNING_SEEDS = 10, (1, 2)
SETTINGS = {"generations": 300, "search.average": 5, "held_out.count": 40, "held_out.random_rules": 1}
LOSS = 0.1
SMOOTHED = 5  # generations

ADAM = {"search.name": "adam", "search.iterations": 300, "search.final_rate": 0.01, "search.clip": 1.0}
METHODS: dict[str, list[dict[str, Any]]] = {
    "CMA-ES": [
        {"search.name": "cma", "search.population": population, "search.sigma0": sigma0}
        for population, sigma0 in product((30, 60), (0.1, 0.2, 0.4))
    ],
    "Adam, exact": [
        {**ADAM, "search.gradient": "exact", "search.learning_rate": rate, "search.beta2": beta2}
        for rate, beta2 in product((0.03, 0.1, 0.3), (0.99, 0.999))
    ],
    "Adam, finite differences": [
        {**ADAM, "search.gradient": "finite-difference", "search.learning_rate": rate, "search.difference": difference}
        for rate, difference in product((0.03, 0.1, 0.3), (0.01, 0.05))
    ],
}
TOTAL = sum(map(len, METHODS.values())) * len(TUNING_SEEDS) + len(SIZES) * len(SEEDS) * len(METHODS)
NUMBERS = count(1)  # of the runs, as they come
STEM = Path("runs/figS1")


def main() -> list[Path]:
    tuned = {method: tune(method, settings) for method, settings in METHODS.items()}
    curves = {
        (size, method, seed): run(method, settings, size, seed)
        for size, seed in product(SIZES, SEEDS)
        for method, settings in tuned.items()
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


def tune(method: str, choices: list[dict[str, Any]]) -> dict[str, Any]:
    """The settings with the fewest trials to the loss, summed over the tuning seeds; a miss counts as infinite."""
    totals = []
    for settings in choices:
        found = [run(method, settings, TUNING_SIZE, seed) for seed in TUNING_SEEDS]
        totals.append(sum(reach(c, "trials") for c in found))
        print(f"{method}: {describe(settings)}: {totals[-1]:,.0f} trials", flush=True)
    if np.isinf(min(totals)):
        raise UserError(f"no setting of {method} came to a loss of {LOSS}: widen its choices")
    best = choices[int(np.argmin(totals))]
    print(f"{method}: chosen {describe(best)}", flush=True)
    return best


def run(method: str, settings: dict[str, Any], inputs: int, seed: int) -> Curve:
    folder = f"runs/figS1/{describe(settings)} inputs={inputs} seed={seed}".replace(" ", "-")
    own = {**SETTINGS, **settings, "network.inputs": inputs, "seed": seed}
    return curve(run_one("oja", own, folder, next(NUMBERS), TOTAL), method)


def describe(settings: dict[str, Any]) -> str:
    """What a choice sets, but for what all choices of Adam share."""
    shared = ADAM.keys() - {"search.name"}
    return " ".join(f"{key.removeprefix('search.')}={value}" for key, value in settings.items() if key not in shared)


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
