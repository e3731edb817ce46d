"""Many runs on the same axes, one colour a setting: losses as bands, angles, coefficients, families of rules."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from plastica.analysis.band import band
from plastica.comparison import Curve
from plastica.figures.draw_comparison import COLOURS, SHORTEST_S
from plastica.rules.base import Floats

Axes = Any  # matplotlib is loaded where it is used

DOTS: dict[str, Any] = {"marker": "o", "markersize": 3, "markeredgewidth": 0, "linestyle": "none", "alpha": 0.6}
WIDTH = 0.6  # of a column of dots, where columns are 1 apart


def colour(number: int) -> str:
    """Of the setting of a number."""
    return f"C{number % COLOURS}"


def loss_bands(axes: Axes, groups: Mapping[str, Sequence[Curve]], unit: str) -> Axes:
    """The median over the runs of each group {name: curves}, and their middle half, against trials or seconds."""
    for k, (name, curves) in enumerate(groups.items()):
        if not curves:
            continue
        spent = [np.maximum(getattr(curve, unit), SHORTEST_S) for curve in curves]
        points, (low, middle, high) = band(spent, [curve.loss for curve in curves])
        axes.fill_between(points, low, high, color=colour(k), alpha=0.25, linewidth=0)
        axes.plot(points, middle, color=colour(k), label=name)
    axes.set(xlabel=f"{unit} spent", ylabel="loss of the favourite", xscale="log", yscale="log")
    return axes


def dots(axes: Axes, groups: Sequence[Floats], label: str, log: bool = False) -> Axes:
    """A number of each run, [runs] for each group, in columns side by side; a line is the median."""
    for k, values in enumerate(groups):
        if len(values):
            place = k + (WIDTH * (np.arange(len(values)) / max(1, len(values) - 1) - 0.5) if len(values) > 1 else 0)
            axes.plot(place, values, color=colour(k), **DOTS)
            axes.hlines(np.median(values), k - WIDTH / 2, k + WIDTH / 2, color="black", linewidth=1)
    axes.set(ylabel=label, xlim=(-0.6, len(groups) - 0.4), yscale="log" if log else "linear")
    axes.set_xticks([])
    if not log:
        axes.set_ylim(0, None)
    return axes


def terms(axes: Axes, groups: Sequence[Floats], known: Floats, names: Sequence[str], label: str, log: bool) -> Axes:
    """Parameters of all rules, a row for each of the `names`: [runs, names] for each group; a black bar is the known
    rule's, where it has one."""
    rows = np.arange(len(names))
    for k, thetas in enumerate(groups):
        shift = WIDTH * ((k + 0.5) / len(groups) - 0.5)
        for theta in thetas:
            axes.plot(theta, rows + shift, color=colour(k), **DOTS)
    axes.plot(known, rows, color="black", marker="|", markersize=10, linestyle="none")
    if not log:
        axes.axvline(0, color="black", linewidth=0.5, zorder=0)
    axes.set(xlabel=label, xscale="log" if log else "linear", ylim=(len(names) - 0.4, -0.6))
    axes.set_yticks(rows, names)
    return axes


def families(axes: Axes, tree: Floats, numbers: Sequence[int], cut: float, label: str) -> Axes:
    """The hierarchy [N - 1, 4] of N rules, a dot for each in the colour of its setting's number; families are what the
    dashed line leaves together."""
    from scipy.cluster.hierarchy import dendrogram

    drawn = dendrogram(tree, no_plot=True)
    for x, y in zip(drawn["icoord"], drawn["dcoord"], strict=True):
        axes.plot((np.array(x) - 5) / 10, y, color="0.4", linewidth=0.8)
    colours = [colour(numbers[leaf]) for leaf in drawn["leaves"]]
    axes.scatter(range(len(colours)), np.zeros(len(colours)), color=colours, s=8, zorder=3, clip_on=False)
    axes.axhline(cut, color="black", linestyle="--", linewidth=0.8)
    axes.set(xlabel="rules", ylabel=label, ylim=(0, None))
    axes.set_xticks([])
    return axes
