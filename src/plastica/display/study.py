"""A study: how many runs succeed, medians, families of rules, and what failed."""

from typing import Any

from rich.table import Table

from plastica.display.lines import add_row, counted, say, show_table
from plastica.studies.words import FAMILIES, cells, columns

LONGEST = 6  # runs of a family that are named


def print_study(summary: dict[str, Any]) -> None:
    """A line for each setting, then the families, then the runs that did not come to their end."""
    runs, settings = summary["runs"], summary["settings"]
    seeds = counted(len(summary["seeds"]), "seed")
    say(f"{summary['study']}: {counted(len(settings), 'setting')} x {seeds}, {sum(s['done'] for s in settings)} done")
    print_settings(settings)
    say(f"  success: {summary['success_in_words']}{_unjudged(settings)}")
    for key, title in FAMILIES.items():
        families = summary["families"][key]
        if families:
            say(f"  {len(families)} {'family' if len(families) == 1 else 'families'} of rules {title}:")
        for number, members in enumerate(families, 1):
            more = f", and {len(members) - LONGEST} more" if len(members) > LONGEST else ""
            say(f"    {number}: {counted(len(members), 'run')} ({', '.join(members[:LONGEST])}{more})")
    for row in runs:
        if row["held_out"] is None:
            say(f"  {row['run']}: {row['status']}{' (' + row['reason'] + ')' if row['reason'] else ''}")
    say(f"  {summary['folder']}")


def _unjudged(settings: list[dict[str, Any]]) -> str:
    """What to do where the criterion speaks of no run."""
    if any(one["judged"] for one in settings):
        return ""
    ended = any(one["done"] for one in settings)
    return f" (no run can be judged by that{': begin a study with another --success' if ended else ' yet'})"


def print_groups(rows: list[dict[str, Any]]) -> None:
    """Groups of runs, whatever they are of."""
    print_settings([row | {"setting": f"{row['name']} ({row['task']}, {row['search']})"} for row in rows])


def print_settings(settings: list[dict[str, Any]]) -> None:
    """How many succeed, with the interval of the probability; medians over runs, with intervals."""
    table = Table(title="medians over runs; in brackets: 95 % intervals", title_justify="left", box=None)
    table.add_column("setting")
    shown = columns(settings)
    for name in ("runs", "succeed", *shown.values()):
        table.add_column(name, justify="right")
    for one in settings:
        add_row(table, *cells(one, shown))
    show_table(table)
