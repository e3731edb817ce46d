"""How the search went, in numbers: trials and how they ended, and its restarts."""

from plastica.comparison import search_label
from plastica.display.lines import counted, duration
from plastica.markup import Markup, element, joined, table
from plastica.report.material import Material


def search(material: Material) -> Markup:
    """What was spent, the outcomes of all trials, and each restart with its reason."""
    summary, config = material.summary, material.run.config
    told = (
        f"By {search_label(config)}, {summary['generations']:,} of at most "
        f"{counted(config.generations, 'generation')}: {counted(summary['trials'], 'trial')} in "
        f"{duration(summary['seconds'])}."
    )
    shares = [
        (name, f"{count:,}", f"{100 * count / max(summary['trials'], 1):.3g} %")
        for name, count in summary["outcomes"].items()
        if count
    ]
    outcomes = table(("trials that ended as", "count", "share"), shares) if shares else ""
    restarts = [(f"{one['generation'] + 1:,}", one["reason"]) for one in summary["restarts"]]
    again = (
        table(("restarted at generation", "reason"), restarts, words=2) if restarts else element("p", "No restarts.")
    )
    return joined(element("p", told), outcomes, again)
