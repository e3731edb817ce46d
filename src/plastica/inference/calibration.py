"""Simulation-based calibration (Talts et al. 2018): whether a posterior is as wide as it should be, parameter by
parameter."""

from typing import Any

import numpy as np

from plastica.rules.base import Floats

LEVEL = 0.05  # of the test over all parameters together
MIDDLE = 0.9  # central part of a posterior in which as many of the truths should lie


def calibration(truth: Floats, drawn: Floats, names: tuple[str, ...]) -> dict[str, Any]:
    """Ranks of true points [N, P] among points [S, N, P] that were drawn for each of them: uniform, if all is well.

    Plain data: of each parameter the p value of Kolmogorov and Smirnov, and how many truths lie in the middle 90 % of
    their draws; `passed` if no p value is below 5 % over the number of parameters (Bonferroni).
    """
    from scipy.stats import kstest

    ranks = ((drawn < truth).sum(axis=0) + 0.5) / (len(drawn) + 1)
    p = [float(kstest(of_one, "uniform").pvalue) for of_one in ranks.T]
    covered = (np.abs(ranks - 0.5) <= MIDDLE / 2).mean(axis=0)
    return {
        "rules": len(truth),
        "passed": min(p) >= LEVEL / len(p),
        "p": dict(zip(names, p, strict=True)),
        "in_middle_90": dict(zip(names, covered.tolist(), strict=True)),
    }
