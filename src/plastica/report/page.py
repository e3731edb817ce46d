"""The page: its head, its sections in their order, and the template that holds them."""

from collections.abc import Callable, Mapping
from importlib.metadata import version
from pathlib import Path
from string import Template

from plastica.findings.card import course
from plastica.kept import Run
from plastica.markup import Markup, element, joined, text
from plastica.report import evidence, question, repetition, rules, search
from plastica.report.material import Material

# What each section is called in links, its title, and what writes it; one that has nothing to say is left out.
SECTIONS: Mapping[str, tuple[str, Callable[[Material], Markup]]] = {
    "question": ("Question", question.question),
    "equation": ("Equation", rules.equation),
    "figures": ("Figures", evidence.figures),
    "held-out": ("Held-out evaluation", evidence.held_out),
    "nearest": ("Nearest known rules", rules.nearest),
    "ablation": ("Ablation", evidence.ablation),
    "theory": ("Theory", evidence.theory),
    "search": ("Search", search.search),
    "repeat": ("To repeat it", repetition.repetition),
    "config": ("Config", repetition.config),
}


def page(material: Material) -> str:
    """The whole report."""
    written = {name: (title, write(material)) for name, (title, write) in SECTIONS.items()}
    said = {name: (title, content) for name, (title, content) in written.items() if content}
    summary, here = material.summary, Path(__file__)
    return Template(here.with_name("page.html").read_text("utf-8")).substitute(
        mark=mark(material.run),
        title=text(_title(material)),
        style=here.with_name("page.css").read_text("utf-8"),
        head=joined(element("h1", _title(material)), element("p", material.run.config.asked), _state(material)),
        contents=Markup("\n").join(element("a", title, href=f"#{name}") for name, (title, _) in said.items()),
        sections=Markup("\n").join(
            element("section", element("h2", title), content, id=name) for name, (title, content) in said.items()
        ),
        foot=element("p", f"Written by plastica {version('plastica')} from the folder {summary['folder']}."),
    )


def mark(run: Run) -> str:
    """What tells a report of this run from any other file."""
    return f'<meta name="plastica-run" content="{run.folder.identity}">'


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
