"""What is said of a learned rule beside its equation."""

from collections.abc import Mapping
from typing import Any

from plastica.analysis.compare_rules import SMALL
from plastica.rules.base import per


def remark(summary: Mapping[str, Any], connection: str) -> str:
    """How near a rule is to the known one, and what its equation leaves out; empty where there is nothing to say."""
    angle, left_out = summary["angle_deg"].get(connection), summary["equation_left_out"][connection]
    remarks = [f"{angle:.1f}° from the known rule"] if angle is not None else []
    if left_out["terms"]:
        terms = f"{left_out['terms']:,} term{'' if left_out['terms'] == 1 else 's'}"
        remarks += [f"{terms} under {100 * SMALL:g} % left out, {100 * left_out['share_of_norm']:.2g} % of the norm"]
    return "; ".join(remarks)


def legend(summary: Mapping[str, Any], connection: str) -> str:
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


def used(row: Mapping[str, Any]) -> str:
    """How many free factors a known rule has, and at how many of them it is nearest, if not at all."""
    factors = row["factors"].values()
    count = sum(value > 0 for value in factors)
    return f"{len(factors)}" if count == len(factors) else f"{count} of {len(factors)}"
