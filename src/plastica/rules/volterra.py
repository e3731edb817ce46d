"""The Volterra rule: a polynomial in presynaptic activity, postsynaptic activity and weight (Eqs. 3 and 7)."""

import re
from itertools import product
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

import numpy as np
from pydantic import Field, model_validator

from plastica.rules.base import Floats, Parameter, Trace
from plastica.rules.expression import Expression, name, number
from plastica.rules.known import KNOWN_RULES, coefficients_of
from plastica.rules.polynomial import polynomial
from plastica.section import Section

if TYPE_CHECKING:
    import sympy

Letter = Literal["A", "B"]


class Volterra(Section):
    """dw_ij = eta sum_{a,b,d = 0..K} A_abd <x_j^a y_i^b> w_ij^d (Eq. 3), averaged over a mini-batch.

    x_j is the presynaptic and y_i the postsynaptic activity; for a lateral connection, whose presynaptic neuron is an
    output neuron too, the same with letter B (Eq. 7; the paper swaps the first two indices there, here they are always
    the powers of pre, post, weight). Parameters are named by letter and powers, `A000` to `A222` for order K = 2, and
    have no unit. theta lists the kept terms in this order.
    """

    kind: ClassVar[str] = "volterra"
    letter: Letter = Field("A", description="letter of the coefficients' names")
    order: Annotated[int, Field(ge=1, le=4)] = Field(2, description="highest power of pre, post and weight, K (1 to 4)")
    terms: Literal["all"] | tuple[str, ...] = Field(
        "all", description='"all", or the terms to keep, as powers of pre, post and weight: ["110", "021"]'
    )
    initial_sd: Annotated[float, Field(ge=0, le=1e6)] = Field(0.1, description="sd of a random rule's coefficients")
    fixed: str = Field(
        "", description=f"hold this connection at a known rule instead of searching: {', '.join(KNOWN_RULES)}; or empty"
    )

    @model_validator(mode="after")
    def _terms_exist(self) -> "Volterra":
        if self.terms == ():
            raise ValueError('terms = [] keeps no term of the rule: list at least one, such as "110", or write "all"')
        for term in self.terms if isinstance(self.terms, tuple) else ():
            if not re.fullmatch(f"[0-{self.order}]{{3}}", term):
                raise ValueError(
                    f'terms: "{term}" is not a term of order {self.order}: '
                    f'write three digits from 0 to {self.order}, such as "110"'
                )
            if self.terms.count(term) > 1:
                raise ValueError(f'terms: "{term}" is listed {self.terms.count(term)} times: list each term once')
        if self.fixed and self.fixed not in KNOWN_RULES:
            raise ValueError(f'fixed = "{self.fixed}" is not a known rule: choose from {", ".join(KNOWN_RULES)}')
        if self.fixed:
            try:
                coefficients_of(self.fixed, self.order)
            except ValueError as error:
                raise ValueError(f'fixed = "{self.fixed}" is out of reach: {error}; raise the order') from None
        return self

    @property
    def change(self) -> str:
        return "dw / eta"

    def powers(self) -> tuple[tuple[int, int, int], ...]:
        """(a, b, d) of each coefficient in theta."""
        if self.fixed:
            return ()
        n = range(self.order + 1)
        return tuple((a, b, d) for a, b, d in product(n, n, n) if self.terms == "all" or f"{a}{b}{d}" in self.terms)

    def parameters(self) -> tuple[Parameter, ...]:
        return tuple(Parameter(f"{self.letter}{a}{b}{d}", sd=self.initial_sd) for a, b, d in self.powers())

    @property
    def traces(self) -> tuple[Trace, ...]:
        return ()

    @property
    def formulas(self) -> dict[str, Expression]:
        """The sum of Eq. (3), in x (pre), y (post) and w; a fixed rule with its numbers."""
        terms: dict[tuple[int, ...], Expression]
        if self.fixed:
            terms = {powers: number(value) for powers, value in KNOWN_RULES[self.fixed].items()}
        else:
            terms = {powers: name(f"{self.letter}{''.join(map(str, powers))}") for powers in self.powers()}
        return {"change": polynomial(terms, ("x", "y", "w"))}

    def coefficients(self, thetas: Floats, order: int) -> Floats:
        """Dense [R, order + 1, order + 1, order + 1] of thetas [R, P]; a fixed rule is the same for every candidate."""
        n = order + 1
        dense = np.zeros((len(thetas), n, n, n))
        if self.fixed:
            dense += coefficients_of(self.fixed, order)
        else:
            dense[(slice(None), *np.array(self.powers()).T)] = thetas
        return dense

    def of_dense(self, dense: Floats) -> Floats:
        """The entries [..., P] of a dense array [..., n, n, n] that belong to theta: the adjoint of `coefficients`."""
        return dense[(..., *np.array(self.powers(), dtype=int).reshape(-1, 3).T)]

    def known(self, name: str) -> Floats:
        """theta [P] of a known rule. Raises ValueError if a term that the rule needs is not kept."""
        dense = coefficients_of(name, self.order)
        theta = np.array([dense[p] for p in self.powers()])
        if np.count_nonzero(theta) < np.count_nonzero(dense):
            raise ValueError(f"the {name} rule has terms that `terms` leaves out")
        return theta

    def equation(self, theta: Floats, threshold: float = 0.0) -> "sympy.Expr":
        """The right side of Eq. (3) without eta, in the symbols x (pre), y (post) and w."""
        import sympy

        dense = self.coefficients(np.asarray(theta, dtype=float)[None], max(self.order, 2))[0]
        x, y, w = sympy.symbols("x y w")
        terms = (
            sympy.Float(float(f"{value:.3g}"), 3) * x**a * y**b * w**d
            for (a, b, d), value in np.ndenumerate(dense)
            if abs(value) > threshold
        )
        return sympy.Add(*terms)
