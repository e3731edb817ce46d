"""What is said of a learned rule beside its equation."""

from collections.abc import Mapping
from typing import Any

from plastica.analysis.compare_rules import SMALL


def remark(summary: Mapping[str, Any], connection: str) -> str:
    """How near a rule is to the known one, and what its equation leaves out; empty where there is nothing to say."""
    angle, left_out = summary["angle_deg"].get(connection), summary["equation_left_out"][connection]
    remarks = [f"{angle:.1f}° from the known rule"] if angle is not None else []
    if left_out["terms"]:
        terms = f"{left_out['terms']:,} term{'' if left_out['terms'] == 1 else 's'}"
        remarks += [f"{terms} under {100 * SMALL:g} % left out, {100 * left_out['share_of_norm']:.2g} % of the norm"]
    return "; ".join(remarks)
