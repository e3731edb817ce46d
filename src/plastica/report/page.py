"""The page of a run: its head, and its sections in their order."""

from collections.abc import Callable, Mapping

from plastica.findings.card import course
from plastica.markup import Markup, element, joined
from plastica.report import evidence, family, question, repetition, rules, search
from plastica.report.material import Material
from plastica.report.template import filled

# What each section is called in links, its title, and what writes it; one that has nothing to say is left out.
SECTIONS: Mapping[str, tuple[str, Callable[[Material], Markup]]] = {
    "question": ("Question", question.question),
    "equation": ("Equation", rules.equation),
    "figures": ("Figures", evidence.figures),
    "held-out": ("Held-out evaluation", evidence.held_out),
    "nearest": ("Nearest known rules", rules.nearest),
    "ablation": ("Ablation", evidence.ablation),
    "theory": ("Theory", evidence.theory),
    "kept": ("Rules that were kept", family.kept),
    "posterior": ("Posterior over rules", family.posterior),
    "search": ("Search", search.search),
    "repeat": ("To repeat it", repetition.repetition),
    "config": ("Config", repetition.config),
}


def page(material: Material) -> str:
    """The whole report."""
    written = {name: (title, write(material)) for name, (title, write) in SECTIONS.items()}
    run, title = material.run, _title(material)
    head = joined(element("h1", title), element("p", run.config.asked), _state(material))
    return filled(run.folder.identity, title, head, written, material.summary["folder"])


def _title(material: Material) -> str:
    return f"{material.summary['task']}, seed {material.summary['seed']}"


def _state(material: Material) -> Markup:
    """How far the run came: a notice where it is not at its end."""
    summary = material.summary
    state = f"{summary['status']} ({summary['reason']})"
    curve = course(material.run.history().loss)
    if material.held_out:
        return joined(element("p", f"The run is {state}.", class_="quiet"), curve)
    so_far = "what follows is how far it came" if material.begun else "nothing was found yet"
    return joined(element("p", f"This run has not come to its end: {state}; {so_far}.", class_="notice"), curve)
