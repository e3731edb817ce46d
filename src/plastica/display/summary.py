"""The end of a run: what was found, and what it is worth."""

from typing import Any

from rich.table import Table

from plastica.analysis.compare_rules import SMALL
from plastica.display.lines import add_row, counted, duration, say, show_table
from plastica.kept import TIME_LIMIT
from plastica.rules.base import per


def print_summary(summary: dict[str, Any]) -> None:
    """The end of a run, in a few lines."""
    say(f"{summary['task']}, seed {summary['seed']}: {summary['status']} ({summary['reason']})")
    print_rules(summary)
    trials = ", ".join(f"{count:,} {name}" for name, count in summary["outcomes"].items() if count)
    say(f"  {summary['generations']} generations in {duration(summary['seconds'])}; trials: {trials or 'none'}")
    if summary["held_out"]:
        print_held_out(summary["held_out"])
    say(f"  {summary['folder']}")
    for connection, row in summary["nearest"].items():
        say(f"  {connection}: nearest known rule {_nearest(row)}")
    if summary["reason"] == TIME_LIMIT:
        say(f"  there is more to do; go on with: plastica resume {summary['folder']}")


def print_rules(summary: dict[str, Any]) -> None:
    """The equation of each connection, a line each."""
    for connection, formula in summary["equation"].items():
        parts = (formula, legend(summary, connection))
        whole = f"{summary['change'][connection]} = {' ; '.join(part for part in parts if part)}"
        say(f"  {connection}: {whole}{_remark(summary, connection)}")


def legend(summary: dict[str, Any], connection: str) -> str:
    """What a formula is nothing without: its constants, and the units of its coefficients; by name, unless all have the
    same."""
    constants, units = summary["constants"][connection], summary["units"][connection]
    values = ", ".join(f"{name} = {value}" for name, value in constants.items())
    coefficients = sum(name.startswith(f"{connection}.") for name in summary["theta"]) - len(constants)
    named: dict[str, list[str]] = {}
    for name, unit in units.items():
        named.setdefault(per(unit) if per(unit) != unit else f"in {unit}", []).append(name)
    alike = len(named) == 1 and len(units) == coefficients
    said = [f"{'coefficients' if alike else ', '.join(names)} {unit}" for unit, names in named.items()]
    return "; ".join(part for part in (values, *said) if part)


def _remark(summary: dict[str, Any], connection: str) -> str:
    """How near a rule is to the known one, and what its formula leaves out."""
    angle, left_out = summary["angle_deg"].get(connection), summary["equation_left_out"][connection]
    remarks = [f"{angle:.1f}° from the known rule"] if angle is not None else []
    if left_out["terms"]:
        terms = counted(left_out["terms"], "term")
        remarks += [f"{terms} under {100 * SMALL:g} % left out, {100 * left_out['share_of_norm']:.2g} % of the norm"]
    return f"   ({'; '.join(remarks)})" if remarks else ""


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
