"""Simulation-based calibration (Talts et al. 2018): whether a posterior is as wide as it should be, parameter by
parameter."""

from typing import Any

import numpy as np

from plastica.outer.mixture import effective_count
from plastica.rules.base import Floats

LEVEL = 0.05  # of the test over all parameters together
MIDDLE = 0.9  # central part of a posterior in which as many of the truths should lie


def ranks(truth: Floats, drawn: Floats, weights: Floats | None = None) -> Floats:
    """Of true points [N, P] among points [S, N, P] that were drawn for each of them, maybe with weights [S] of sum one:
    between 0 and 1, [N, P]."""
    weights = np.full(len(drawn), 1 / len(drawn)) if weights is None else weights
    own = 1 / effective_count(weights)  # what the truth itself would weigh
    below = np.tensordot(weights, drawn < truth, axes=1).astype(float)
    return (below + 0.5 * own) / (1 + own)


def calibration(found: Floats, names: tuple[str, ...]) -> dict[str, Any]:
    """Ranks [N, P] are uniform, if all is well.

    Plain data: of each parameter the p value of Kolmogorov and Smirnov, and how many truths lie in the middle 90 % of
    their draws; `passed` if no p value is below 5 % over the number of parameters (Bonferroni).
    """
    from scipy.stats import kstest

    p = [float(kstest(of_one, "uniform").pvalue) for of_one in found.T]
    covered = (np.abs(found - 0.5) <= MIDDLE / 2).mean(axis=0)
    return {
        "rules": len(found),
        "passed": min(p) >= LEVEL / len(p),
        "p": dict(zip(names, p, strict=True)),
        "in_middle_90": dict(zip(names, covered.tolist(), strict=True)),
    }
