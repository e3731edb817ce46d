"""Known rules: the catalogue, and those that a found rule resembles."""

from collections.abc import Mapping
from typing import Any

from rich.table import Table

from plastica.display.lines import add_row, counted, say, show_table
from plastica.findings import used

FURTHER = 10  # rules of a table, those that were tried among them


def print_catalogue(rules: Mapping[str, Mapping[str, Any]]) -> None:
    """A few lines for each rule: its equation, what it is for, its source, and what it reads that is not usual."""
    for name, rule in rules.items():
        constants = ", ".join(f"{parameter} = {one['value']:g} {one['unit']}".removesuffix(" 1")
                              for parameter, one in rule["parameters"].items() if not one["is_factor"])  # fmt: skip
        say(f"{name}: {rule['left_side']} = {rule['equation']}{' ; ' if constants else ''}{constants}")
        say(f"    {rule['title']}{' (' if rule['source'] else ''}{rule['source']}{')' if rule['source'] else ''}")
        for quantity, equation in rule["further"].items():
            say(f"    reads {quantity}: {equation}; no network of plastica has it")
        if rule["note"]:
            say(f"    {rule['note']}")


def print_identified(
    found: Mapping[str, list[dict[str, Any]]], left_out: Mapping[str, Mapping[str, list[str]]]
) -> None:
    """Of each connection the nearest rules, and which were not compared."""
    for connection, rows in found.items():
        _print_rows(connection, rows)
        if left_out[connection]:
            lacking = ", ".join(f"{name} ({', '.join(words)})" for name, words in left_out[connection].items())
            say(f"  not compared, for what they read the network does not offer: {lacking}")
    if not found:
        say("nothing to compare: the rule is zero, or not finite")


def _print_rows(connection: str, rows: list[dict[str, Any]]) -> None:
    tried = sum("behaviour" in row for row in rows)
    title = f"{connection}: known rules by their angle with free factors; the nearest {tried}, calibrated, in its place"
    table = Table(title=title, title_justify="left", box=None)
    table.add_column("rule")
    for name in ("angle", "as published", "factors", "loss", "s.e.", "learned - this"):
        table.add_column(name, justify="right")
    table.add_column("source")
    for row in rows[: max(FURTHER, tried)]:
        angles = (f"{row[key]:.1f}°" for key in ("angle_free_deg", "angle_deg"))
        add_row(table, row["rule"], *angles, used(row), *_worth(row.get("behaviour")), row["source"])
    show_table(table)
    if len(rows) > FURTHER:
        say(f"  and {counted(len(rows) - FURTHER, 'rule')} further away (--json has all)")


def _worth(behaviour: Mapping[str, Any] | None) -> tuple[str, str, str]:
    """Loss, its standard error and the paired difference of a rule that was tried."""
    if behaviour is None:
        return "", "", ""
    paired = behaviour["difference"]
    difference = f"{paired['mean']:.2g} +- {paired['standard_error']:.2g}"
    return f"{behaviour['loss']:.4g}", f"{behaviour['standard_error']:.4g}", difference
