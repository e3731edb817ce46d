"""From a Python function of named quantities to a formula: the function is called with names in the place of numbers.

    def change(x, y, w, threshold):
        return x * y if y > threshold else -x * w

An `if` on a comparison takes both ways in turn: the function runs once for each path through it, and `where` joins what
they return.
"""

from collections.abc import Callable, Sequence
from inspect import Parameter, signature
from typing import Any

from plastica.rules.expression import DECIDER, Expression, expression, name, where

MOST_PATHS = 64  # through a function, and most comparisons on one of them


def traced(function: Callable[..., Any], names: Sequence[str] | None = None) -> Expression:
    """The formula of a function, in the names of its arguments, or in `names` in their place.

    An argument with a default value keeps it. Raises ValueError with one sentence for a function that is no formula.
    """
    arguments = [name(word) for word in (argument_names(function) if names is None else names)]
    paths = 0

    def from_here(decisions: tuple[bool, ...]) -> Expression:
        """The value of all paths that begin with these decisions."""
        nonlocal paths
        paths += 1
        if paths > MOST_PATHS:
            raise ValueError(f"it has more than {MOST_PATHS} paths: use where(condition, a, b) in place of if")
        asked, value = _path(function, arguments, decisions)
        for taken in reversed(range(len(decisions), len(asked))):
            other = from_here((*decisions, *(True,) * (taken - len(decisions)), False))
            value = where(asked[taken], value, other)
        return value

    try:
        return from_here(())
    except Exception as error:
        called = getattr(function, "__name__", "the function")
        raise ValueError(f"{called} cannot be read as a formula{_line(error, function)}: {_said(error)}") from None


def argument_names(function: Callable[..., Any]) -> list[str]:
    """The arguments without a default value. Raises ValueError where they have no names of their own."""
    arguments = signature(function).parameters.values()
    if any(a.kind not in (Parameter.POSITIONAL_OR_KEYWORD, Parameter.POSITIONAL_ONLY) for a in arguments):
        raise ValueError(f"{function.__name__}: give each quantity and parameter an argument of its own, by its name")
    return [argument.name for argument in arguments if argument.default is Parameter.empty]


def _path(
    function: Callable[..., Any], arguments: Sequence[Expression], decisions: Sequence[bool]
) -> tuple[list[Expression], Expression]:
    """The comparisons on one path, and its value; what `decisions` leave open holds."""
    asked: list[Expression] = []

    def decide(comparison: Expression) -> bool:
        asked.append(comparison)
        if len(asked) > MOST_PATHS:
            raise ValueError(f"it asks more than {MOST_PATHS} comparisons in a row: a formula has no loops that wait")
        return decisions[len(asked) - 1] if len(asked) <= len(decisions) else True

    token = DECIDER.set(decide)
    try:
        return asked, expression(function(*arguments))
    finally:
        DECIDER.reset(token)


def _line(error: Exception, function: Callable[..., Any]) -> str:
    """Where in the function's file it went wrong."""
    code, line, trace = getattr(function, "__code__", None), 0, error.__traceback__
    while trace is not None:
        line = trace.tb_lineno if trace.tb_frame.f_code is code else line
        trace = trace.tb_next
    return f" in line {line}" if line else ""


def _said(error: Exception) -> str:
    message = " ".join(str(error).split())
    return message if isinstance(error, ValueError | TypeError) else f"{type(error).__name__}: {message}"
