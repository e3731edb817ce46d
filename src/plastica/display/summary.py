"""The end of a run: what was found, and what it is worth."""

from typing import Any

from rich.table import Table

from plastica.display.lines import add_row, counted, duration, say, show_table
from plastica.findings import legend, remark
from plastica.findings.numbers import shown
from plastica.kept import TIME_LIMIT


def print_summary(summary: dict[str, Any]) -> None:
    """The end of a run, in a few lines."""
    say(f"{summary['task']}, seed {summary['seed']}: {summary['status']} ({summary['reason']})")
    print_rules(summary)
    trials = ", ".join(f"{count:,} {name}" for name, count in summary["outcomes"].items() if count)
    say(f"  {summary['generations']} generations in {duration(summary['seconds'])}; trials: {trials or 'none'}")
    if summary["held_out"]:
        print_held_out(summary["held_out"])
    print_theory(summary["theory"])
    if "rules" in summary["search"]:
        say(f"  {_kept(summary['search'], summary['folder'])}")
    say(f"  {summary['folder']}")
    for connection, row in summary["nearest"].items():
        say(f"  {connection}: nearest known rule {_nearest(row)}")
    if summary["reason"] == TIME_LIMIT:
        say(f"  there is more to do; go on with: plastica resume {summary['folder']}")


def print_theory(found: dict[str, Any] | None) -> None:
    """What theory says of the rule beside what was measured, where one speaks of such tasks."""
    if found:
        said = ", ".join(f"{name} {shown(value)}" for name, value in found.items())
        say(f"  theory: {said.replace('_', ' ')}")


def _kept(search: dict[str, Any], folder: str) -> str:
    """What a search for a table of rules has kept."""
    if not search["rules"]:
        return "no rule was ever within the windows: widen search.windows, or the spread of the rules that are drawn"
    last = f"{100 * search['kept']:.0f} % of the last round"
    return f"kept {counted(search['rules'], 'rule')}, {last}; list them with: plastica table {folder} --out rules.csv"


def print_rules(summary: dict[str, Any]) -> None:
    """The equation of each connection, a line each."""
    for connection, formula in summary["equation"].items():
        parts = (formula, legend(summary, connection))
        whole = f"{summary['change'][connection]} = {' ; '.join(part for part in parts if part)}"
        said = remark(summary, connection)
        say(f"  {connection}: {whole}{f'   ({said})' if said else ''}")


def _nearest(row: dict[str, Any]) -> str:
    """A known rule, its distance and its source."""
    factors = counted(len(row["factors"]), "free factor")
    source = f"; {row['source']}" if row["source"] else ""
    angles = f"{row['angle_free_deg']:.1f}° with {factors}, {row['angle_deg']:.1f}° as published"
    return f"{row['rule']}, {angles}{source}"


def print_held_out(held_out: dict[str, Any]) -> None:
    """The learned rule beside its baselines, on datasets that no search has seen."""
    title = f"loss on {held_out['datasets']} held-out datasets (s.e. and +-: a standard error over datasets)"
    table = Table(title=title, title_justify="left", box=None)
    table.add_column("rule")
    for name in ("loss", "s.e.", "median", "learned - this", "trials"):
        table.add_column(name, justify="right")
    for name, row in held_out["details"].items():
        paired = held_out.get("difference", {}).get(name)
        difference = f"{paired['mean']:.2g} +- {paired['standard_error']:.2g}" if paired else ""
        outcomes = ", ".join(f"{count:,} {outcome}" for outcome, count in row["outcomes"].items() if count)
        numbers = (f"{row[key]:.4g}" for key in ("loss", "standard_error", "median"))
        add_row(table, name.replace("_", " "), *numbers, difference, outcomes)
    show_table(table)
