"""Rules that are Eq. (14), whatever their names and however they are written."""

from collections.abc import Mapping, Sequence

from plastica.rules.base import TAU_LONGEST_MS, Trace
from plastica.rules.expression import Expression, name, number
from plastica.rules.polynomial import terms_of

_ABSENT = ""  # the name of a trace that a rule does not have

PairForm = tuple[Expression, ...]


def pair_form(
    traces: Sequence[Trace], formulas: Mapping[str, Expression], absent_ms: float = TAU_LONGEST_MS
) -> PairForm | None:
    """tau_pre, tau_post, alpha, beta, gamma and kappa in the parameters of a rule; None for a rule of another form.

    `absent_ms` is the time constant of a trace that the rule does not have.
    """
    sides = [[trace for trace in traces if trace.side == side] for side in ("pre", "post")]
    if any(len(of_side) > 1 for of_side in sides):
        return None
    x_pre, x_post = (of_side[0].name if of_side else _ABSENT for of_side in sides)
    taus = [_tau(of_side[0]) if of_side else number(absent_ms) for of_side in sides]
    by_pre, by_post = _change(formulas["on_pre"], x_post, x_pre), _change(formulas["on_post"], x_pre, x_post)
    if by_pre is None or by_post is None:
        return None
    (alpha, kappa), (beta, gamma) = by_pre, by_post
    return (*taus, alpha, beta, gamma, kappa)


def _tau(trace: Trace) -> Expression:
    return name(trace.tau) if isinstance(trace.tau, str) else number(trace.tau)


def _change(formula: Expression, trace: str, other: str) -> tuple[Expression, Expression] | None:
    """(c, d) of a formula w + c + d trace; None for any other."""
    terms = terms_of(formula, ("w", trace, other), 1)
    if terms is None or terms.get((1, 0, 0)) != number(1.0) or set(terms) - {(1, 0, 0), (0, 0, 0), (0, 1, 0)}:
        return None
    return terms.get((0, 0, 0), number(0.0)), terms.get((0, 1, 0), number(0.0))
