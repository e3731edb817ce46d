"""A family of rules: every two parameters, and where theory has the family (Fig. 3D); data and axes in, axes out."""

from collections.abc import Mapping, Sequence
from itertools import product
from typing import Any

import numpy as np

from plastica.figures.draw_search import symbol
from plastica.rules.base import Floats

Axes = Any  # matplotlib is loaded where it is used

MOST = 6  # parameters that are drawn against each other
COLOURS = {"ms": "tab:purple", "1/spike": "tab:blue"}  # of a parameter's histogram, by its unit


def shown(thetas: Floats) -> list[int]:
    """Which parameters of rules [N, P] are drawn: all, or those that differ most between rules."""
    return sorted(np.argsort(-thetas.std(axis=0), kind="stable")[:MOST].tolist())


def pairs(axes: Sequence[Axes], thetas: Floats, names: Sequence[str], units: Sequence[str], loss: Floats) -> Any:
    """Rules [N, P] in the plane of every two parameters, a grid [P, P] of axes below its diagonal, darker where the
    loss [N] is lower; on the diagonal how often each value occurs."""
    size = len(names)
    grid = np.reshape(np.array(axes, dtype=object), (size, size))
    order = np.argsort(-loss)
    for row, column in product(range(size), repeat=2):
        own = grid[row, column]
        if column > row:
            own.set_axis_off()
        elif column == row:
            own.hist(thetas[:, row], bins=40, color=COLOURS.get(units[row], "0.4"))
            own.set_yticks([])
        else:
            x, y = thetas[order, column], thetas[order, row]
            own.scatter(x, y, c=np.log(loss[order] + 1e-12), s=1.5, cmap="viridis", linewidths=0, rasterized=True)
        if row == size - 1:
            own.set_xlabel(_label(names[column], units[column]))
        if column == 0 and row:
            own.set_ylabel(_label(names[row], units[row]))
    return grid


def on_surface(axes: Axes, predicted: Floats, measured: Floats, biased: Floats, target: float) -> Axes:
    """Measured rates [N] of rules against those of Eq. (17), for independent spikes and for as many more pairs as there
    are; on the diagonal theory and simulation agree."""
    for rate, colour, label in ((predicted, "0.6", "Eq. (17)"), (biased, "tab:blue", "with its bias")):
        axes.plot(rate, measured, ".", color=colour, markersize=1.5, rasterized=True)
        axes.plot([], [], "o", color=colour, markersize=3, label=label)
    axes.axline((target, target), slope=1, color="black", linewidth=0.6, zorder=0)
    axes.set(xlabel="rate by theory (Hz)", ylabel="measured rate (Hz)")
    axes.legend(loc="best")
    return axes


def plane(axes: Axes, kept: Floats, others: Mapping[str, Floats], slope: float) -> Axes:
    """Fig. 3D for a whole family: kept rules [N, 2], and rules of other kinds {label: [M, 2]}, in the plane of two sums
    of coefficients in which Eq. (17) is a line of a slope through zero."""
    axes.plot(*kept.T, ".", color="0.6", markersize=1.5, rasterized=True)
    axes.plot([], [], "o", color="0.6", markersize=3, label="kept")
    for k, (label, points) in enumerate(others.items()):
        axes.plot(*points.T, "osD^"[k % 4], color=f"C{k + 1}", markersize=4, label=label, markeredgecolor="black",
                  markeredgewidth=0.4)  # fmt: skip
    axes.axline((0, 0), slope=slope, color="black", linestyle="--", linewidth=0.8)
    return axes


def _label(name: str, unit: str) -> str:
    """A parameter as a symbol, with its unit."""
    short = symbol(name.rpartition(".")[2])
    return short if unit == "1" else f"{short} ({'per ' + unit[2:] if unit.startswith('1/') else unit})"
