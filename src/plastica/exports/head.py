"""The head of an exported file: the equation, the units, where the numbers come from, and the licence."""

from collections.abc import Iterator, Sequence
from textwrap import wrap

from plastica.exports.source import Source

LICENCE = "SPDX-License-Identifier: MIT (the text of this file is plastica's; the numbers are their finder's)"
WIDTH = 100


def head(source: Source, title: str, remarks: Sequence[str] = ()) -> list[str]:
    """Lines without any mark of a comment, which end no comment or string of any target."""
    return [_harmless(line) for line in _lines(source, title, remarks)]


def _lines(source: Source, title: str, remarks: Sequence[str]) -> Iterator[str]:
    yield from wrap(title, WIDTH)
    yield ""
    for connection, text in source.equations().items():
        yield from wrap(f"{connection}: {text}", WIDTH, initial_indent="    ", subsequent_indent="        ")
    yield ""
    for remark in (*remarks, _units(source)):
        yield from wrap(remark, WIDTH)
    yield ""
    yield from wrap(_origin(source), WIDTH)
    yield LICENCE


def _units(source: Source) -> str:
    """Of parameters that have one, by unit."""
    by_unit: dict[str, list[str]] = {}
    for connection in source.network.connections:
        for name, unit in source.units(connection).items():
            by_unit.setdefault(unit, []).append(name)
    named = [f"{', '.join(names)} in {unit}" for unit, names in by_unit.items() if unit != "1"]
    others = "all other numbers" if named else "all numbers"
    return f"Three digits and the largest terms above, full precision below. Units: {'; '.join([*named, others])} in 1."


def _origin(source: Source) -> str:
    facts = source.facts()
    loss = facts["held_out"]
    return (
        f"Found by plastica {facts['found_by_plastica']} in the run {facts['run']} (task {facts['task']}, seed "
        f"{facts['seed']}, {facts['generations']} generations); loss {loss['loss']:.4g} +- "
        f"{loss['standard_error']:.2g} on {loss['datasets']} held-out datasets. Exported by plastica "
        f"{facts['exported_by_plastica']}."
    )


def _harmless(line: str) -> str:
    """Without what could end a string or a comment: names are a stranger's, where the run is."""
    return line.replace("\\", "/").replace('"', "'")


def docstring(lines: Sequence[str]) -> str:
    return '"""' + "\n".join(lines) + '\n"""'


def commented(lines: Sequence[str], mark: str) -> str:
    return "\n".join(f"{mark} {line}".rstrip() for line in lines)
