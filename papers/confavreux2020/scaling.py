"""How the cost of a search grows with the networks: the claims of section 3.2 of Confavreux et al. 2020, measured.

    python papers/confavreux2020/scaling.py [--sizes 5x2 50x5 ...] [--seeds 101 ...]

The paper says that the computing time until convergence grows exponentially with the size of the networks, because the
search takes more generations, the networks more updates, and each update more time. These three are measured here for
5 to 50 inputs and 2 to 5 outputs, each until the loss is at most 0.1 for each output neuron (a neuron without weights
has a loss of 1): generations until the favourite's loss is that low, as the median of five generations; updates that
the known rules, Oja's and the anti-Hebbian one, need at the default learning rates, on as many held-out datasets as a
generation has; and the time of an update of the whole population on all datasets, which is that of the median
generation over its updates. The networks of the searches themselves always make the task's 300 updates, so the
seconds of a search are its generations times 300 times those of an update. All else is the task's default, but each
generation sees all datasets (`first_datasets = 0`), the favourite is the average of five points, so that the answer is
not late, and the loss at which an attempt is not given up is the same for each output at all sizes.

A search ends as soon as it is there. Takes about an hour on two cores, most of it for 50 inputs; the expected time is
printed first. What is done already is not done again, and a search that was interrupted goes on where it was: tables
and figure are of all that is done, whichever sizes and seeds were asked for when. Prints medians and ranges over the
seeds that reached the loss, and how many did; and for each quantity a power law and an exponential, fitted to the
logarithms of its medians, with the error of predicting each size from all others. Draws
runs/scaling as PNG, SVG and PDF.
"""

import argparse
from bisect import bisect_left
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np

import plastica
from plastica import cli
from plastica.comparison import curve
from plastica.conduct import Estimate, Silent, estimate
from plastica.config import load
from plastica.figures import figure, files_of
from plastica.figures.draw_legend import beside
from plastica.kept import Run
from plastica.runs.journal import Record
from plastica.tasks.task import Task

Size = tuple[int, int]  # inputs, outputs
Measured = Mapping[Size, Mapping[str, np.ndarray]]  # each quantity of a size, [seeds]; infinite where there is none

TASK = "principal-components"
SIZES: Sequence[Size] = tuple(product((5, 10, 20, 50), (2, 3, 5)))
SEEDS: Sequence[int] = (101, 102, 103)
SETTINGS: dict[str, Any] = {"search.average": 5, "first_datasets": 0}
LOSS = 0.1  # for each output neuron
GOOD = 0.3  # the same, at which an attempt is not given up: the task's default for five outputs
SMOOTHED = 5  # generations
MOST_UPDATES = 1000
TYPICAL = 400  # generations until the loss is reached, for the expected time
FEWEST = 5  # sizes for a fit of three constants
STEM = Path("runs/scaling")

TOTAL = "generations x updates x seconds"
DRAWN = ("generations", "updates", "seconds an update", TOTAL)
FITTED = (*DRAWN, "seconds")


class Reached(Exception):  # noqa: N818 - no error
    """The loss of a search is as low as is asked."""


class UntilReached(Silent):
    """Ends a search by raising Reached."""

    def started(self, run: Run, estimate: Estimate) -> None:
        self.loss = [record["loss"][0] for record in run.records()]

    def generation(self, run: Run, record: Record) -> None:
        self.loss.append(record["loss"][0])
        if np.isfinite(generations(np.array(self.loss[-SMOOTHED:]), run.task)):
            raise Reached


def main(arguments: Sequence[str] | None = None) -> None:
    asked = parser().parse_args(arguments)
    left = [(size, seed) for seed in asked.seeds for size in asked.sizes if not is_done(size, seed)]
    print(f"{len(left)} searches to do, in about {expected_seconds(left) / 60:.1f} minutes", flush=True)
    for size, seed in left:
        search(size, seed)
    measured = measure(sorted({*SIZES, *asked.sizes}), sorted({*SEEDS, *asked.seeds}))
    table(measured)
    fits(measured)
    with figure(STEM, panels=2, rows=2, height=2.6) as axes:
        for panel, quantity in zip(axes, DRAWN, strict=True):
            draw(panel, measured, quantity)
        for right in axes[1::2]:
            beside(right)
    for file in files_of(STEM):
        print(file)


def parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description="How the cost of a search grows with the networks.")
    parser.add_argument("--sizes", type=size_of, nargs="+", default=SIZES, help="inputs x outputs, such as 5x2 50x5")
    parser.add_argument("--seeds", type=int, nargs="+", default=SEEDS, help="a search each, at every size")
    return parser


