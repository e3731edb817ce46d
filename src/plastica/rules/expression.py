"""Expressions: the tree of a formula, written with Python's operators and the functions below; nothing here computes.

    rise, x_post = name("rise"), name("x_post")
    where(x_post > 0.5, rise, -rise)

is a tree, not a number. `readers` says what it is worth, in numpy, in JAX, in sympy or in compiled code.
"""

from collections.abc import Callable, Iterator, Mapping
from contextvars import ContextVar
from math import isfinite
from typing import Any

MOST_NODES = 10_000  # of a formula, each counted as often as it stands there
MOST_DEEP = 200

Number = float | int

# Operations by name, with the number of their arguments; a number and a name are leaves.
OPERATIONS: Mapping[str, int] = {
    "negative": 1,
    "add": 2,
    "subtract": 2,
    "multiply": 2,
    "divide": 2,
    "power": 2,
    "less": 2,
    "less_equal": 2,
    "greater": 2,
    "greater_equal": 2,
    "where": 3,
    "exp": 1,
    "log": 1,
    "tanh": 1,
    "sqrt": 1,
    "abs": 1,
    "minimum": 2,
    "maximum": 2,
}
COMPARISONS = ("less", "less_equal", "greater", "greater_equal")

# Who answers whether a comparison holds, while a Python function is traced (`tracing`).
DECIDER: ContextVar[Callable[["Expression"], bool] | None] = ContextVar("decider", default=None)


class Expression:
    """An operation on other expressions, or a leaf: ("number", 2.0) or ("name", "x"). Frozen; equal by what it says.

    Raises ValueError where the tree would have more than `MOST_NODES` nodes or be deeper than `MOST_DEEP`, where a
    number is not finite, and where a comparison stands elsewhere than in a `where`.
    """

    __slots__ = ("arguments", "depth", "digest", "nodes", "operation")
    __array_ufunc__ = None  # numpy's numbers leave arithmetic to the expression; its functions refuse

    operation: str
    arguments: tuple[Any, ...]
    nodes: int
    depth: int
    digest: int

    def __init__(self, operation: str, *arguments: Any) -> None:
        within = [argument for argument in arguments if isinstance(argument, Expression)]
        set_once = object.__setattr__
        set_once(self, "operation", operation)
        set_once(self, "arguments", arguments)
        set_once(self, "nodes", 1 + sum(argument.nodes for argument in within))
        set_once(self, "depth", 1 + max((argument.depth for argument in within), default=0))
        set_once(self, "digest", hash((operation, arguments)))
        if self.nodes > MOST_NODES or self.depth > MOST_DEEP:
            raise ValueError(f"the formula is too long: at most {MOST_NODES:,} operations, {MOST_DEEP} deep")
        if operation == "number" and not isfinite(arguments[0]):
            raise ValueError(f"{arguments[0]} stands in the formula: write finite numbers")
        if operation in OPERATIONS:
            _check_comparisons(operation, within)

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError("an expression does not change")

    def __hash__(self) -> int:
        return self.digest

    def __eq__(self, other: object) -> bool:
        if DECIDER.get():
            raise TypeError("whether two quantities are equal cannot be asked in a formula: compare with < or >")
        if self is other:
            return True
        if not isinstance(other, Expression) or self.digest != other.digest:
            return False
        return self.operation == other.operation and self.arguments == other.arguments

    def __reduce__(self) -> tuple[Any, ...]:
        return Expression, (self.operation, *self.arguments)

    def __repr__(self) -> str:
        return f"Expression({', '.join(map(repr, (self.operation, *self.arguments)))})"

    def __bool__(self) -> bool:
        decide = DECIDER.get()
        if not (decide and self.is_comparison):
            raise TypeError("whether this holds is not known while a formula is read: write where(condition, a, b)")
        return decide(self)

    def __float__(self) -> float:
        raise TypeError("a quantity has no value while a formula is read: use plastica's where, exp, log, tanh, ...")

    @property
    def is_comparison(self) -> bool:
        return self.operation in COMPARISONS

    @property
    def names(self) -> tuple[str, ...]:
        """The names in it, in the order in which they first stand there."""
        return tuple(dict.fromkeys(_names(self)))

    def replaced(self, values: "Mapping[str, Expression]") -> "Expression":
        """The same with expressions in the place of names."""

        def leaf(operation: str, value: Any) -> Expression:
            return values.get(value, name(value)) if operation == "name" else number(value)

        return fold(self, leaf, Expression)

    def __neg__(self) -> "Expression":
        return Expression("negative", self)

    def __pos__(self) -> "Expression":
        return self

    def __abs__(self) -> "Expression":
        return absolute(self)

    def __add__(self, other: "Expression | Number") -> "Expression":
        return _joined("add", self, other)

    def __radd__(self, other: "Expression | Number") -> "Expression":
        return _joined("add", other, self)

    def __sub__(self, other: "Expression | Number") -> "Expression":
        return _joined("subtract", self, other)

    def __rsub__(self, other: "Expression | Number") -> "Expression":
        return _joined("subtract", other, self)

    def __mul__(self, other: "Expression | Number") -> "Expression":
        return _joined("multiply", self, other)

    def __rmul__(self, other: "Expression | Number") -> "Expression":
        return _joined("multiply", other, self)

    def __truediv__(self, other: "Expression | Number") -> "Expression":
        return _joined("divide", self, other)

    def __rtruediv__(self, other: "Expression | Number") -> "Expression":
        return _joined("divide", other, self)

    def __pow__(self, other: "Expression | Number") -> "Expression":
        return _joined("power", self, other)

    def __rpow__(self, other: "Expression | Number") -> "Expression":
        return _joined("power", other, self)

    def __lt__(self, other: "Expression | Number") -> "Expression":
        return _joined("less", self, other)

    def __le__(self, other: "Expression | Number") -> "Expression":
        return _joined("less_equal", self, other)

    def __gt__(self, other: "Expression | Number") -> "Expression":
        return _joined("greater", self, other)

    def __ge__(self, other: "Expression | Number") -> "Expression":
        return _joined("greater_equal", self, other)


