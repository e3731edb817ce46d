"""How a search went: coefficients, loss and angle over generations (Figs. 1B-C, 2B-C); data and axes in, axes out."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from plastica.rules.base import Floats

Axes = Any  # matplotlib is loaded where it is used

# The paper's colours for the terms that the known rules have; all others are grey.
TERM_COLOURS = {"A110": "tab:blue", "A021": "gold", "B110": "hotpink"}
TERM_LABELS = {"A110": "$A_{110}$", "A021": "$A_{021}$", "B110": "$B_{110}$"}
CONNECTION_COLOURS = {"feedforward": "tab:blue", "lateral": "hotpink"}


def coefficients(axes: Axes, thetas: Floats, names: tuple[str, ...]) -> Axes:
    """Fig. 1B: every coefficient [generations, P] of the favourite over generations."""
    generations = np.arange(1, len(thetas) + 1)
    highlighted = [k for k, name in enumerate(names) if _term(name) in TERM_COLOURS]
    others = [k for k in range(len(names)) if k not in highlighted]
    axes.plot(generations, thetas[:, others], color="0.75", linewidth=0.6)
    for k in highlighted:
        term = _term(names[k])
        axes.plot(generations, thetas[:, k], color=TERM_COLOURS[term], label=TERM_LABELS[term])
    axes.axhline(0, color="black", linewidth=0.5, zorder=0)
    axes.set(xlabel="generation", ylabel="coefficient")
    if highlighted:
        axes.legend(loc="best")
    return axes


def loss(axes: Axes, losses: list[Floats]) -> Axes:
    """Fig. 1C: loss over generations, of the favourite and of the population (median and range of the better half).

    `losses` has one array a generation: the favourite's loss first, then the candidates'.
    """
    generations = np.arange(1, len(losses) + 1)
    low, middle = (np.array([np.quantile(row[1:] if len(row) > 1 else row, q) for row in losses]) for q in (0.0, 0.5))
    axes.fill_between(generations, low, middle, color="0.85", linewidth=0, label="better half")
    axes.plot(generations, [row[0] for row in losses], color="black", label="favourite")
    axes.set(xlabel="generation", ylabel="loss", yscale="log")
    axes.legend(loc="best")
    return axes


def angle(axes: Axes, angles: Mapping[str, Floats]) -> Axes:
    """Fig. 1C: angle [generations] between the favourite and the known rule, in degrees, for each connection."""
    for connection, degrees in angles.items():
        colour = CONNECTION_COLOURS.get(connection, "black")
        axes.plot(np.arange(1, len(degrees) + 1), degrees, color=colour, label=connection)
    axes.set(xlabel="generation", ylabel="angle to known rule (degrees)", ylim=(0, None))
    if len(angles) > 1:
        axes.legend(loc="best")
    return axes


def _term(name: str) -> str:
    return name.rpartition(".")[2]
