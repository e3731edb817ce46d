"""The file that holds a report: its head, links to its sections, and these in their order."""

from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path
from string import Template

from plastica.markup import Markup, element, text


def mark(identity: str) -> str:
    """What tells a report of this run or study from any other file."""
    return f'<meta name="plastica-run" content="{identity}">'


def filled(identity: str, title: str, head: Markup, sections: Mapping[str, tuple[str, Markup]], folder: str) -> str:
    """The whole page; `sections` are {what links call it: (title, content)}, and those without content are left out."""
    said = {name: (title, content) for name, (title, content) in sections.items() if content}
    here = Path(__file__)
    return Template(here.with_name("page.html").read_text("utf-8")).substitute(
        mark=mark(identity),
        title=text(title),
        style=here.with_name("page.css").read_text("utf-8"),
        head=head,
        contents=Markup("\n").join(element("a", title, href=f"#{name}") for name, (title, _) in said.items()),
        sections=Markup("\n").join(
            element("section", element("h2", title), content, id=name) for name, (title, content) in said.items()
        ),
        foot=element("p", f"Written by plastica {version('plastica')} from the folder {folder}."),
    )
