"""Mean-field theory of the spike-pair rule (section 3.3): what rate a rule should hold, and whether it is stable.

theta = (tau_pre, tau_post, alpha, beta, gamma, kappa) as in `SpikePair`, time constants in ms; arrays [..., 6] give
arrays [...]. Rates are in Hz. The theory takes pre- and postsynaptic spikes as independent; where inputs are
correlated and drive the neuron, they coincide more often, and the measured rate lies below the prediction.
"""

import numpy as np

from plastica.rules.base import Floats


def hebbian_area(theta: Floats) -> Floats:
    """gamma tau_pre + kappa tau_post in s: the weight change per pair of spikes, summed over all time differences."""
    theta = np.asarray(theta, dtype=float)
    return 1e-3 * (theta[..., 4] * theta[..., 0] + theta[..., 5] * theta[..., 1])


def mean_drift(theta: Floats, pre_hz: float, post_hz: float | Floats) -> Floats:
    """Mean change of a weight per second at given rates."""
    theta = np.asarray(theta, dtype=float)
    alpha, beta = theta[..., 2], theta[..., 3]
    return alpha * pre_hz + beta * post_hz + hebbian_area(theta) * pre_hz * post_hz  # Eq. (15)


def restoring_slope(theta: Floats, pre_hz: float) -> Floats:
    """d(drift) / d(post_hz): positive if more postsynaptic spikes mean more inhibition; the denominator of Eq. (17)."""
    return np.asarray(theta, dtype=float)[..., 3] + hebbian_area(theta) * pre_hz


def predicted_rate(theta: Floats, pre_hz: float) -> Floats:
    """The postsynaptic rate at which the weights stop drifting; NaN for a rule without such a (positive) rate."""
    slope = restoring_slope(theta, pre_hz)
    with np.errstate(divide="ignore", invalid="ignore"):
        rate = -np.asarray(theta, dtype=float)[..., 2] * pre_hz / slope  # Eq. (17)
    return np.where(np.isfinite(rate) & (rate > 0), rate, np.nan)


def is_stable(theta: Floats, pre_hz: float) -> np.ndarray:
    """Whether the steady state exists and attracts: alpha < 0, so that a silent neuron loses inhibition, and a
    positive restoring slope. Where beta dominates the slope, this is the paper's alpha < 0 < beta."""
    return (np.asarray(theta, dtype=float)[..., 2] < 0) & (restoring_slope(theta, pre_hz) > 0)


def signs_as_in_paper(theta: Floats) -> np.ndarray:
    """alpha < 0 < beta: what the paper demands of a rule whose postsynaptic term dominates."""
    theta = np.asarray(theta, dtype=float)
    return (theta[..., 2] < 0) & (theta[..., 3] > 0)


def postsynaptic_beta(alpha: Floats, pre_hz: float, target_hz: float) -> Floats:
    """The beta that holds the target without Hebbian terms: the dashed line of Fig. 3D."""
    return -np.asarray(alpha, dtype=float) * pre_hz / target_hz  # Eq. (18)


def distance_from_manifold(theta: Floats, pre_hz: float, target_hz: float) -> Floats:
    """How far a rule is from holding the target, in log rate: |ln(predicted rate / target)|; inf without a rate."""
    rate = predicted_rate(theta, pre_hz)
    return np.where(np.isnan(rate), np.inf, np.abs(np.log(np.where(np.isnan(rate), 1.0, rate) / target_hz)))
