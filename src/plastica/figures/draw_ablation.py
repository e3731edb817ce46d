"""Which terms matter, drawn: the increase of the loss without each of them."""

from typing import Any

import numpy as np

from plastica.analysis.ablation import Ablation

Axes = Any  # matplotlib is loaded where it is used

MOST = 60  # terms that are drawn; a rule of order 4 has 125 for each connection
FROM = 0.1  # increases below about this fraction of the loss are drawn on a linear axis


def rows_of(result: Ablation) -> int:
    """How many terms the figure has: as many inches as these need make it readable."""
    return min(len(result.names), MOST)


def ablation(axes: Axes, result: Ablation) -> Axes:
    """The increase without each term, with two standard errors; of very many terms, those with the largest changes."""
    ranked = result.ranked()
    rows = sorted(sorted(ranked, key=lambda row: -abs(row[2]))[:MOST], key=lambda row: row[2])
    increase, error = (np.array([row[column] for row in rows]) for column in (2, 3))
    colours = ["tab:orange" if value < 0 else "0.6" for value in increase]
    places = np.arange(len(rows))
    axes.barh(places, increase, xerr=2 * error, color=colours, error_kw={"linewidth": 0.7})
    axes.axvline(0, color="black", linewidth=0.5)
    axes.set_yticks(places, [row[0] for row in rows], fontsize=6)
    axes.set_ylim(-0.8, len(rows) - 0.2)
    ends = np.min(increase - 2 * error, initial=0.0), np.max(increase + 2 * error, initial=0.0)
    _scale(axes, 10.0 ** np.floor(np.log10(max(1e-6, FROM * result.whole))), ends)
    axes.set(xlabel=f"increase of the held-out loss without the term\n(loss of the whole rule: {result.whole:.3g})")
    notes = ["orange: the loss is lower without the term"] if (increase < 0).any() else []
    if len(rows) < len(ranked):
        notes.append(f"left out: the {len(ranked) - len(rows)} terms (of {len(ranked)}) that change the loss least")
    axes.set_title("\n".join(notes), fontsize=6)
    return axes


def _scale(axes: Axes, linear: float, ends: tuple[float, float]) -> None:
    """A logarithmic axis to both sides of a linear middle, with a margin, and few enough ticks for their labels."""
    from matplotlib.ticker import NullLocator, SymmetricalLogLocator

    axes.set_xscale("symlog", linthresh=linear)
    locator = SymmetricalLogLocator(base=10, linthresh=linear)
    locator.set_params(numticks=6)
    axes.xaxis.set_major_locator(locator)
    axes.xaxis.set_minor_locator(NullLocator())
    transform = axes.xaxis.get_transform()
    low, high = transform.transform(np.array(ends))
    margin = 0.03 * max(high - low, 1e-9)
    axes.set_xlim(*transform.inverted().transform(np.array([low - margin, high + margin])))
