"""Families of rules: which of many found rules are alike, by the angle between them and by what they do."""

import numpy as np
from numpy.typing import NDArray

from plastica.analysis.compare_rules import angle_deg
from plastica.rules.base import Floats

ANGLE_DEG = 20.0  # mean angle at which two groups of rules are no longer one family
FACTOR = 2.0  # by which some quantity differs where two rules no longer do the same


def angles_between(parts: list[Floats]) -> Floats:
    """[N, N] degrees between N rules: of the coefficients [N, P] of each connection, the largest."""
    return np.max([angle_deg(part[:, None], part[None]) for part in parts], axis=0)


def differences_between(values: Floats) -> Floats:
    """[N, N] between N rules, by quantities [N, Q] of what they do: the largest relative difference, |a - b| over the
    larger of both; 0 where they are equal, 1/2 at a factor of two, 2 for opposites."""
    a, b = values[:, None], values[None]
    largest = np.maximum(np.abs(a), np.abs(b))
    difference = np.divide(np.abs(a - b), largest, out=np.zeros(largest.shape), where=largest > 0)
    return difference.max(axis=-1, initial=0.0)


def tree(distances: Floats) -> Floats:
    """The hierarchy [N - 1, 4] of average linkage, as scipy has it, of N rules by their distances [N, N]."""
    from scipy.cluster.hierarchy import linkage
    from scipy.spatial.distance import squareform

    exact = (distances + distances.T) / 2
    np.fill_diagonal(exact, 0.0)
    return np.asarray(linkage(squareform(exact, checks=False), "average"))


def families(distances: Floats, cut: float) -> NDArray[np.int64]:
    """The family [N] of each rule, 1 being the largest: branches of the tree that join at no more than `cut`."""
    if len(distances) < 2:
        return np.ones(len(distances), dtype=np.int64)
    from scipy.cluster.hierarchy import fcluster

    found = fcluster(tree(distances), cut, "distance")
    order = sorted(set(found.tolist()), key=lambda one: (-np.sum(found == one), int(np.flatnonzero(found == one)[0])))
    return np.array([order.index(one) + 1 for one in found.tolist()])
