"""A rule that a test states itself: formulas, traces, and every other name as a parameter."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from plastica.rules.base import Parameter, Trace
from plastica.rules.expression import Expression
from plastica.rules.readers import NUMPY, read

PAIR = (Trace("x_pre", "pre", "tau_pre"), Trace("x_post", "post", "tau_post"))
QUANTITIES = ("x", "y", "w")


@dataclass(frozen=True)
class Stated:
    """See `rate_rule` and `spike_rule`."""

    events: tuple[tuple[str, Expression], ...]
    names: tuple[str, ...]
    traces: tuple[Trace, ...] = ()
    kind: str = "stated"
    change: str = "dw"

    @property
    def formulas(self) -> dict[str, Expression]:
        return dict(self.events)

    def parameters(self) -> tuple[Parameter, ...]:
        return tuple(Parameter(name, sd=0.1) for name in self.names)

    def known(self, name: str) -> Any:
        raise ValueError(f"{name} is not a known rule here")

    def at(self, event: str, theta: np.ndarray, **quantities: Any) -> Any:
        """What the formula of an event is worth, by numpy in float64."""
        values = dict(zip(self.names, theta, strict=True))
        with np.errstate(all="ignore"):
            return read(self.formulas[event], NUMPY, values | quantities)


def rate_rule(change: Expression) -> Stated:
    return Stated((("change", change),), tuple(word for word in change.names if word not in QUANTITIES))


def spike_rule(on_pre: Expression, on_post: Expression, traces: tuple[Trace, ...] = PAIR) -> Stated:
    """Parameters are the time constants of the traces, then all other names in their order."""
    taken = ("w", *(trace.name for trace in traces))
    words = [trace.tau for trace in traces] + [*on_pre.names, *on_post.names]
    names = tuple(dict.fromkeys(word for word in words if word not in taken))
    return Stated((("on_pre", on_pre), ("on_post", on_post)), names, traces)
