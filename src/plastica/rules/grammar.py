"""The grammar of a formula as text: Python's operators and precedence, and nothing that could run.

    parse("where(x_post > enough, w + rise, w - 2*fall**2)")

is the same tree as `expression` makes, and `written` is its inverse. Whatever the text, `parse` takes time in
proportion to its length; what waits for operands stands in a list, so that no text nests too deeply for Python.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from keyword import iskeyword
from typing import Any, NoReturn

from plastica.rules.expression import OPERATIONS, Expression, fold, name

LONGEST = 20_000  # characters of a formula
FUNCTIONS = ("where", "exp", "log", "tanh", "sqrt", "abs", "minimum", "maximum")
WORD = r"[A-Za-z_]\w*"

_TOKEN = re.compile(
    rf"\s+|(?P<number>(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)|(?P<word>{WORD})|(?P<sign>\*\*|<=|>=|[-+*/<>(),])", re.ASCII
)
_SIGNS = {
    "less": "<",
    "less_equal": "<=",
    "greater": ">",
    "greater_equal": ">=",
    "add": "+",
    "subtract": "-",
    "multiply": "*",
    "divide": "/",
    "power": "**",
}
_OPERATIONS = {sign: operation for operation, sign in _SIGNS.items()}
_LEVELS = dict.fromkeys(("<", "<=", ">", ">="), 1) | {"+": 2, "-": 2, "*": 3, "/": 3, "**": 5}
_OPEN, _UNARY, _POWER, _WHOLE = 0, 4, 5, 6  # below all operators; between products and powers; above all


@dataclass(frozen=True)
class _Token:
    kind: str  # number, word, sign or end
    text: str
    start: int


@dataclass
class _Waiting:
    """What waits for operands: an operator, or an open parenthesis, of a call if it names an operation."""

    operation: str
    level: int
    token: _Token
    operands: int  # how many an operator takes, and how many a call has so far


@lru_cache(maxsize=256)
def parse(text: str) -> Expression:
    """The tree of a text. Raises ValueError with one sentence, which begins with the place in the text."""
    if len(text) > LONGEST:
        raise ValueError(f"{len(text):,} characters are too long for a formula: at most {LONGEST:,}")
    return _Parser(text).tree()


class _Parser:
    """Complete operands stand in `values`; operators and parentheses wait for theirs in `waiting`."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.tokens = list(self._tokens())
        self.at = 0
        self.values: list[Expression] = []
        self.waiting: list[_Waiting] = []

    def tree(self) -> Expression:
        whole = False  # whether the last token ended an operand
        while self.next.kind != "end" or not whole:
            token = self._taken()
            whole = self._goes_on(token) if whole else self._begins(token)
        self._reduce(_OPEN + 1)
        if self.waiting:
            self._fail(self.waiting[-1].token, "this parenthesis is not closed")
        (tree,) = self.values
        if tree.is_comparison:
            self._fail(self.tokens[0], "a comparison has no value of its own: write where(condition, a, b)")
        return tree

    @property
    def next(self) -> _Token:
        return self.tokens[self.at]

    def _taken(self) -> _Token:
        self.at += 1
        return self.tokens[self.at - 1]

    def _begins(self, token: _Token) -> bool:
        """Take the first token of an operand; returns whether that is all of it."""
        if token.kind == "number":
            self._number(token)
        elif token.kind == "word" and self.next.text == "(":
            self._call(token)
            return False
        elif token.kind == "word":
            self._name(token)
        elif token.text == "(":
            self.waiting.append(_Waiting("", _OPEN, token, 0))
            return False
        elif token.text in ("+", "-"):
            self.waiting.append(_Waiting("negative" if token.text == "-" else "", _UNARY, token, 1))
            return False
        else:
            self._fail(token, "a number, a name or a parenthesis is missing")
        return True

    def _number(self, token: _Token) -> None:
        """A minus right before a number belongs to it, but for a power: -2**2 is -(2**2)."""
        value = float(token.text)
        if self.waiting and self.waiting[-1].operation == "negative" and self.next.text != "**":
            self.waiting.pop()
            value = -value
        self._build(token, "number", value)

    def _name(self, token: _Token) -> None:
        if token.text in FUNCTIONS:
            self._fail(token, f"{token.text} is a function: write {token.text}(...), or choose another name")
        self._refuse_keyword(token)
        self.values.append(name(token.text))

    def _refuse_keyword(self, token: _Token) -> None:
        if iskeyword(token.text):
            what = f"{token.text} is a word of Python: choose another name; a choice is where(condition, a, b)"
            self._fail(token, what)

    def _call(self, token: _Token) -> None:
        if token.text not in FUNCTIONS:
            self._fail(token, f"there is no function {token.text}: choose from {', '.join(FUNCTIONS)}")
        self._taken()
        self.waiting.append(_Waiting(token.text, _OPEN, token, 1))

    def _goes_on(self, token: _Token) -> bool:
        """Take what follows an operand; returns whether an operand is complete after it."""
        if token.text in _OPERATIONS:
            level = _LEVELS[token.text]
            self._reduce(level + (level == _POWER))  # powers begin at the right
            self.waiting.append(_Waiting(_OPERATIONS[token.text], level, token, 2))
            return False
        if token.text not in (",", ")"):
            self._refuse_keyword(token)
            self._fail(token, "an operator is missing before this")
        self._reduce(_OPEN + 1)
        if token.text == ",":
            if not (self.waiting and self.waiting[-1].operation):
                self._fail(token, "a comma stands only between the arguments of a function")
            self.waiting[-1].operands += 1
            return False
        self._close(token)
        return True

    def _close(self, token: _Token) -> None:
        if not self.waiting:
            self._fail(token, "no parenthesis is open here")
        opened = self.waiting.pop()
        if opened.operation:
            wanted = OPERATIONS[opened.operation]
            if opened.operands != wanted:
                self._fail(opened.token, f"{opened.operation} takes {wanted} arguments, not {opened.operands}")
            self._apply(opened)

    def _reduce(self, level: int) -> None:
        """Apply the operators at the end of those that wait, down to this level."""
        while self.waiting and self.waiting[-1].level >= level:
            self._apply(self.waiting.pop())

    def _apply(self, one: _Waiting) -> None:
        if one.operation:  # a plus before an operand has none
            operands = self.values[-one.operands :]
            del self.values[-one.operands :]
            self._build(one.token, one.operation, *operands)

    def _build(self, token: _Token, operation: str, *arguments: Any) -> None:
        try:
            self.values.append(Expression(operation, *arguments))
        except ValueError as error:
            self._fail(token, str(error))

    def _tokens(self) -> Iterator[_Token]:
        at = 0
        while at < len(self.text):
            found = _TOKEN.match(self.text, at)
            if found is None:
                self._fail(_Token("", self.text[at], at), _foreign(self.text[at]))
            if found.lastgroup:
                yield _Token(found.lastgroup, found[0], at)
            at = found.end()
        yield _Token("end", "", at)

    def _fail(self, token: _Token, what: str) -> NoReturn:
        place = f"column {token.start - self.text.rfind(chr(10), 0, token.start)}"
        if "\n" in self.text.strip():
            place = f"line {self.text.count(chr(10), 0, token.start) + 1}, {place}"
        excerpt = self.text[token.start : token.start + 20].split("\n")[0].strip()
        at = f"at {json.dumps(excerpt)}" if excerpt else "at its end"
        raise ValueError(f"{place}, {at}: {what}")


