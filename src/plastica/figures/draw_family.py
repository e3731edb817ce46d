"""A family of rules: every two parameters, and where theory has the family (Fig. 3D); data and axes in, axes out."""

from collections.abc import Mapping, Sequence
from itertools import product
from typing import Any

import numpy as np

from plastica.figures.draw_legend import beside
from plastica.figures.draw_search import power_of_thousand, symbol
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
    size, order = len(names), np.argsort(-loss)
    grid = np.reshape(np.array(axes, dtype=object), (size, size))
    powers = [power_of_thousand(values) for values in thetas.T]
    shown, shade = (thetas / 10.0 ** np.array(powers))[order], np.log(loss[order] + 1e-12)
    labels = [_label(*one) for one in zip(names, units, powers, strict=True)]
    for row, column in product(range(size), repeat=2):
        own = grid[row, column]
        if column > row:
            own.set_axis_off()
        elif column == row:
            own.hist(shown[:, row], bins=40, color=COLOURS.get(units[row], "0.4"))
            own.set_yticks([])
        else:
            own.scatter(*shown[:, [column, row]].T, c=shade, s=1.5, cmap="viridis", linewidths=0, rasterized=True)
        own.locator_params(axis="x", nbins=3)
        _label_edges(own, row == size - 1, column == 0 and row > 0, labels[column], labels[row])
    return grid


def _label_edges(axes: Axes, is_lowest: bool, is_leftmost: bool, x: str, y: str) -> None:
    """Words along the lower and left edge of a grid, and numbers only there."""
    axes.set_xlabel(x if is_lowest else "")
    axes.set_ylabel(y if is_leftmost else "")
    axes.tick_params(labelbottom=is_lowest, labelleft=is_leftmost)


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


def rounds(axes: Axes, fractions: Sequence[float]) -> Axes:
    """Which part of each round was kept."""
    axes.plot(np.arange(1, len(fractions) + 1), 100 * np.array(fractions), "o-", color="black", markersize=3)
    axes.set(xlabel="round", ylabel="rules kept (%)", ylim=(0, 100))
    return axes


def balance(axes: Axes, kept: Floats, ends: Mapping[str, Floats]) -> Axes:
    """The two sides of Eq. (17) in its steady state, each [N, 2]: what alpha takes away, and what beta and the Hebbian
    terms give at the target; on the diagonal they balance."""
    _points(axes, kept, ends)
    low, high = 0.5 * kept[kept > 0].min(), 2 * max(kept.max(), *(points.max() for points in ends.values()))
    axes.plot([low, high], [low, high], "k--", linewidth=0.8)
    axes.set(xscale="log", yscale="log", xlim=(low, high), ylim=(low, high))
    axes.set(xlabel=r"$-\alpha\,\rho_{\rm pre} / \rho_{\rm target}$", ylabel=r"restoring slope")
    return axes


def along(axes: Axes, kept: Floats, ends: Mapping[str, Floats]) -> Axes:
    """Where on the surface of Eq. (17) rules are, [N, 2]: their size, -alpha, and the share of the Hebbian terms."""
    _points(axes, kept, ends)
    for share in (0, 1):
        axes.axhline(share, color="black", linestyle=":", linewidth=0.8)
    axes.set(xscale="log", xlabel=r"$-\alpha$ (per spike)", ylabel="Hebbian share")
    return beside(axes, handlelength=1)


def _points(axes: Axes, kept: Floats, ends: Mapping[str, Floats]) -> None:
    """Rules that were kept, and where searches of other kinds ended."""
    axes.plot(*kept.T, ".", color="0.6", markersize=1.5, rasterized=True)
    axes.plot([], [], "o", color="0.6", markersize=3, label="kept")
    for k, (label, points) in enumerate(ends.items()):
        axes.plot(*points.T, "osD^"[k % 4], color=f"C{k + 1}", markersize=4, label=label, markeredgecolor="black",
                  markeredgewidth=0.4)  # fmt: skip


def _label(name: str, unit: str, power: int) -> str:
    """A parameter as a symbol, with its unit."""
    unit = "" if unit == "1" else f"per {unit[2:]}" if unit.startswith("1/") else unit
    scaled = f"$10^{{{power}}}$ {unit}".strip() if power else unit
    return f"{symbol(name.rpartition('.')[2])} ({scaled})" if scaled else symbol(name.rpartition(".")[2])
