"""When a run counts as a success: a condition on what the table of a study says of it, stated before any run."""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from plastica.errors import UserError
from plastica.rules.expression import Expression, number
from plastica.rules.grammar import parse
from plastica.rules.readers import NUMPY, read

DEFAULT = "difference <= 2 * difference_se"
IN_WORDS = {DEFAULT: "held-out loss not above that of the calibrated known rule by more than two standard errors"}


@dataclass(frozen=True)
class Criterion:
    """Conditions that must all hold: `angle <= 10 and held_out < 0.1`, in the grammar of formulas.

    Raises UserError for text that is none.
    """

    text: str

    def __post_init__(self) -> None:
        if len(self.conditions) > 1 and "" in map(str.strip, re.split(r"\band\b", self.text)):
            raise self._error(self.text)

    @cached_property
    def conditions(self) -> tuple[Expression, ...]:
        return tuple(self._condition(piece) for piece in re.split(r"\band\b", self.text))

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(name for condition in self.conditions for name in condition.names))

    @property
    def in_words(self) -> str:
        return IN_WORDS.get(self.text, self.text)

    def check(self, known: Collection[str]) -> None:
        """Raise UserError for a name that no run of the study will have."""
        for name in self.names:
            if name not in known:
                raise UserError(f"success = {self.text!r}: there is no {name}: choose from {', '.join(known)}")

    def holds(self, row: Mapping[str, Any]) -> bool | None:
        """Whether a row of the table meets it; None where it lacks a number, as before the end of a run."""
        values = {name: row.get(name) for name in self.names}
        if any(value is None for value in values.values()):
            return None
        floats = {name: np.float64(value) for name, value in values.items()}
        with np.errstate(all="ignore"):
            return all(bool(read(condition, NUMPY, floats)) for condition in self.conditions)

    def _condition(self, piece: str) -> Expression:
        yes, no = number(1), number(0)
        try:
            tree = parse(f"where({piece}, 1, 0)")
        except ValueError:
            raise self._error(piece) from None
        if tree.operation != "where" or tree.arguments[1:] != (yes, no):
            raise self._error(piece)
        return tree

    def _error(self, piece: str) -> UserError:
        return UserError(
            f"success = {self.text!r}: {piece.strip()!r} is no condition: write one such as held_out < 0.1, or "
            "several, such as angle <= 10 and ratio <= 1.2"
        )