def _foreign(character: str) -> str:
    hints = {"^": "write a power as a**b", "=": "compare with <, <=, > or >=", "!": "compare with <, <=, > or >="}
    return hints.get(character, "this character has no meaning in a formula")


def written(tree: Expression) -> str:
    """The text of a tree, such that parse(written(tree)) == tree."""
    text: str = fold(tree, _leaf, _node)[0]
    return text


_Part = tuple[str, int]  # a text, and the level of its outermost operator


def _leaf(operation: str, value: Any) -> _Part:
    if operation == "name":
        return value, _WHOLE
    shown = repr(value).removesuffix(".0")
    return shown, _UNARY if shown.startswith("-") else _WHOLE


def _node(operation: str, *parts: _Part) -> _Part:
    if operation in FUNCTIONS:
        return f"{operation}({', '.join(text for text, _ in parts)})", _WHOLE
    if operation == "negative":
        (text, level) = parts[0]
        is_number = text[0].isdigit() and level == _WHOLE  # -(2) is no negative number
        return f"-{_bracketed(parts[0], _WHOLE + 1 if is_number else _UNARY)}", _UNARY
    sign = _SIGNS[operation]
    level = _LEVELS[sign]
    left, right = (level + 1, _UNARY) if sign == "**" else (level, level + 1)
    space = " " if level <= _LEVELS["+"] else ""
    return f"{_bracketed(parts[0], left)}{space}{sign}{space}{_bracketed(parts[1], right)}", level


def _bracketed(part: _Part, level: int) -> str:
    text, own = part
    return text if own >= level else f"({text})"
