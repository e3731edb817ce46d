"""The figures of virtual protocols: which panels, in which files; and the tables beside them."""

import csv
import io
import re
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from plastica.analysis.protocols import Response
from plastica.figures import draw_protocols
from plastica.figures.canvas import figure, files_of, write_text

Responses = Mapping[str, Response]  # of one connection, by protocol
Panel = Callable[[Any], Any]
ACROSS = 3  # panels in a row, at most


def plot_protocols(found: Mapping[str, Responses], folder: Path) -> list[Path]:
    """Draw every protocol of each connection, and write its table as CSV; returns the files.

    Raises UserError if they cannot be written.
    """
    files = []
    for connection, responses in found.items():
        stem = folder / f"protocols-{_word(connection)}"
        panels = all_panels(responses)
        _draw(panels, stem)
        files += files_of(stem)
        for name, response in responses.items():
            table = stem.with_name(f"{stem.name}-{name}.csv")
            write_text(table, csv_of(response))
            files.append(table)
    return files


def plot_rule(found: Mapping[str, Responses], stem: Path) -> list[Path]:
    """Draw the main panels of each connection, a row for each; returns the files."""
    panels = {connection: main_panels(responses) for connection, responses in found.items()}
    across = max(map(len, panels.values()))
    with figure(stem, across, len(panels), width=3.1) as axes:
        for row, (connection, own) in enumerate(panels.items()):
            for panel, ax in zip(own, axes[row * across :], strict=False):
                panel(ax)
                if len(panels) > 1:
                    ax.set_title(f"{connection}: {ax.get_title(loc='left')}")
            for ax in axes[row * across + len(own) : (row + 1) * across]:
                ax.set_axis_off()
    return files_of(stem)


def csv_of(response: Response) -> str:
    """A line for each point; empty where a value is not finite."""
    text = io.StringIO()
    lines = csv.writer(text, lineterminator="\n")
    lines.writerow(response.columns)
    lines.writerows(response.rows())
    return text.getvalue()


def all_panels(found: Responses) -> list[Panel]:
    """Every panel of a connection."""
    if "window" in found:
        window = found["window"]
        of_one = [partial(getattr(draw_protocols, name), response=found[name]) for name in _OF_SPIKES]
        of_windows = [draw_protocols.window_of_weights, draw_protocols.window_of_frequencies]
        return [*(partial(one, window=window) for one in of_windows), *of_one]
    change = found["change"]
    weights = change.axes["w"][:1] if change.is_same("change") else change.axes["w"]
    by_weight = [partial(draw_protocols.change, response=change, weight=weight) for weight in weights]
    return [*by_weight, *_against(found), _mean(found)]


def main_panels(found: Responses) -> list[Panel]:
    """Those of a portrait: the window and the rates of a rule for spikes; of one for rates the change at the middle
    weight, against an error or the like where it reads one, and the mean weight."""
    if "window" in found:
        return [
            partial(draw_protocols.window_of_weights, window=found["window"]),
            partial(draw_protocols.rates, response=found["rates"]),
        ]
    weights = found["change"].axes["w"]
    change = partial(draw_protocols.change, response=found["change"], weight=weights[len(weights) // 2])
    return [*(_against(found) or [change]), _mean(found)]


_OF_SPIKES = ("frequency", "triplets", "quadruplets", "rates")


def _against(found: Responses) -> list[Panel]:
    return [
        partial(draw_protocols.against, response=response)
        for name, response in found.items()
        if name.startswith("against-")
    ]


def _mean(found: Responses) -> Panel:
    return partial(draw_protocols.mean, response=found["mean"], fixed=found["fixed-points"])


def _draw(panels: Sequence[Panel], stem: Path) -> None:
    rows = -(-len(panels) // ACROSS)
    across = -(-len(panels) // rows)
    with figure(stem, across, rows, width=3.1) as axes:
        for panel, ax in zip(panels, axes, strict=False):
            panel(ax)
        for ax in axes[len(panels) :]:
            ax.set_axis_off()


def _word(connection: str) -> str:
    """A connection's name in the name of a file."""
    return re.sub(r"[^\w-]", "_", connection)
