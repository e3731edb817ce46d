"""Elements: whatever is put into one is text, of which a browser obeys nothing, unless it is markup already."""

from collections.abc import Iterable, Sequence
from html import escape

from plastica.terminal import printable


class Markup(str):
    """Text that is markup: `element` leaves it as it is."""

    __slots__ = ()


def text(content: str) -> Markup:
    """Text as markup, without characters that cannot be seen; markup as it is."""
    return content if isinstance(content, Markup) else Markup(escape(printable(content)))


def element(tag: str, *content: str, **attributes: str) -> Markup:
    """<tag attribute="...">content</tag>; `class_` is the attribute class, `aria_label` aria-label."""
    named = (f' {name.rstrip("_").replace("_", "-")}="{text(value)}"' for name, value in attributes.items())
    return Markup(f"<{tag}{''.join(named)}>{joined(*content)}</{tag}>")


def joined(*content: str) -> Markup:
    """One after the other."""
    return Markup("".join(map(text, content)))


def lines(content: str) -> Markup:
    """Text of several lines, which stay lines."""
    return Markup("\n".join(map(text, content.splitlines())))


def table(columns: Sequence[str], rows: Iterable[Sequence[str]], words: int = 1) -> Markup:
    """Rows below the names of their columns, which scroll where they have no room; behind the first `words` columns
    stand numbers. The first column says what a row is about."""
    looks = [{"class_": "number"} if k >= words else {} for k in range(len(columns))]
    head = (element("th", name, scope="col", **look) for name, look in zip(columns, looks, strict=True))
    body = [element("tr", element("th", first, scope="row"), *map(_cell, others, looks[1:])) for first, *others in rows]
    within = element("table", element("thead", element("tr", *head)), element("tbody", *body))
    return element("div", within, class_="scroll")


def _cell(content: str, look: dict[str, str]) -> Markup:
    return element("td", content, **look)
