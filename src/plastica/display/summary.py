"""The end of a run: what was found, and what it is worth."""

from typing import Any

from rich.table import Table

from plastica.analysis.compare_rules import SMALL
from plastica.display.lines import add_row, counted, duration, say, show_table
from plastica.kept import TIME_LIMIT


def print_summary(summary: dict[str, Any]) -> None:
    """The end of a run, in a few lines."""
    say(f"{summary['task']}, seed {summary['seed']}: {summary['status']} ({summary['reason']})")
    for connection, formula in summary["equation"].items():
        constants = ", ".join(f"{name} = {value}" for name, value in summary["constants"][connection].items())
        whole = f"{summary['change'][connection]} = {formula}{' ; ' if constants else ''}{constants}"
        say(f"  {connection}: {whole}{_remark(summary, connection)}")
    trials = ", ".join(f"{count:,} {name}" for name, count in summary["outcomes"].items() if count)
    say(f"  {summary['generations']} generations in {duration(summary['seconds'])}; trials: {trials or 'none'}")
    if summary["held_out"]:
        print_held_out(summary["held_out"])
    if "rules" in summary["search"]:
        say(f"  {_kept(summary['search'], summary['folder'])}")
    say(f"  {summary['folder']}")
    if summary["reason"] == TIME_LIMIT:
        say(f"  there is more to do; go on with: plastica resume {summary['folder']}")


def _kept(search: dict[str, Any], folder: str) -> str:
    """What a search for a table of rules has kept."""
    if not search["rules"]:
        return "no rule was ever within the windows: widen search.windows, or the spread of the rules that are drawn"
    last = f"{100 * search['kept']:.0f} % of the last round"
    return f"kept {counted(search['rules'], 'rule')}, {last}; list them with: plastica table {folder} --out rules.csv"


def _remark(summary: dict[str, Any], connection: str) -> str:
    """How near a rule is to the known one, and what its formula leaves out."""
    angle, left_out = summary["angle_deg"].get(connection), summary["equation_left_out"][connection]
    remarks = [f"{angle:.1f}° from the known rule"] if angle is not None else []
    if left_out["terms"]:
        terms = counted(left_out["terms"], "term")
        remarks += [f"{terms} under {100 * SMALL:g} % left out, {100 * left_out['share_of_norm']:.2g} % of the norm"]
    return f"   ({'; '.join(remarks)})" if remarks else ""


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
