"""A run that answers with a table of rules: what was kept, how different it is, and what was inferred from it."""

from collections.abc import Mapping
from typing import Any

from plastica.display.family import apart
from plastica.display.inferred import given, sentences
from plastica.display.lines import counted
from plastica.markup import Markup, element, joined, table
from plastica.report.material import Material
from plastica.table import described, of_runs

QUANTILES = ("metric", "5 %", "median", "95 %")


def kept(material: Material) -> Markup:
    """The rules that a search kept, as it measured them."""
    run = material.run
    if not material.summary["search"].get("rules"):
        return Markup()
    rules = of_runs([run])
    found = described(rules, len(rules), run.task)
    told = (
        f"The search kept {counted(len(rules), 'rule')}, {apart(found['spread'])}. What each was measured to do, as "
        "quantiles over rules:"
    )
    return joined(element("p", told), _quantiles(found))


def posterior(material: Material) -> Markup:
    """What `plastica infer` last said of the run."""
    found = material.run.folder.posterior()
    if not found:
        return Markup()
    told = (
        f"Rules given {given(found)}, by plastica infer; the prior is that of random initial rules. What the sampled "
        "rules do on held-out datasets (posterior predictive):"
    )
    trust = element("ul", *(element("li", sentence) for sentence in sentences(found)))
    return joined(element("p", told), _quantiles(found), trust)


def _quantiles(found: Mapping[str, Any]) -> Markup:
    return table(QUANTILES, [(name, *(f"{q:.4g}" for q in values)) for name, values in found["metrics"].items()])