def size_of(text: str) -> Size:
    inputs, _, outputs = text.partition("x")
    if not (inputs.isdecimal() and outputs.isdecimal() and 2 <= int(outputs) <= int(inputs)):
        raise argparse.ArgumentTypeError(f"{text}: write inputs x outputs, such as 50x5, with 2 outputs to as many")
    return int(inputs), int(outputs)


# Searches: one folder each, which says whether it is done.


def settings(size: Size, seed: int) -> dict[str, Any]:
    inputs, outputs = size
    own = {"network.inputs": inputs, "network.outputs": outputs, "search.restarts.good": GOOD * outputs, "seed": seed}
    return {**SETTINGS, **own}


def folder(size: Size, seed: int) -> Path:
    return STEM / f"inputs={size[0]}-outputs={size[1]}-seed={seed}"


def is_done(size: Size, seed: int) -> bool:
    """Whether a search has reached the loss, or came to its own end without."""
    if not folder(size, seed).exists():
        return False
    run = Run.open(folder(size, seed))
    if run.config != load(TASK, settings(size, seed)):
        raise SystemExit(f"{folder(size, seed)} holds a run with another config: delete it")
    loss = np.array([record["loss"][0] for record in run.records()])
    return bool(np.isfinite(generations(loss, run.task))) or run.is_complete


def expected_seconds(searches: Sequence[tuple[Size, int]]) -> float:
    """How long searches will take, from a part of a generation of each size."""
    total = 0.0
    for size in {size for size, _ in searches}:
        config = load(TASK, settings(size, SEEDS[0]))
        with config.engine_section.start(config.composed) as engine:
            each = estimate(config, engine).seconds / config.generations
        total += TYPICAL * each * sum(size == other for other, _ in searches)
    return total


def search(size: Size, seed: int) -> None:
    """Search until the loss is reached, or the search ends; exit if it was interrupted."""
    path = folder(size, seed)
    with suppress(Reached):
        if path.exists():
            plastica.resume(path, observer=UntilReached())
        else:
            plastica.run(TASK, settings(size, seed), out=path, observer=UntilReached())
    last = Run.open(path).records()[-1]
    each = last["loss"][0] / size[1]
    print(
        f"{path.name}: {last['generation'] + 1} generations in {last['seconds']:.0f} s, "
        f"loss for each output {each:.3f}, {last['search']['restarts']:.0f} restarts",
        flush=True,
    )


# Quantities


def generations(loss: np.ndarray, task: Task) -> float:
    """Generations until a loss [generations], as the median of some, first is low enough; infinite if it never is."""
    network: Any = task.network
    if len(loss) < SMOOTHED:
        return np.inf
    windows = np.lib.stride_tricks.sliding_window_view(loss, SMOOTHED)
    low = np.flatnonzero(np.median(windows, axis=1) <= LOSS * network.outputs)
    return float(low[0] + SMOOTHED) if low.size else np.inf


def measure(sizes: Sequence[Size], seeds: Sequence[int]) -> Measured:
    """All quantities of all searches that are done."""
    measured: dict[Size, dict[str, np.ndarray]] = {}
    for size in sizes:
        found = [quantities(Run.open(folder(size, seed))) for seed in seeds if is_done(size, seed)]
        if found:
            measured[size] = {quantity: np.array([one[quantity] for one in found]) for quantity in found[0]}
    return measured


def quantities(run: Run) -> dict[str, float]:
    task, spent = run.task, curve(run, "")
    network: Any = task.network
    count = generations(spent.loss, task)
    last = int(count) - 1 if np.isfinite(count) else None
    each = float(np.median(np.diff(spent.seconds))) / network.updates
    updates = updates_of_known_rules(task, run.config.seed)
    return {
        "generations": count,
        "trials": np.inf if last is None else float(spent.trials[last]),
        "seconds": np.inf if last is None else float(spent.seconds[last]),
        "updates": updates,
        "seconds an update": each,
        TOTAL: count * updates * each,
    }


def updates_of_known_rules(task: Task, seed: int) -> float:
    """Updates until the mean loss is low enough, by bisection: noise apart, it falls all the way."""
    network: Any = task.network
    known = task.known_theta(task.targets)
    assert known is not None
    datasets = [task.dataset(key) for key in task.keys(seed, "held-out", task.data.count)]

    def is_low(updates: int) -> bool:
        trained = replace(task, network=network.model_copy(update={"updates": updates}))
        return bool(trained.score(known[None], datasets).loss.mean() <= LOSS * network.outputs)

    least = 1 + bisect_left(range(1, MOST_UPDATES + 1), True, key=is_low)
    return float(least) if least <= MOST_UPDATES else np.inf


