"""LaTeX: the equations with their numbers, and a table of these in full."""

import shutil
import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from plastica.errors import UserError
from plastica.exports.head import commented, head
from plastica.exports.source import Source
from plastica.exports.target import Agreement, Target
from plastica.rules.base import Trace
from plastica.rules.equation import DIGITS
from plastica.rules.readers import read, sympy_reader

if TYPE_CHECKING:
    import sympy

WIDTH = 90  # characters of LaTeX on a line of an equation
EVENTS = {
    "change": r"\frac{\Delta w}{\eta}",
    "on_pre": r"w \big|_{\text{presynaptic spike}}",
    "on_post": r"w \big|_{\text{postsynaptic spike}}",
}
BEGIN = r"""\documentclass{article}
\usepackage{amsmath}
\allowdisplaybreaks
\begin{document}"""


def text(source: Source) -> str:
    first = commented(head(source, f"{source.task.name}: the learned rule, for LaTeX."), "%")
    parts = [line for connection in source.network.connections for line in _connection(source, connection)]
    return "\n".join([first, BEGIN, *parts, r"\end{document}", ""])


def _connection(source: Source, connection: str) -> Iterator[str]:
    rule = source.rules[connection]
    yield ""
    yield rf"\section*{{{_escaped(connection)}}}"
    for event, tree in rule.formulas.items():
        yield r"\begin{align*}"
        yield from _aligned(EVENTS[event], _rounded(source, connection, tree))
        yield r"\end{align*}"
    yield from _traces(source, connection)
    yield from _table(source, connection)


def _rounded(source: Source, connection: str, tree: Any) -> "sympy.Expr":
    """The formula with its numbers, to as many digits as an equation has elsewhere."""
    import sympy

    values = {word: sympy.Float(value) for word, value in source.numbers(connection).items()}
    symbols = {word: values.get(word, sympy.Symbol(word)) for word in tree.names}
    value = read(tree, sympy_reader(), symbols)
    return value.xreplace({one: sympy.Float(float(f"{one:.{DIGITS}g}"), DIGITS) for one in value.atoms(sympy.Float)})


def _aligned(left: str, value: "sympy.Expr") -> Iterator[str]:
    """An equation over as many lines as it needs."""
    import sympy

    lines = [f"{left} &="]
    for number, term in enumerate(value.as_ordered_terms()):
        shown = sympy.latex(term)
        shown = shown if number == 0 or shown.startswith("-") else f"+ {shown}"
        if number and len(lines[-1]) + len(shown) > WIDTH:
            lines.append(r"&\quad")
        lines[-1] += f" {shown}"
    yield " \\\\\n".join(f"  {line}" for line in lines)


def _traces(source: Source, connection: str) -> Iterator[str]:
    """What each trace follows."""
    import sympy

    traces = source.rules[connection].traces
    if traces:
        names = [(sympy.latex(sympy.Symbol(t.name)), _tau(t), t.side) for t in traces]
        lines = [rf"  \frac{{d {x}}}{{dt}} &= -{x} / {tau} + S_{{{side}}}(t)" for x, tau, side in names]
        yield r"\begin{align*}"
        yield " \\\\\n".join(lines)
        yield r"\end{align*}"


def _tau(trace: Trace) -> str:
    import sympy

    if isinstance(trace.tau, str):
        return str(sympy.latex(sympy.Symbol(trace.tau)))
    return rf"({trace.tau!r}\,\mathrm{{ms}})"


def _table(source: Source, connection: str) -> Iterator[str]:
    """The numbers in full, on as many pages as they need."""
    numbers, units = source.numbers(connection), source.units(connection)
    if numbers:
        yield r"\noindent The numbers in full:"
        yield r"\begin{align*}"
        rows = [
            rf"  \texttt{{{_escaped(name)}}} &= \texttt{{{value!r}}}{_unit(units[name])}"
            for name, value in numbers.items()
        ]
        yield " \\\\\n".join(rows)
        yield r"\end{align*}"


def _unit(unit: str) -> str:
    return "" if unit == "1" else rf"\ \text{{{_escaped(unit)}}}"


def _escaped(word: str) -> str:
    """A name or unit, whatever it has in it."""
    special = {"\\": r"\textbackslash{}", "^": r"\textasciicircum{}", "~": r"\textasciitilde{}"}
    return "".join(special.get(c, f"\\{c}" if c in "#$%&_{}" else c if c.isascii() else "?") for c in word)


def require() -> None:
    if shutil.which("pdflatex") is None:
        raise UserError(
            "--to latex --check needs pdflatex, which is not installed: install a TeX, such as texlive-latex-base"
        )


def check(source: Source, file: Path) -> Sequence[Agreement]:
    """It compiles."""
    with TemporaryDirectory() as folder:
        options = ["-no-shell-escape", "-interaction=nonstopmode", "-halt-on-error", f"-output-directory={folder}"]
        done = subprocess.run(["pdflatex", *options, str(file.resolve())], capture_output=True, check=False)
    return [Agreement("pdflatex compiles it", float(done.returncode != 0), 0.0)]


TARGET = Target(".tex", text, require, check)
