"""What every kind of rule has: `fixed`, by which a connection is held at a rule of the catalogue."""

from pydantic import Field, model_validator

from plastica.rules.base import Parameter, Trace
from plastica.rules.catalogue import entry_of
from plastica.rules.expression import Expression
from plastica.section import Section


class Kind(Section):
    """Base of the kinds: each states what it searches, and is that rule unless it is `fixed` at a known one.

    A fixed rule has the formulas and traces of the catalogue's entry, with the published numbers, and no parameters;
    what else its table says has no effect.
    """

    kind: str
    fixed: str = Field(
        "", description="hold this connection at a known rule (see `plastica rules`) instead of searching; or empty"
    )

    @model_validator(mode="after")
    def _fixed_is_known(self) -> "Kind":
        try:
            _ = self.fixed and entry_of(self.fixed)
        except ValueError as error:
            raise ValueError(f'fixed = "{self.fixed}": {error}') from None
        return self

    def parameters(self) -> tuple[Parameter, ...]:
        return () if self.fixed else self.searched_parameters()

    @property
    def traces(self) -> tuple[Trace, ...]:
        return entry_of(self.fixed).held_traces if self.fixed else self.searched_traces()

    @property
    def formulas(self) -> dict[str, Expression]:
        return entry_of(self.fixed).held if self.fixed else self.searched_formulas()

    def searched_parameters(self) -> tuple[Parameter, ...]:
        raise NotImplementedError(f"{type(self).__name__} has no `searched_parameters`: give it some")

    def searched_traces(self) -> tuple[Trace, ...]:
        """Those of its own; a kind for rates has none."""
        return ()

    def searched_formulas(self) -> dict[str, Expression]:
        raise NotImplementedError(f"{type(self).__name__} has no `searched_formulas`: give it some")
