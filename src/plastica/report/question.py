"""What was asked: the network, its rules, its data and its loss, in the words of their descriptions."""

import re
from collections.abc import Iterator, Sequence
from inspect import getdoc
from typing import Any

from plastica.markup import Markup, element, joined, table
from plastica.report.material import Material
from plastica.section import Section

MARGIN = re.compile(r" # (Eqs?\. \([0-9]+\))")  # an equation's number, where a docstring has it beside the equation


def question(material: Material) -> Markup:
    """A paragraph and a table of settings for each part."""
    task = material.run.task
    rules = {f"The rule of the {c} connection": rule for c, rule in task.rules.items()}
    parts = {"The network": task.network, **rules, "The data": task.data, "The loss": task.loss}
    return joined(*(_part(title, part) for title, part in parts.items()))


def _part(title: str, part: Any) -> Markup:
    rows = list(_settings(part)) if isinstance(part, Section) else []
    return joined(element("h3", title), element("p", _described(part)), _folded(rows) if rows else "")


def _folded(rows: Sequence[Sequence[str]]) -> Markup:
    """The settings of a part, which the reader unfolds."""
    settings = table(("setting", "value", "what it is"), rows, words=3)
    return element("details", element("summary", f"{len(rows)} setting{'' if len(rows) == 1 else 's'}"), settings)


def _described(part: Any) -> str:
    """The first paragraph of what a part says of itself."""
    said = (getdoc(type(part)) or "").partition("\n\n")[0]
    return MARGIN.sub(r", \1", " ".join(said.split())) or type(part).__name__


def _settings(section: Section) -> Iterator[tuple[str, str, str]]:
    dumped = section.model_dump(mode="json")
    for name, field in type(section).model_fields.items():
        yield (
            name,
            _value(dumped[field.alias or name] if (field.alias or name) in dumped else dumped[name]),
            (field.description or ""),
        )


def _value(value: Any) -> str:
    """As a person writes it: lists with commas, tables as key = value."""
    if isinstance(value, dict):
        return ", ".join(f"{key} = {_value(one)}" for key, one in value.items()) or "none"
    if isinstance(value, list):
        return ", ".join(map(_value, value)) or "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:g}" if isinstance(value, float) else str(value) or "none"
