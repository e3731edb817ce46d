"""HTML, MathML and SVG as text, for notebooks and reports; nothing here knows what a run is."""

from plastica.markup.element import Markup, element, joined, lines, table, text
from plastica.markup.formula import formula
from plastica.markup.sparkline import sparkline

__all__ = ["Markup", "element", "formula", "joined", "lines", "sparkline", "table", "text"]
