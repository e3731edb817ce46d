"""A study: how many runs succeed, medians, families of rules, and what failed."""

from typing import Any

from rich.table import Table

from plastica.analysis.families import ANGLE_DEG, FACTOR
from plastica.display.lines import add_row, counted, say, show_table

SHOWN = {"held_out": "held-out loss", "ratio": "over known rule", "angle": "angle", "trials": "trials"}
FAMILIES = {
    "family_by_angle": f"by angle (families lie {ANGLE_DEG:g}° apart on average)",
    "family_by_behaviour": f"by behaviour (families differ by a factor of {FACTOR:g} in loss or a metric)",
}
LONGEST = 6  # runs of a family that are named


def print_study(summary: dict[str, Any]) -> None:
    """A line for each setting, then the families, then the runs that did not come to their end."""
    runs, settings = summary["runs"], summary["settings"]
    seeds = counted(len(summary["seeds"]), "seed")
    say(f"{summary['study']}: {counted(len(settings), 'setting')} x {seeds}, {sum(s['done'] for s in settings)} done")
    print_settings(settings)
    judged = any(one["judged"] for one in settings)
    say(f"  success: {summary['success_in_words']}{'' if judged else ' (no run can be judged by that yet, or ever)'}")
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


def print_groups(rows: list[dict[str, Any]]) -> None:
    """Groups of runs, whatever they are of."""
    print_settings([row | {"setting": f"{row['name']} ({row['task']}, {row['search']})"} for row in rows])


def print_settings(settings: list[dict[str, Any]]) -> None:
    """How many succeed, with the interval of the probability; medians over runs, with intervals."""
    table = Table(title="medians over runs; in brackets: 95 % intervals", title_justify="left", box=None)
    table.add_column("setting")
    shown = {key: title for key, title in SHOWN.items() if any(key in one["median"] for one in settings)}
    for name in ("runs", "succeed", *shown.values()):
        table.add_column(name, justify="right")
    for one in settings:
        medians = (_median(one["median"].get(key)) for key in shown)
        add_row(table, one["setting"] or "-", f"{one['done']} of {one['runs']}", _rate(one), *medians)
    show_table(table)


def _rate(one: dict[str, Any]) -> str:
    if not one["judged"]:
        return "-"
    low, high = one["rate_interval"]
    return f"{one['succeed']} of {one['judged']} ({100 * low:.0f}-{100 * high:.0f} %)"


def _median(one: dict[str, Any] | None) -> str:
    if one is None:
        return "-"
    low, high = one["interval"] or (one["median"], one["median"])
    interval = f" ({_number(low)} to {_number(high)})" if low < high else ""
    return f"{_number(one['median'])}{interval}"


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 1000 else f"{value:.4g}"
