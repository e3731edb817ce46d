"""What a notebook shows of a run: what was found, how the search went, and what it is worth."""

from collections.abc import Mapping, Sequence
from typing import Any

from plastica.findings.held_out_table import HeldOutTable
from plastica.findings.learned_rule import LearnedRule
from plastica.findings.remark import remark
from plastica.markup import Markup, element, joined, sparkline
from plastica.rules.base import Floats


def card(
    summary: Mapping[str, Any], rules: Sequence[LearnedRule], losses: Floats, held_out: HeldOutTable | None
) -> Markup:
    """`losses` are the favourite's, one a generation."""
    head = f"{summary['task']}, seed {summary['seed']}: {summary['status']} ({summary['reason']}); {summary['folder']}"
    equations = (
        element("div", f"{rule.connection}: ", rule.markup(), remark(summary, rule.connection)) for rule in rules
    )
    return element(
        "div", element("p", element("strong", head)), *equations, course(losses), held_out.markup() if held_out else ""
    )


def course(losses: Floats) -> Markup:
    """How the favourite's loss fell, in a line; nothing where there is no generation."""
    if not len(losses):
        return Markup()
    said = f"loss of the favourite: {losses[0]:.4g} to {losses[-1]:.4g} in {len(losses):,} generations"
    return element("p", joined(sparkline(losses, said), " ", said))
