"""Rules that are Eq. (14), whatever their names and however they are written: the fast kernel takes them."""

from functools import lru_cache

import numpy as np

from plastica.rules.base import Floats, Rule
from plastica.rules.expression import Expression, name, number
from plastica.rules.polynomial import terms_of
from plastica.rules.readers import NUMPY, read
from plastica.rules.spike_pair import COEFFICIENT_LARGEST, TAU_LONGEST_MS

_ABSENT = ""  # the name of a trace that a rule does not have


@lru_cache(maxsize=256)
def pair_form(rule: Rule) -> tuple[Expression, ...] | None:
    """tau_pre, tau_post, alpha, beta, gamma and kappa in the parameters of a rule; None for a rule of another form."""
    sides = [[trace for trace in rule.traces if trace.side == side] for side in ("pre", "post")]
    if any(len(traces) > 1 for traces in sides):
        return None
    x_pre, x_post = (traces[0].name if traces else _ABSENT for traces in sides)
    taus = [name(traces[0].tau) if traces else number(TAU_LONGEST_MS) for traces in sides]
    by_pre, by_post = _change(rule.formulas["on_pre"], x_post, x_pre), _change(rule.formulas["on_post"], x_pre, x_post)
    if by_pre is None or by_post is None:
        return None
    (alpha, kappa), (beta, gamma) = by_pre, by_post
    return (*taus, alpha, beta, gamma, kappa)


def _change(formula: Expression, trace: str, other: str) -> tuple[Expression, Expression] | None:
    """(c, d) of a formula w + c + d trace; None for any other."""
    terms = terms_of(formula, ("w", trace, other), 1)
    if terms is None or terms.get((1, 0, 0)) != number(1.0) or set(terms) - {(1, 0, 0), (0, 0, 0), (0, 1, 0)}:
        return None
    return terms.get((0, 0, 0), number(0.0)), terms.get((0, 1, 0), number(0.0))


def pair_thetas(rule: Rule, form: tuple[Expression, ...], theta: Floats) -> Floats:
    """[R, 6] of thetas [R, P]. Coefficients are held to what carries any weight to its bound at once; so does what is
    not a number."""
    values = {parameter.name: theta[:, k] for k, parameter in enumerate(rule.parameters())}
    with np.errstate(all="ignore"):
        pairs = np.stack([np.broadcast_to(read(one, NUMPY, values), len(theta)) for one in form], axis=1)
    held = np.clip(np.nan_to_num(pairs[:, 2:], nan=COEFFICIENT_LARGEST), -COEFFICIENT_LARGEST, COEFFICIENT_LARGEST)
    return np.hstack([pairs[:, :2], np.where(np.abs(held) < 1e-20, 0.0, held)])
