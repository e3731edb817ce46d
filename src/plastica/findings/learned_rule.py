"""A learned rule as a function of numpy arrays, with its equation."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from plastica.analysis.compare_rules import SMALL, readable
from plastica.errors import UserError
from plastica.markup import Markup, formula
from plastica.rules.base import Floats, Rule
from plastica.rules.equation import left_side
from plastica.rules.quantities import WORDS
from plastica.rules.readers import NUMPY, read

if TYPE_CHECKING:
    import sympy

LATEX = {"eta": r"\eta"}


@dataclass(frozen=True, eq=False, repr=False)
class LearnedRule:
    """What the synapses of a connection do, with the numbers that a search has found.

    The rule of a rate network is a function of its quantities, by name or in the order of `quantities`, which gives the
    change of the weight over the learning rate eta. Arrays are broadcast. All terms count, also the small ones that the
    equation leaves out.

        >>> import numpy as np, plastica
        >>> rule = plastica.Run.open("runs/first").rule("feedforward")
        >>> rule.quantities
        {'change': ('x', 'y', 'w')}
        >>> rule(1.0, y=np.linspace(0, 2, 5), w=0.5).shape
        (5,)

    A rule for spikes has a function for each side, `on_pre` and `on_post`, which gives the new weight, without the
    network's bounds; no trace holds the spike that is being handled.

        >>> from plastica import TASKS
        >>> from plastica.findings import LearnedRule
        >>> pairs = TASKS["inhibitory-balance"].task.rules["inhibitory"]
        >>> rule = LearnedRule("inhibitory", pairs, pairs.known("vogels_2011"))
        >>> rule.quantities
        {'on_pre': ('w', 'x_post'), 'on_post': ('w', 'x_pre')}
        >>> round(float(rule.on_pre(w=0.3, x_post=0.1)), 6)
        0.2999
    """

    connection: str
    rule: Rule
    theta: Floats

    @property
    def parameters(self) -> dict[str, float]:
        """Each by its name."""
        return dict(zip([p.name for p in self.rule.parameters()], self.theta.tolist(), strict=True))

    @property
    def quantities(self) -> dict[str, tuple[str, ...]]:
        """What the formula of each event reads, in the order in which its function takes them."""
        return {event: self._reads(event) for event in self.rule.formulas}

    @property
    def equation(self) -> str:
        """What the change of the weight is equal to, as `summary()` has it: without small terms.

        >>> import plastica
        >>> run = plastica.Run.open("runs/first")
        >>> run.rule("feedforward").equation == run.summary()["equation"]["feedforward"]
        True
        """
        return str(self._readable())

    def latex(self, threshold: float = SMALL) -> str:
        r"""The equation for a paper, without terms below `threshold` times the largest coefficient.

        >>> import plastica
        >>> plastica.Run.open("runs/first").rule("feedforward").latex()
        '\\frac{dw}{\\eta} = ...'
        """
        import sympy

        above, _, below = left_side(self.rule).partition(" / ")
        return rf"\frac{{{above}}}{{{LATEX.get(below, below)}}} = {sympy.latex(self._readable(threshold))}"

    def __call__(self, *values: Any, **named: Any) -> Any:
        """The change of the weight, over eta. Raises UserError for other quantities than the rule reads."""
        return self._value("change", values, named)

    def on_pre(self, *values: Any, **named: Any) -> Any:
        """The weight after a presynaptic spike. Raises UserError for other quantities than the rule reads."""
        return self._value("on_pre", values, named)

    def on_post(self, *values: Any, **named: Any) -> Any:
        """The weight after a postsynaptic spike. Raises UserError for other quantities than the rule reads."""
        return self._value("on_post", values, named)

    def __repr__(self) -> str:
        return f"{self.connection}: {left_side(self.rule)} = {self.equation}"

    def _repr_html_(self) -> str:
        return self.markup()

    def markup(self) -> Markup:
        """The equation in MathML."""
        return formula(left_side(self.rule), self._readable())

    def _readable(self, threshold: float = SMALL) -> "sympy.Expr":
        return readable(self.rule, self.theta, threshold)

    def _reads(self, event: str) -> tuple[str, ...]:
        names = [name for name in self.rule.formulas[event].names if name not in self.parameters]
        usual = [word for word in WORDS if word in names]
        return (*usual, *(name for name in names if name not in usual))

    def _value(self, event: str, values: tuple[Any, ...], named: Mapping[str, Any]) -> Any:
        if event not in self.rule.formulas:
            has = "the rule itself" if "change" in self.rule.formulas else "its on_pre(...) and on_post(...)"
            raise UserError(f"the {self.connection} rule has no {event}: call {has}")
        reads = self._reads(event)
        given = dict(zip(reads, values, strict=False))
        if len(values) > len(reads) or set(given) & set(named) or {*given, *named} != set(reads):
            raise UserError(
                f"the {self.connection} rule reads {', '.join(reads) or 'nothing'}, and got {len(values)} values and "
                f"{', '.join(named) or 'no names'}: give each once, in this order or by name"
            )
        arrays = {name: np.asarray(value, dtype=float) for name, value in {**given, **named}.items()}
        return np.asarray(read(self.rule.formulas[event], NUMPY, self.parameters | arrays))[()]
