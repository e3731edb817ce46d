"""What the rule does and what it is worth: figures, held-out losses, ablation, theory."""

from plastica.findings.numbers import shown
from plastica.markup import Markup, element, joined, table
from plastica.report.inline_svg import captioned
from plastica.report.material import Material

CAPTIONS = {
    "search": "How the search went: the parameters of the favourite, its loss, and its angle to the known rule, where "
    "there is one.",
    "learning": "What the learned rule makes of its network.",
    "rule": "What the learned rule does to a single synapse (plastica protocol has the protocols and their numbers).",
    "ablation": "By how much the held-out loss rises without a term; the bars' errors are two standard errors.",
}


def figures(material: Material) -> Markup:
    """Those that `plastica plot` draws."""
    return joined(*(_figure(material, name) for name in material.figures if name != "ablation"))


def _figure(material: Material, name: str) -> Markup:
    return captioned(name, material.figures[name], CAPTIONS.get(name, name.replace("_", " ")))


def held_out(material: Material) -> Markup:
    """The learned rule beside its baselines, with standard errors and intervals; then the metrics of each."""
    found = material.held_out
    if found is None:
        return Markup()
    told = (
        f"The mean loss on {found.datasets:,} datasets that no search has seen. Standard errors (s.e., ±) are over "
        "datasets, and so are the intervals, by Student's distribution; the median is over trials. Differences are "
        "paired: the learned rule's loss minus that of the row, dataset by dataset."
    )
    metrics = list(dict.fromkeys(name for row in found.values() for name in row.metrics))
    rows = [[name.replace("_", " "), *(shown(row.metrics.get(key)) for key in metrics)] for name, row in found.items()]
    means = joined(element("h3", "Means of the metrics"), table(["rule", *metrics], rows)) if metrics else ""
    return joined(element("p", told), found.markup(), means)


def ablation(material: Material) -> Markup:
    """Every term with its coefficient, the most important first."""
    found = material.ablation
    if found is None or not found.names:
        return Markup()
    theta = material.summary["theta"]
    told = (
        "The held-out loss without each term of the rule, all others as they are; s.e. is the standard error of the "
        f"increase over datasets. The whole rule has a loss of {found.whole:.4g}."
    )
    rows = [(name, f"{theta[name]:.4g}", *(f"{number:.4g}" for number in numbers)) for name, *numbers in found.ranked()]
    columns = ("term", "coefficient", "loss without it", "increase", "s.e.")
    return joined(element("p", told), _figure(material, "ablation"), table(columns, rows))


def theory(material: Material) -> Markup:
    """What theory says of the rule, where one speaks of such tasks."""
    found = material.summary["theory"]
    if not found:
        return Markup()
    rows = [(name.replace("_", " "), shown(value)) for name, value in found.items()]
    return table(("what", "value"), rows, words=2)
