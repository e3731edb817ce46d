"""How a search went: parameters, loss and angle over generations (Figs. 1B-C, 2B-C, 3B); data and axes in, axes out."""

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import cycle
from typing import Any

import numpy as np

from plastica.figures.draw_legend import beside
from plastica.rules.base import Floats, Parameter, per

Axes = Any  # matplotlib is loaded where it is used

FEW = 6  # terms of a panel that have a colour of their own beside those of the known rule
SMALL = 0.05  # a term below this fraction of a panel's largest is grey among many
# The paper's colours for the terms of the known rules; other terms take from SPARE in turn.
TERM_COLOURS = {
    "A110": "tab:blue", "A021": "gold", "B110": "hotpink",
    "alpha": "tab:blue", "beta": "tab:orange", "gamma": "tab:green", "kappa": "tab:red",
    "tau_pre": "tab:purple", "tau_post": "tab:brown",
}  # fmt: skip
SPARE = ("tab:green", "tab:red", "tab:purple", "tab:brown", "tab:cyan", "tab:olive", "black", "darkorange")
CONNECTION_COLOURS = {"feedforward": "tab:blue", "lateral": "hotpink"}
GREEK = ("alpha", "beta", "gamma", "delta", "epsilon", "eta", "theta", "kappa", "lambda", "mu", "rho", "sigma", "tau")


def parameters(axes: Axes, thetas: Floats, space: Sequence[Parameter], known: Floats) -> Axes:
    """Figs. 1B, 2B, 3B: parameters [generations, P] of one unit over generations, by the favourite.

    Terms that are not zero in the known rule [P], and the largest others at the end, have colours and names.
    """
    generations, power = np.arange(1, len(thetas) + 1), power_of_thousand(thetas)
    shown = thetas / 10.0**power
    named = _named(thetas[-1], known)
    axes.plot(generations, np.delete(shown, named, axis=1), color="0.75", linewidth=0.6)
    names = [space[k].name for k in named]
    for k, colour, label in zip(named, _colours(names), labels_of(names), strict=True):
        axes.plot(generations, shown[:, k], color=colour, label=label)
    if any(parameter.transform == "identity" for parameter in space):
        axes.axhline(0, color="black", linewidth=0.5, zorder=0)
    else:
        axes.set_ylim(0, None)
    axes.set(xlabel="generation", ylabel=quantity(space, power))
    return beside(axes)


def loss(axes: Axes, losses: list[Floats]) -> Axes:
    """Fig. 1C: loss over generations, of the favourite and of the population (median and range of the better half).

    `losses` has one array a generation: the favourite's loss first, then the candidates'.
    """
    generations = np.arange(1, len(losses) + 1)
    low, middle = (np.array([np.quantile(row[1:] if len(row) > 1 else row, q) for row in losses]) for q in (0.0, 0.5))
    axes.fill_between(generations, low, middle, color="0.85", linewidth=0, label="better half")
    axes.plot(generations, [row[0] for row in losses], color="black", label="favourite")
    axes.set(xlabel="generation", ylabel="loss", yscale="log")
    return beside(axes)


def angle(axes: Axes, angles: Mapping[str, Floats]) -> Axes:
    """Fig. 1C: angle [generations] between the favourite and the known rule, in degrees, for each connection."""
    for connection, degrees in angles.items():
        colour = CONNECTION_COLOURS.get(connection, "black")
        axes.plot(np.arange(1, len(degrees) + 1), degrees, color=colour, label=connection)
    axes.set(xlabel="generation", ylabel="angle to known rule (°)", ylim=(0, None))
    return beside(axes) if len(angles) > 1 else axes


def _named(final: Floats, known: Floats) -> list[int]:
    """Which terms have a name: the known rule's, then the largest others; all where there are few."""
    if len(final) <= FEW:
        return list(range(len(final)))
    size = np.abs(final)
    cut = SMALL * size.max()
    others = [k for k in np.argsort(-size, kind="stable") if not known[k] and size[k] >= cut]
    return [*np.flatnonzero(known).tolist(), *sorted(int(k) for k in others[:FEW])]


def _colours(names: Sequence[str]) -> Iterator[str]:
    """A colour for each name: its own in the paper, or one that no other name of these has."""
    own = [TERM_COLOURS.get(_term(name)) for name in names]
    spare = cycle([colour for colour in SPARE if colour not in own])
    taken: set[str] = set()
    for colour in own:
        yield next(spare) if colour is None or colour in taken else colour
        taken.add(colour or "")


def labels_of(names: Sequence[str]) -> list[str]:
    """Terms as symbols, with their connection where two connections have a term of this name."""
    terms = [_term(name) for name in names]
    return [
        symbol(term) if terms.count(term) == 1 else f"{name.rpartition('.')[0]} {symbol(term)}"
        for name, term in zip(names, terms, strict=True)
    ]


def symbol(term: str) -> str:
    """`A110` and `tau_pre` as the paper sets them; any other name as it is."""
    if re.fullmatch(r"[A-Z]\d+", term):
        return f"${term[0]}_{{{term[1:]}}}$"
    head, _, tail = term.partition("_")
    if head in GREEK and (tail.isalnum() or not tail):
        return rf"$\{head}_{{\rm {tail}}}$" if tail else rf"$\{head}$"
    return term.lstrip("_").replace("$", r"\$")


def quantity(space: Sequence[Parameter], power: int) -> str:
    """What an axis shows, with its unit."""
    unit = "" if space[0].unit == "1" else space[0].unit.replace("$", r"\$")
    linear = any(parameter.transform == "identity" for parameter in space)
    what = "time constant" if unit == "ms" else "coefficient" if linear else "parameter"
    scaled = f"$10^{{{power}}}$ {per(unit)}".strip() if power else per(unit)
    return f"{what} ({scaled})" if scaled else what


def power_of_thousand(values: Floats) -> int:
    """The power of a thousand in which values are read with ease."""
    largest = float(np.max(np.abs(values), initial=0.0))
    if largest == 0 or not np.isfinite(largest) or 1e-2 <= largest < 1e4:
        return 0
    return 3 * int(np.floor(np.log10(largest) / 3))


def _term(name: str) -> str:
    return name.rpartition(".")[2]
