"""Several searches side by side: loss against trials and against seconds; data and axes in, axes out."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from plastica.comparison import Curve
from plastica.rules.base import Floats

Axes = Any  # matplotlib is loaded where it is used

COLOURS = 10  # of matplotlib's cycle; further searches have the same in other dashes
DASHES = ("-", "--", ":", "-.")
SHORTEST_S = 1e-2  # seconds are drawn from here on: a logarithmic axis has no zero


def loss_against_trials(axes: Axes, curves: Sequence[Curve]) -> Axes:
    """Fig. S1: loss against trials spent; searches of one label share a colour."""
    return _draw(axes, curves, [curve.trials for curve in curves], "trials")


def loss_against_seconds(axes: Axes, curves: Sequence[Curve]) -> Axes:
    """Fig. S1: loss against seconds spent; searches of one label share a colour."""
    return _draw(axes, curves, [np.maximum(curve.seconds, SHORTEST_S) for curve in curves], "seconds")


def _draw(axes: Axes, curves: Sequence[Curve], spent: Sequence[Floats], unit: str) -> Axes:
    labels = list(dict.fromkeys(curve.label for curve in curves))
    styles = {label: (f"C{k % COLOURS}", DASHES[k // COLOURS % len(DASHES)]) for k, label in enumerate(labels)}
    drawn: set[str] = set()
    for curve, x in zip(curves, spent, strict=True):
        colour, dashes = styles[curve.label]
        label = "_" if curve.label in drawn else curve.label  # once in the legend
        axes.plot(x, curve.loss, color=colour, linestyle=dashes, label=label, linewidth=0.8)
        drawn.add(curve.label)
    axes.set(xlabel=f"{unit} spent", ylabel="loss of the favourite", xscale="log", yscale="log")
    return axes


def spent_by_size(axes: Axes, sizes: Sequence[int], spent: Mapping[str, Floats], label: str) -> Axes:
    """Fig. S1: what each search {label: [sizes, seeds]} spent for each number of inputs: median, least and most.

    Infinite entries are searches that never got there; they are left out, and a cross marks a size at which some were.
    """
    for k, (name, values) in enumerate(spent.items()):
        reached = np.where(np.isfinite(values), values, np.nan)
        some = ~np.isnan(reached).all(axis=1)
        x, y = np.array(sizes)[some], reached[some]
        middle = np.nanmedian(y, axis=1)
        axes.plot(x, middle, color=f"C{k}", marker="o", markersize=3, label=name)
        axes.fill_between(x, np.nanmin(y, axis=1), np.nanmax(y, axis=1), color=f"C{k}", alpha=0.2, linewidth=0)
        missed = np.isnan(y).any(axis=1)
        axes.plot(x[missed], middle[missed], color="black", marker="x", linestyle="none", markersize=6)
    axes.set(xlabel="inputs", ylabel=label, xscale="log", yscale="log")
    axes.set_xticks(sizes, [str(size) for size in sizes])
    axes.xaxis.minorticks_off()
    return axes
