"""An entry of the catalogue: a rule of the literature as formulas, its published numbers, and where it stands."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from plastica.rules.base import Trace
from plastica.rules.expression import Expression, number
from plastica.rules.grammar import parse
from plastica.rules.polynomial import Terms, polynomial, terms_of
from plastica.rules.quantities import QUANTITIES
from plastica.rules.readers import NUMPY, read

HIGHEST = 8  # power up to which a formula is multiplied out
DIGITS = 15  # of a product of published numbers, such as 0.2 * 0.2


@dataclass(frozen=True, eq=False)
class Entry:
    """A rule of the literature.

    The formulas say what happens at each event, as those of `Rule` do: `change` for rates, or `on_pre` and `on_post`
    for spikes, where an empty one leaves the weight as it is. `factors` are its free factors with their published
    values: the coefficients that only multiply, one for each term as published, with the sign in the formula, so that a
    factor is never negative. `constants` are its other parameters, time constants in ms among them. `further` has the
    quantities that it reads and no network of plastica offers, each with the equation that it follows. `note` says what
    to know of its numbers, where they are not simply those of the source.
    """

    name: str
    title: str
    source: str
    change: str = ""
    on_pre: str = ""
    on_post: str = ""
    factors: Mapping[str, float] = field(default_factory=dict)
    constants: Mapping[str, float] = field(default_factory=dict)
    traces: tuple[Trace, ...] = ()
    further: Mapping[str, str] = field(default_factory=dict)
    note: str = ""

    @property
    def parameters(self) -> dict[str, float]:
        """Factors and constants with their published values."""
        return {**self.factors, **self.constants}

    @cached_property
    def formulas(self) -> dict[str, Expression]:
        """By event, in the names of quantities, traces and parameters."""
        if self.change:
            return {"change": parse(self.change)}
        return {"on_pre": parse(self.on_pre or "w"), "on_post": parse(self.on_post or "w")}

    @cached_property
    def reads(self) -> tuple[str, ...]:
        """The quantities that a network must offer, beside the traces of its spikes."""
        traces = [trace.name for trace in self.traces]
        names = dict.fromkeys(word for tree in self.formulas.values() for word in tree.names)
        return tuple(word for word in names if word not in self.parameters and word not in traces)

    @property
    def variables(self) -> tuple[str, ...]:
        """What it reads, in the order of `QUANTITIES`."""
        return (*(word for word in QUANTITIES if word in self.reads), *self.further)

    def terms(self, variables: Iterable[str]) -> dict[tuple[int, ...], float] | None:
        """{powers of the variables: published coefficient} of a change that is a polynomial in them; else None."""
        found = terms_of(self.formulas["change"], tuple(variables), HIGHEST) if self.change else None
        if found is None or any(set(one.names) - set(self.parameters) for one in found.values()):
            return None
        return {powers: self._value(one) for powers, one in found.items() if self._value(one)}

    @cached_property
    def held(self) -> dict[str, Expression]:
        """The formulas with the published numbers, multiplied out where they are polynomials."""
        terms = self.terms(self.variables)
        if terms is not None:
            numbers: Terms = {powers: number(value) for powers, value in terms.items()}
            return {"change": polynomial(numbers, self.variables)}
        values = {word: number(value) for word, value in self.parameters.items()}
        return {event: tree.replaced(values) for event, tree in self.formulas.items()}

    @cached_property
    def held_traces(self) -> tuple[Trace, ...]:
        """The traces with the published time constants."""
        return tuple(Trace(trace.name, trace.side, self.constants[str(trace.tau)]) for trace in self.traces)

    def unit(self, parameter: str) -> str:
        """The unit of one of its parameters."""
        if parameter in [trace.tau for trace in self.traces]:
            return "ms"
        return "1/spike" if parameter in self.factors and not self.change else "1"

    def _value(self, coefficient: Expression) -> float:
        return float(f"{float(read(coefficient, NUMPY, self.parameters)):.{DIGITS}g}")
