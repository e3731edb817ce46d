"""Pieces of a script: a rule as a function of numpy arrays, with its numbers inside."""

from collections.abc import Mapping, Sequence

from plastica.exports.source import Source
from plastica.exports.written import Language, factored, renamed, sum_lines, written
from plastica.rules.expression import Expression

NUMPY = Language(
    {
        "where": "np.where({0}, {1}, {2})",
        "minimum": "np.minimum({0}, {1})",
        "maximum": "np.maximum({0}, {1})",
        **{word: f"np.{word}({{0}})" for word in ("exp", "log", "tanh", "sqrt", "abs")},
    }
)
TAKEN = ("np",)
WIDTH = 96


DOCS = {
    "change": "By how much a weight changes at one sample, over the learning rate.",
    "on_pre": "The weight after a presynaptic spike; no trace holds that spike yet.",
    "on_post": "The weight after a postsynaptic spike; no trace holds that spike yet.",
}


def functions(source: Source, connection: str) -> list[str]:
    """The rule of a connection: a function for each of its events."""
    return [_function(source, connection, *one) for one in functions_of(source, connection)]


def functions_of(source: Source, connection: str) -> list[tuple[str, str, tuple[str, ...]]]:
    """(name, event, what it takes) of each function: a change takes what the network offers, a spike's event the weight
    and all traces."""
    rule = source.rules[connection]
    called = "".join(c if c.isascii() and c.isalnum() else "_" for c in connection)
    if "change" in rule.formulas:
        return [(called, "change", tuple(source.network.quantities["change"]))]
    prefix = f"{called}_" if len(source.network.connections) > 1 else ""
    return [(f"{prefix}{event}", event, ("w", *(t.name for t in rule.traces))) for event in rule.formulas]


def _function(source: Source, connection: str, called: str, event: str, words: Sequence[str]) -> str:
    tree = source.rules[connection].formulas[event]
    numbers, units = source.numbers(connection), source.units(connection)
    arguments = renamed(words, TAKEN)
    read = [word for word in numbers if word in tree.names]
    names = arguments | renamed(read, (*TAKEN, *arguments.values()))
    lines = [f"def {called}({', '.join(arguments.values())}):", f'    """{DOCS[event]}"""']
    lines += [f"    {names[word]} = {numbers[word]!r}{_remark(units[word])}" for word in read]
    return "\n".join([*lines, *_value(tree, names)])


def _remark(unit: str) -> str:
    return "" if unit == "1" else f"  # {unit}"


def _value(tree: Expression, names: Mapping[str, str]) -> Sequence[str]:
    """What a function returns, on lines that are not too long; first of all what it needs twice."""
    prefix = "part"
    while any(word.startswith(prefix) for word in names.values()):
        prefix += "_"
    parts, whole = factored(tree, prefix)
    lines = [f"    {word} = {written(part, NUMPY, names)}" for word, part in parts.items()]
    first, *further = sum_lines(whole, NUMPY, WIDTH, names)
    if not further:
        return [*lines, f"    return {first}"]
    return [*lines, "    return (", *(f"        {line}" for line in (first, *further)), "    )"]
