"""A formula in MathML, which browsers show without any script."""

from functools import cache
from typing import TYPE_CHECKING, Any

from plastica.markup.element import Markup, element

if TYPE_CHECKING:
    import sympy

GREEK = {"eta": "η"}


def formula(left: str, right: "sympy.Expr") -> Markup:
    """`left`, such as "dw / eta", is equal to `right`: a piece for each term, so that a line may break between them."""
    first, *others = right.as_ordered_terms()
    pieces = [element("math", _fraction(left), element("mo", "="), _mathml(first), displaystyle="true")]
    for term in others:
        sign, size = ("−", -term) if term.could_extract_minus_sign() else ("+", term)
        pieces.append(element("math", element("mo", sign, form="infix"), _mathml(size), displaystyle="true"))
    return element("div", Markup(" ".join(pieces)), class_="formula")


def _fraction(text: str) -> Markup:
    above, _, below = text.partition(" / ")
    return element("mfrac", element("mrow", *_letters(above)), element("mrow", *_letters(below)))


def _letters(word: str) -> list[Markup]:
    return [element("mi", letter) for letter in GREEK.get(word, word)]


def _mathml(expression: "sympy.Expr") -> Markup:
    return Markup(_printer()().doprint(expression).replace("<mo>-</mo>", "<mo>−</mo>"))


@cache
def _printer() -> Any:
    """sympy's presentation, with cases in the place of `piecewise(...)`."""
    from sympy.printing.mathml import MathMLPresentationPrinter

    class Printer(MathMLPresentationPrinter):
        def _print_Piecewise(self, cases: Any) -> Any:  # noqa: N802
            rows = self.dom.createElement("mtable")
            for value, condition in cases.args:
                row = self.dom.createElement("mtr")
                for part in (value, condition):
                    cell = self.dom.createElement("mtd")
                    cell.appendChild(self._otherwise() if part == True else self._print(part))  # noqa: E712
                    row.appendChild(cell)
                rows.appendChild(row)
            whole, brace = self.dom.createElement("mrow"), self.dom.createElement("mo")
            brace.appendChild(self.dom.createTextNode("{"))
            whole.appendChild(brace)
            whole.appendChild(rows)
            return whole

        def _otherwise(self) -> Any:
            word = self.dom.createElement("mtext")
            word.appendChild(self.dom.createTextNode("otherwise"))
            return word

    return Printer
