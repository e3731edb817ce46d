"""What a given rule did, in a few lines."""

from typing import Any

from rich.table import Table

from plastica.display.lines import add_row, counted, say, show_table
from plastica.display.summary import print_rules, print_theory


def print_simulation(summary: dict[str, Any]) -> None:
    """The rule, how its trials ended, and the mean of loss and metrics with its standard error."""
    named = ", ".join(f"{connection} = {name}" for connection, name in summary["known"].items())
    say(f"{summary['task']}, seed {summary['seed']}: {f'known rules: {named}' if named else 'a given rule'}")
    print_rules(summary)
    print_theory(summary["theory"])
    outcomes = ", ".join(f"{count:,} {name}" for name, count in summary["outcomes"].items() if count)
    say(f"  trials: {outcomes}")
    say(f"  on {counted(summary['datasets'], 'held-out dataset')} (s.e.: a standard error over datasets)")
    table = Table(box=None)
    table.add_column("")
    for name in ("mean", "s.e."):
        table.add_column(name, justify="right")
    for name, row in {"loss": summary["loss"], **summary["metrics"]}.items():
        numbers = (row["mean"], row["standard_error"])
        add_row(table, name.replace("_", " "), *("-" if one is None else f"{one:.4g}" for one in numbers))
    show_table(table)
