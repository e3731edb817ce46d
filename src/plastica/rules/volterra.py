"""The Volterra rule: a polynomial in the network's quantities, as those of Eqs. 3 and 7 are in x, y and w."""

import re
from itertools import product
from typing import Annotated, Literal

import numpy as np
from pydantic import Field, model_validator

from plastica.rules.base import KIND, Floats, Parameter
from plastica.rules.catalogue import entry_of
from plastica.rules.expression import Expression, name
from plastica.rules.kind import Kind
from plastica.rules.polynomial import polynomial
from plastica.rules.quantities import check_variables

MOST_TERMS = 1000
USUAL = ("x", "y", "w")
Letter = Literal["A", "B"]


class Volterra(Kind):
    """dw_ij = eta sum_{a,b,d = 0..K} A_abd <x_j^a y_i^b> w_ij^d (Eq. 3), averaged over a mini-batch.

    x_j is the presynaptic and y_i the postsynaptic activity; for a lateral connection, whose presynaptic neuron is an
    output neuron too, the same with letter B (Eq. 7; the paper swaps the first two indices there, here they are always
    the powers of pre, post, weight). Parameters are named by letter and powers, `A000` to `A222` for order K = 2, and
    have no unit. theta lists the kept terms in this order. With other `variables` there is a power for each of those.
    """

    kind: Literal["volterra"] = Field("volterra", description=KIND)
    letter: Letter = Field("A", description="letter of the coefficients' names")
    order: Annotated[int, Field(ge=1, le=4)] = Field(2, description="highest power of each variable, K (1 to 4)")
    variables: tuple[str, ...] = Field(USUAL, description="the network's quantities of which it is a polynomial")
    terms: Literal["all"] | tuple[str, ...] = Field(
        "all", description='"all", or the terms to keep, as powers of the variables: ["110", "021"]'
    )
    initial_sd: Annotated[float, Field(ge=0, le=1e6)] = Field(0.1, description="sd of a random rule's coefficients")

    @model_validator(mode="after")
    def _terms_exist(self) -> "Volterra":
        check_variables(self.variables)
        count = (self.order + 1) ** len(self.variables)
        if count > MOST_TERMS:
            raise ValueError(
                f"order = {self.order} in {len(self.variables)} variables has {count:,} coefficients, and at most "
                f"{MOST_TERMS:,} are possible: lower it, or take fewer variables"
            )
        if self.terms == ():
            raise ValueError('terms = [] keeps no term of the rule: list at least one, such as "110", or write "all"')
        for term in self.terms if isinstance(self.terms, tuple) else ():
            self._check_term(term)
        return self

    def _check_term(self, term: str) -> None:
        count = len(self.variables)
        if not re.fullmatch(f"[0-{self.order}]{{{count}}}", term):
            raise ValueError(
                f'terms: "{term}" is not a term of order {self.order}: '
                f'write a digit from 0 to {self.order} for each variable, such as "{"110000"[:count]}"'
            )
        if self.terms.count(term) > 1:
            raise ValueError(f'terms: "{term}" is listed {self.terms.count(term)} times: list each term once')

    def powers(self) -> tuple[tuple[int, ...], ...]:
        """The power of each variable, for each coefficient in theta."""
        every = product(range(self.order + 1), repeat=len(self.variables))
        return tuple(powers for powers in every if self.terms == "all" or "".join(map(str, powers)) in self.terms)

    def searched_parameters(self) -> tuple[Parameter, ...]:
        return tuple(Parameter(self._name(powers), sd=self.initial_sd) for powers in self.powers())

    def _name(self, powers: tuple[int, ...]) -> str:
        return f"{self.letter}{''.join(map(str, powers))}"

    def searched_formulas(self) -> dict[str, Expression]:
        """The sum of Eq. (3), in x (pre), y (post) and w."""
        terms: dict[tuple[int, ...], Expression] = {powers: name(self._name(powers)) for powers in self.powers()}
        return {"change": polynomial(terms, self.variables)}

    def known(self, name: str) -> Floats:
        """theta [P] of a rule of the catalogue. Raises ValueError where it has no place among the kept terms."""
        known = self._terms_of(name)
        kept = self.powers()
        if any(powers not in kept for powers in known):
            raise ValueError(f"the {name} rule has terms that `terms` leaves out")
        return np.array([known.get(powers, 0.0) for powers in kept])

    def _terms_of(self, name: str) -> dict[tuple[int, ...], float]:
        """{powers of the variables: coefficient}. Raises ValueError for a rule that is no polynomial, an order that is
        too low for it, and variables that it does not do with."""
        entry = entry_of(name)
        every = entry.terms(entry.variables)
        if every is None:
            raise ValueError(f"the {name} rule is no polynomial")
        needed = max((max(powers) for powers in every), default=0)
        if needed > self.order:
            raise ValueError(f"the {name} rule needs order {needed}, not {self.order}")
        terms = entry.terms(self.variables)
        if terms is None:
            lacking = [word for word in entry.variables if word not in self.variables]
            raise ValueError(f"the {name} rule needs {', '.join(lacking)} among the variables")
        return terms