# What is printed and drawn


def table(measured: Measured) -> None:
    print(f"\nUntil the loss for each output is at most {LOSS}: median (least-most) over seeds\n")
    print(f"| inputs | outputs | reached | generations | trials | seconds | updates | ms an update | {TOTAL} |")
    print("|---" * 9 + "|")
    for (inputs, outputs), values in measured.items():
        reached = f"{np.isfinite(values['generations']).sum()} of {len(values['generations'])}"
        cells = (
            spread(values["generations"], ".0f"),
            spread(values["trials"], ",.0f"),
            spread(values["seconds"], ".1f"),
            spread(values["updates"], ".0f"),
            spread(1e3 * values["seconds an update"], ".3f"),
            spread(values[TOTAL], ".1f"),
        )
        print("| " + " | ".join(map(str, (inputs, outputs, reached, *cells))) + " |")


def spread(values: np.ndarray, form: str) -> str:
    """Median (least-most) of those that are finite."""
    reached = values[np.isfinite(values)]
    if not reached.size:
        return "-"
    return f"{np.median(reached):{form}} ({reached.min():{form}}-{reached.max():{form}})"


def finite(measured: Measured, quantity: str) -> dict[Size, np.ndarray]:
    """A quantity of the seeds that have it, by size, where any has."""
    found = {size: values[quantity][np.isfinite(values[quantity])] for size, values in measured.items()}
    return {size: values for size, values in found.items() if values.size}


def fits(measured: Measured) -> None:
    """Both laws for each quantity, and which of them predicts sizes better that it was not fitted to."""
    print("\nPower law: times N^a M^b. Exponential: times f for 10 inputs more, times g for one output more.")
    print("Error: the factor by which sizes are missed (rms of its log) when each is predicted from all others.\n")
    print("| quantity | a | b | error | f | g | error | described better by |")
    print("|---" * 8 + "|")
    for quantity in FITTED:
        found = finite(measured, quantity)
        if len(found) < FEWEST:
            print(f"| {quantity} |" + " - |" * 6 + f" sizes are too few: {len(found)}, of {FEWEST} at least |")
            continue
        sizes = np.array(list(found), dtype=float)
        x, y = (np.log(sizes), sizes), np.log([np.median(values) for values in found.values()])
        (_, a, b), (_, f, g) = (fit(one, y) for one in x)
        errors = [left_out(one, y) for one in x]
        better = ("the power law", "the exponential")[int(np.argmin(errors))]
        numbers = (a, b, np.exp(errors[0]), np.exp(10 * f), np.exp(g), np.exp(errors[1]))
        print(f"| {quantity} | " + " | ".join(f"{number:.2f}" for number in numbers) + f" | {better} |")


def fit(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """(constant, slopes) of the least squares y [points] = constant + x [points, 2] slopes."""
    return np.linalg.lstsq(np.column_stack([np.ones(len(x)), x]), y)[0]


def left_out(x: np.ndarray, y: np.ndarray) -> float:
    """Root mean square of the errors with which each point is predicted by a fit to all others."""
    errors = []
    for k in range(len(y)):
        constant, *slopes = fit(np.delete(x, k, axis=0), np.delete(y, k))
        errors.append(y[k] - constant - x[k] @ slopes)
    return float(np.sqrt(np.mean(np.square(errors))))


def draw(axes: Any, measured: Measured, quantity: str) -> None:
    """A quantity against inputs, a line for each number of outputs: median, and least to most, over seeds."""
    axes.set(xlabel="inputs", ylabel=quantity)
    found = finite(measured, quantity)
    if not found:  # a logarithmic axis needs something to show
        return
    for k, outputs in enumerate(sorted({outputs for _, outputs in found})):
        own = {inputs: values for (inputs, m), values in found.items() if m == outputs}
        low, middle, high = (np.array([f(values) for values in own.values()]) for f in (np.min, np.median, np.max))
        errors = np.array([middle - low, high - middle])
        axes.errorbar(list(own), middle, errors, color=f"C{k}", marker="o", markersize=3, label=f"{outputs} outputs")
    axes.set(xscale="log", yscale="log")
    ticks = sorted({inputs for inputs, _ in found})
    axes.set_xticks(ticks, [str(inputs) for inputs in ticks])
    axes.set_xticks([], minor=True)


if __name__ == "__main__":
    cli.main(main)
