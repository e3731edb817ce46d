"""A table of rules in a few lines: how many there are, what they do, and how different they are."""

from collections.abc import Mapping
from typing import Any

from rich.table import Table

from plastica.display.lines import add_row, counted, say, show_table


def print_family(family: Mapping[str, Any]) -> None:
    """Quantiles of every metric over rules, and the directions that were found."""
    say(counted(family["rules"], "rule") + (f" of {family['given']:,}" if family["given"] > family["rules"] else ""))
    table = Table(box=None)
    table.add_column("")
    for name in ("5 %", "median", "95 %"):
        table.add_column(name, justify="right")
    for name, quantiles in family["metrics"].items():
        add_row(table, name, *(f"{value:.4g}" for value in quantiles))
    show_table(table)
    if family["spread"]:
        say(apart(family["spread"]))


def apart(spread: Mapping[str, Any]) -> str:
    """How different rules are."""
    angle = spread["angle_deg"]
    return (
        f"{counted(spread['directions'], 'direction')} at least {spread['apart_deg']:g}° apart; between two rules "
        f"{angle['median']:.0f}° in the median, {angle['largest']:.0f}° at most"
    )
