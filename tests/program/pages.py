"""A page as a browser reads it, with what is wrong with it."""

import re
from html.parser import HTMLParser
from typing import Any

VOID = {"meta", "br", "hr", "img", "input", "link", "base"}
ACTIVE = {"script", "iframe", "object", "embed", "link", "base", "form", "img", "image", "audio", "video", "source"}


class Page(HTMLParser):
    """Its ids, its text by section, its titles, and `wrong`: tags that do not match, ids that are there twice or lead
    nowhere, and whatever runs or loads something."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.wrong: list[str] = []
        self.ids: list[str] = []
        self.tags: list[str] = []
        self.sections: dict[str, str] = {}
        self.head = ""
        self._open: list[str] = []
        self._targets: list[str] = []
        self._section = ""
        self.feed(text)
        self.close()
        self.wrong += [f"<{tag}> is not closed" for tag in self._open]
        self.wrong += [f"id {one} is there twice" for one in set(self.ids) if self.ids.count(one) > 1]
        self.wrong += [f"nothing has the id {one}" for one in self._targets if one not in self.ids]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, Any]]) -> None:
        self.handle_startendtag(tag, attrs)
        if tag not in VOID:
            self._open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, Any]]) -> None:
        self.tags.append(tag)
        if tag in ACTIVE:
            self.wrong.append(f"<{tag}>")
        for name, value in attrs:
            self._attribute(tag, name, value or "")

    def _attribute(self, tag: str, name: str, value: str) -> None:
        if name == "id":
            self.ids.append(value)
            self._section = value if tag == "section" else self._section
        elif name == "href" and value.startswith("#"):
            self._targets.append(value[1:])
        elif name in ("href", "src", "srcset", "data", "action", "poster") or name.startswith("on"):
            self.wrong.append(f'<{tag} {name}="{value}">')
        elif name == "aria-labelledby":
            self._targets.append(value)
        for target in re.findall(r"url\(([^)]*)\)", value):
            self._targets.append(target.removeprefix("#")) if target.startswith("#") else self.wrong.append(target)
        if "\x1b" in value or ("//" in value and name != "content"):
            self.wrong.append(f'<{tag} {name}="{value}">')

    def handle_endtag(self, tag: str) -> None:
        if self._open[-1:] == [tag]:
            self._open.pop()
        else:
            self.wrong.append(f"</{tag}> closes {self._open[-1:]}")

    def handle_data(self, data: str) -> None:
        if self._open[-1:] == ["style"] and re.search(r"url|@import|//", data):
            self.wrong.append("the style loads something")
        if self._open[-1:] == ["title"]:
            self.head = data
        if self._section and "style" not in self._open:
            self.sections[self._section] = self.sections.get(self._section, "") + data
