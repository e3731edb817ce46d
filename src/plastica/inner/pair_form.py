"""Rules that are Eq. (14), as the fast kernel takes them."""

from functools import lru_cache

import numpy as np

from plastica.rules import pair_form as form
from plastica.rules.base import Floats, Rule
from plastica.rules.pair_form import PairForm
from plastica.rules.readers import NUMPY, read
from plastica.rules.spike_pair import COEFFICIENT_LARGEST


@lru_cache(maxsize=256)
def pair_form(rule: Rule) -> PairForm | None:
    """As `rules.pair_form` has it, kept."""
    return form.pair_form(rule.traces, rule.formulas)


def pair_thetas(rule: Rule, form: PairForm, theta: Floats) -> Floats:
    """[R, 6] of thetas [R, P]. Coefficients are held to what carries any weight to its bound at once; so does what is
    not a number."""
    values = {parameter.name: theta[:, k] for k, parameter in enumerate(rule.parameters())}
    with np.errstate(all="ignore"):
        pairs = np.stack([np.broadcast_to(read(one, NUMPY, values), len(theta)) for one in form], axis=1)
    held = np.clip(np.nan_to_num(pairs[:, 2:], nan=COEFFICIENT_LARGEST), -COEFFICIENT_LARGEST, COEFFICIENT_LARGEST)
    return np.hstack([pairs[:, :2], np.where(np.abs(held) < 1e-20, 0.0, held)])
