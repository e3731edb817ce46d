"""Formulas as text of a target: one tree, and how its operations, names and numbers are written there.

Numbers have all their digits, and sums are written without the parentheses of their order, so that two computers agree
to rounding.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from plastica.rules.expression import OPERATIONS, Expression, fold, name

SIGNS = {
    "less": ("<", 1), "less_equal": ("<=", 1), "greater": (">", 1), "greater_equal": (">=", 1),
    "add": ("+", 2), "subtract": ("-", 2), "multiply": ("*", 3), "divide": ("/", 3), "power": ("**", 5),
}  # fmt: skip
SUM, UNARY, WHOLE = 2, 4, 6
WORTH_A_NAME = 12  # nodes of what stands in a formula twice

_Part = tuple[str, int]  # a text, and the level of its outermost operator


@dataclass(frozen=True)
class Language:
    """How a target writes what is no arithmetic: a format for each function, in the order of its arguments."""

    calls: Mapping[str, str]


def written(tree: Expression, language: Language, names: Mapping[str, str] | None = None) -> str:
    """The text of a tree; `names` are those that its names have there, if they are others."""
    text: str = fold(tree, _leaf(names or {}), _node(language))[0]
    return text


def sum_lines(tree: Expression, language: Language, width: int, names: Mapping[str, str] | None = None) -> list[str]:
    """The text of a sum on lines of about `width`: all but the first begin with a sign."""
    lines = [""]
    for sign, term in _summands(tree):
        text, level = fold(term, _leaf(names or {}), _node(language))
        text = f"({text})" if level <= SUM or (sign == "-" and text.startswith("-")) else text
        first = lines == [""]
        added = text if first and sign == "+" else f"-{text}" if first else f"{sign} {text}"
        if first or len(lines[-1]) + 1 + len(added) <= width:
            lines[-1] = f"{lines[-1]} {added}".strip()
        else:
            lines.append(added)
    return lines


def factored(tree: Expression, prefix: str) -> tuple[dict[str, Expression], Expression]:
    """What stands in a tree more than once and is long, by names that begin with `prefix`; and the tree with these."""
    uses = Counter(_slots(tree))
    parts: dict[str, Expression] = {}
    done: dict[Expression, Expression] = {}

    def rebuilt(one: Expression) -> Expression:
        if one.operation not in OPERATIONS:
            return one
        if one not in done:
            new = Expression(one.operation, *map(rebuilt, one.arguments))
            if uses[one] > 1 and one.nodes >= WORTH_A_NAME and not one.is_comparison:
                word = f"{prefix}{len(parts) + 1}"
                parts[word], new = new, name(word)
            done[one] = new
        return done[one]

    whole = rebuilt(tree)
    return parts, whole


def _slots(tree: Expression) -> list[Expression]:
    """Where each different expression of a tree stands, as an argument of another one."""
    slots, seen, waiting = [], {tree}, [tree]
    while waiting:
        one = waiting.pop()
        for argument in one.arguments if one.operation in OPERATIONS else ():
            slots.append(argument)
            if argument not in seen:
                seen.add(argument)
                waiting.append(argument)
    return slots


def _summands(tree: Expression) -> list[tuple[str, Expression]]:
    if tree.operation == "add":
        return [*_summands(tree.arguments[0]), *_summands(tree.arguments[1])]
    if tree.operation == "subtract":
        other = {"+": "-", "-": "+"}
        return [*_summands(tree.arguments[0]), *((other[sign], one) for sign, one in _summands(tree.arguments[1]))]
    return [("+", tree)]


def _leaf(names: Mapping[str, str]) -> Any:
    def leaf(operation: str, value: Any) -> _Part:
        if operation == "name":
            return names.get(value, value), WHOLE
        shown = repr(value)
        return shown, UNARY if shown.startswith("-") else WHOLE

    return leaf


def _node(language: Language) -> Any:
    def node(operation: str, *parts: _Part) -> _Part:
        if operation in language.calls:
            return language.calls[operation].format(*(text for text, _ in parts)), WHOLE
        if operation == "negative":
            return f"-{_bracketed(parts[0], UNARY)}", UNARY
        return _joined(operation, *parts)

    return node


def _joined(operation: str, left: _Part, right: _Part) -> _Part:
    sign, level = SIGNS[operation]
    if operation == "power":
        exponent = right[0].removesuffix(".0")
        return f"{_bracketed(left, level + 1)}**{_bracketed((exponent, right[1]), WHOLE)}", level
    in_order = level if operation in ("add", "multiply") else level + 1  # a + (b + c) is a + b + c
    space = " " if level <= SUM else ""
    return f"{_bracketed(left, level)}{space}{sign}{space}{_bracketed(right, in_order)}", level


def _bracketed(part: _Part, level: int) -> str:
    text, own = part
    return text if own >= level else f"({text})"


def renamed(words: Sequence[str], taken: Sequence[str]) -> dict[str, str]:
    """A name for each word: itself, or with underscores behind it where that is taken."""
    found: dict[str, str] = {}
    for word in words:
        other = word
        while other in taken or other in found.values() or (other != word and other in words):
            other += "_"
        found[word] = other
    return found
