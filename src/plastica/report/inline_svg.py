"""A figure of matplotlib as a part of a page: its names are its own, and it asks for nothing from elsewhere."""

import re
from xml.etree import ElementTree

from plastica.markup import Markup

POINTS_PER_PIXEL = 0.75
HREF = "{http://www.w3.org/1999/xlink}href"


def inlined(svg: str, name: str) -> Markup:
    """The element <svg> of a file; its ids, and what refers to them, begin with `name`."""
    root = ElementTree.fromstring(svg)
    for parent in list(root.iter()):
        for child in list(parent):
            if _tag(child) in ("metadata", "style"):  # a style would hold for the whole page
                parent.remove(child)
    for part in root.iter():
        part.tag = _tag(part)
        if HREF in part.attrib:
            part.attrib["href"] = part.attrib.pop(HREF)
        part.attrib.update({key: _renamed(key, value, name) for key, value in part.attrib.items()})
    _fit(root, name)
    return Markup(ElementTree.tostring(root, encoding="unicode").strip())


def _tag(part: ElementTree.Element) -> str:
    """Without a namespace, which a page implies."""
    return part.tag.rpartition("}")[2]


def _renamed(key: str, value: str, name: str) -> str:
    if key == "id":
        return f"{name}-{value}"
    if key == "href":
        return re.sub(r"^#", f"#{name}-", value)
    return re.sub(r"url\(#", f"url(#{name}-", value)


def _fit(root: ElementTree.Element, name: str) -> None:
    """As wide as it was drawn where there is room; lines look as the style that was taken out made them."""
    pixels = float(root.attrib.pop("width").removesuffix("pt")) / POINTS_PER_PIXEL
    del root.attrib["height"]
    look = f"width: {pixels:.0f}px; stroke-linejoin: round; stroke-linecap: butt"
    root.attrib.update({"role": "img", "aria-labelledby": f"{name}-caption", "style": look})
