"""Where legends and letters stand: outside the axes, on no trace; axes in, axes out."""

from collections.abc import Iterable
from typing import Any

Axes = Any  # matplotlib is loaded where it is used

ROWS = 16  # of a legend beside axes, before it takes another column
NARROW = 40  # characters of a label, at most, of which two have room below two panels


def beside(axes: Axes, **options: Any) -> Axes:
    """A legend of what has a label, right of the axes; none where nothing has."""
    handles, _ = axes.get_legend_handles_labels()
    columns = -(-len(handles) // ROWS)
    if handles or "handles" in options:
        settings = {"ncols": columns or 1, "loc": "upper left", "bbox_to_anchor": (1.0, 1.0), "borderaxespad": 0.3}
        axes.legend(**settings | {"handlelength": 1.5} | options)
    return axes


def below(axes: Axes) -> int:
    """A legend of what has a label, below the whole figure of these axes; returns how many lines it takes."""
    handles, labels = axes.get_legend_handles_labels()
    columns = 2 if max(map(len, labels)) <= NARROW else 1
    legend = axes.figure.legend(handles, labels, loc="outside lower left", ncols=columns, handlelength=1.5)
    for text in legend.get_texts():  # names of folders, say, are no formulas
        text.set_parse_math(False)
    return -(-len(labels) // columns)


def letters(panels: Iterable[Axes]) -> None:
    """A, B, C, ... at the upper left of each panel, outside its axes."""
    for k, axes in enumerate(panels):
        axes.annotate(
            chr(ord("A") + k), (0, 1), (-30, 5), xycoords="axes fraction", textcoords="offset points",
            fontsize=10, fontweight="bold", va="bottom", ha="left",
        )  # fmt: skip
