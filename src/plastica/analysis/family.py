"""A family of rules: how different its members are, how much of another family it covers, and where Eq. (17) has it."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from plastica.analysis import mean_field
from plastica.rules.base import Floats, Space

APART_DEG = 30.0  # directions that are nearer than this are one
MANY = 2000  # rules of which all pairs are compared
HEBBIAN = np.array([0, 0, 0, 0, 1, 1])  # the coefficients of pairs of spikes in theta of `SpikePair`


def directions(thetas: Floats, space: Space) -> Floats:
    """Coefficients [N, linear parameters] of rules, in units of their scales, as vectors of length one."""
    coefficients = space.encode(thetas)[:, space.linear]
    length = np.linalg.norm(coefficients, axis=1, keepdims=True)
    return np.divide(coefficients, length, out=np.zeros_like(coefficients), where=length > 0)


def angles(some: Floats, others: Floats) -> Floats:
    """Between directions [N, P] and [M, P], in degrees, [N, M]."""
    return np.degrees(np.arccos(np.clip(some @ others.T, -1.0, 1.0)))


def most_different(vectors: Floats, apart_deg: float = APART_DEG) -> NDArray[np.int64]:
    """Directions, of [N, P], of which each is at least so far from all before it: the first, then always the farthest.

    There is none left that is so far from all of them.
    """
    chosen = [0]
    nearest = angles(vectors, vectors[:1])[:, 0]
    nearest[0] = 0.0  # also of a rule without a direction, which is at right angles to itself
    while nearest.max() >= apart_deg:
        chosen.append(int(np.argmax(nearest)))
        nearest = np.minimum(nearest, angles(vectors, vectors[chosen[-1:]])[:, 0])
        nearest[chosen[-1]] = 0.0
    return np.array(chosen)


def spread(thetas: Floats, space: Space) -> dict[str, Any]:
    """How different rules [N, P] are, as plain data: directions that are `APART_DEG` apart, counted from the first
    rule, with the rules that stand for them, and the angles between any two rules (of `MANY`, where there are more)."""
    vectors = directions(thetas, space)
    chosen = most_different(vectors)
    some = vectors[:: -(-len(vectors) // MANY)]
    between = angles(some, some)[np.triu_indices(len(some), 1)]
    median, largest = (np.median(between), np.max(between)) if between.size else (0.0, 0.0)
    return {
        "rules": len(thetas),
        "directions": len(chosen),
        "apart_deg": APART_DEG,
        "most_different": chosen.tolist(),
        "angle_deg": {"median": float(median), "largest": float(largest)},
    }


def biased_rate(thetas: Floats, pre_hz: float, excess: float) -> Floats:
    """Eq. (17) where pairs of spikes are 1 + `excess` times as frequent as independent ones; NaN without a rate."""
    return mean_field.predicted_rate(thetas * (1 + excess * HEBBIAN), pre_hz)


def fitted_excess(thetas: Floats, pre_hz: float, rate_hz: Floats) -> float:
    """The excess of pairs at which the drift of rules [N, 6] vanishes at their measured rates [N], by least squares.

    Each drift is measured against that which independent spikes of its own Hebbian terms make.
    """
    hebbian = mean_field.hebbian_area(thetas) * pre_hz * rate_hz
    drift = mean_field.mean_drift(thetas, pre_hz, rate_hz)
    size = np.abs(thetas[:, 2]) * pre_hz  # all terms of a rule in steady state balance this one
    return float(-(drift * hebbian / size**2).sum() / ((hebbian / size) ** 2).sum())


def distance(points: Floats, others: Floats) -> Floats:
    """Of each point [N, P] to the nearest of others [M, P], [N]."""
    from scipy.spatial import KDTree

    return np.asarray(KDTree(others).query(points)[0])