def _joined(operation: str, a: "Expression | Number", b: "Expression | Number") -> Expression:
    return Expression(operation, expression(a), expression(b))


def number(value: Number) -> Expression:
    return Expression("number", float(value))


def name(word: str) -> Expression:
    return Expression("name", word)


def expression(value: Expression | Number) -> Expression:
    """A number as an expression; an expression as it is. Raises TypeError for anything else."""
    if isinstance(value, Expression):
        return value
    if isinstance(value, int | float):
        return number(value)
    raise TypeError(f"{value!r} cannot stand in a formula: use numbers, named quantities and plastica's functions")


def where(condition: Expression, a: Expression | Number, b: Expression | Number) -> Expression:
    """a where the condition holds, else b.

    >>> from plastica import formula, where
    >>> formula(change=lambda x, y, a: where(y > 1, a * x, -x)).change
    'where(y > 1, a*x, -x)'
    """
    return Expression("where", condition, expression(a), expression(b))


def exp(a: Expression | Number) -> Expression:
    """The exponential.

    >>> from plastica import exp, formula
    >>> formula(change=lambda x, y, a: a * x * exp(-y)).change
    'a*x*exp(-y)'
    """
    return Expression("exp", expression(a))


def log(a: Expression | Number) -> Expression:
    """The natural logarithm.

    >>> from plastica import formula, log
    >>> formula(change=lambda x, a: a * log(1 + x)).change
    'a*log(1 + x)'
    """
    return Expression("log", expression(a))


def tanh(a: Expression | Number) -> Expression:
    """The hyperbolic tangent.

    >>> from plastica import formula, tanh
    >>> formula(change=lambda x, y, a: a * tanh(x * y)).change
    'a*tanh(x*y)'
    """
    return Expression("tanh", expression(a))


def sqrt(a: Expression | Number) -> Expression:
    """The square root.

    >>> from plastica import formula, sqrt
    >>> formula(change=lambda x, a: a * sqrt(x)).change
    'a*sqrt(x)'
    """
    return Expression("sqrt", expression(a))


def absolute(a: Expression | Number) -> Expression:
    """The absolute value; `abs` does the same, and is its name in a text.

    >>> from plastica import absolute, formula
    >>> formula(change=lambda x, y, a: a * x * absolute(y)).change
    'a*x*abs(y)'
    """
    return Expression("abs", expression(a))


def minimum(a: Expression | Number, b: Expression | Number) -> Expression:
    """The smaller of two.

    >>> from plastica import formula, minimum
    >>> formula(change=lambda x, y, a: a * minimum(x, y)).change
    'a*minimum(x, y)'
    """
    return Expression("minimum", expression(a), expression(b))


def maximum(a: Expression | Number, b: Expression | Number) -> Expression:
    """The larger of two.

    >>> from plastica import formula, maximum
    >>> formula(change=lambda x, a: a * maximum(x, 0)).change
    'a*maximum(x, 0)'
    """
    return Expression("maximum", expression(a), expression(b))


def fold(tree: Expression, leaf: Callable[[str, Any], Any], node: Callable[..., Any]) -> Any:
    """From the leaves up: leaf(operation, value), then node(operation, *folded arguments); what is shared, once."""
    done: dict[int, Any] = {}

    def visit(one: Expression) -> Any:
        found = done.get(id(one))
        if found is None:
            if one.operation in OPERATIONS:
                found = node(one.operation, *map(visit, one.arguments))
            else:
                found = leaf(one.operation, one.arguments[0])
            done[id(one)] = found
        return found

    return visit(tree)


def _names(tree: Expression) -> Iterator[str]:
    if tree.operation == "name":
        yield tree.arguments[0]
    elif tree.operation in OPERATIONS:
        for argument in tree.arguments:
            yield from _names(argument)


def _check_comparisons(operation: str, within: list[Expression]) -> None:
    if operation == "where":
        condition, *branches = within
        if not condition.is_comparison:
            raise ValueError("the first argument of where is a comparison, such as x > 0")
        within = branches
    if any(argument.is_comparison for argument in within):
        raise ValueError("a comparison has no value of its own: write where(condition, a, b)")
