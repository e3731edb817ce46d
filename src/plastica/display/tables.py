"""Ablations, comparisons and measurements, a line each."""

from typing import Any

from rich.table import Table

from plastica.analysis.ablation import Ablation
from plastica.display.lines import add_row, say, show_table


def print_ablation(ablation: Ablation) -> None:
    """Every term, the most important first."""
    table = Table(
        title=f"held-out loss without a term (whole rule: {ablation.whole:.4g})", title_justify="left", box=None
    )
    table.add_column("term")
    for name in ("loss", "increase", "s.e."):
        table.add_column(name, justify="right")
    for name, *numbers in ablation.ranked():
        add_row(table, name, *(f"{number:.4g}" for number in numbers))
    show_table(table)


def print_comparison(rows: list[dict[str, Any]]) -> None:
    """A line for each run."""
    table = Table(box=None)
    for name in ("run", "task", "search"):
        table.add_column(name)
    for name in ("loss", "held-out loss", "angle", "trials", "seconds"):
        table.add_column(name, justify="right")
    table.add_column("folder")
    for row in rows:
        losses = ("-" if row[key] is None else f"{row[key]:.4g}" for key in ("loss", "held_out"))
        angle = ", ".join(f"{degrees:.1f}°" for degrees in row["angle_deg"].values()) or "-"
        spent = (f"{row['trials']:,}", f"{row['seconds']:.1f}")
        add_row(table, row["name"], row["task"], row["search"], *losses, angle, *spent, row["folder"])
    show_table(table)


def print_figures(figures: dict[str, Any], indent: str = "") -> None:
    """Nested numbers, one a line."""
    for name, value in figures.items():
        if isinstance(value, dict):
            say(f"{indent}{name}")
            print_figures(value, indent + "  ")
        else:
            say(f"{indent}{name}: {value:.4g}" if isinstance(value, float) else f"{indent}{name}: {value}")
