"""The protocols of spike timing and of rates: lag is t_post - t_pre, frequency that of the pairings.

Windows of pairs: Bi & Poo 1998, J Neurosci 18:10464 (60 pairings at 1 Hz); their dependence on frequency: Sjostrom,
Turrigiano & Nelson 2001, Neuron 32:1149 (lags of +-10 ms); triplets and quadruplets: Wang, Gerkin, Nauen & Bi 2005, Nat
Neurosci 8:187, with the conventions of Pfister & Gerstner 2006, J Neurosci 26:9673. Rate window: mean change under
independent Poisson trains, against the postsynaptic rate, as of Bienenstock, Cooper & Munro 1982, J Neurosci 2:32.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from plastica.analysis.mean_field import mean_drift
from plastica.analysis.protocols.response import Response
from plastica.analysis.protocols.synapse import Synapse, changed
from plastica.analysis.protocols.trains import Trains, poisson, repeated
from plastica.analysis.standard_error import standard_error
from plastica.inner.pair_form import pair_form, pair_thetas
from plastica.rules.base import Floats, Rule

REPEATS = 60
SLOW_HZ = 1.0  # of patterns that do not meet one another
FAR = np.r_[1.0:10.0, 10.0:30.0:2.0, 30.0:101.0:5.0]
LAGS_MS = np.r_[-FAR[::-1], FAR]
WINDOW_HZ = np.array([1.0, 10.0, 20.0, 50.0])
PAIR_LAGS_MS = np.array([-10.0, 10.0])
PAIR_HZ = np.array([1.0, 2.0, 5.0, *np.arange(10.0, 51.0, 5.0)])
INTERVALS_MS = np.array([(5.0, 5.0), (10.0, 10.0), (15.0, 5.0), (5.0, 15.0)])  # first, second of a triplet
ORDERS = ("pre-post-pre", "post-pre-post")
WITHIN_MS = 5.0  # |lag| of both pairs of a quadruplet
APART = np.r_[6.0:20.0:1.0, 20.0:101.0:5.0]
SEPARATIONS_MS = np.r_[-APART[::-1], APART]
PRE_HZ = np.array([5.0, 10.0, 20.0])
POST_HZ = np.array([0.0, 1.0, 2.0, 3.5, 5.0, 7.5, 10.0, 15.0, 20.0, 30.0, 40.0, 50.0])
TRIAL_S = 10.0
TRIALS = 40


def pairs(
    synapse: Synapse, weights: Floats, frequencies_hz: Floats, lags_ms: Floats, repeats: int = REPEATS
) -> Response:
    """Change after `repeats` pairings, of initial weights, at each frequency and lag: [weight, frequency, lag]."""
    frequency, lag = (one.ravel() for one in np.meshgrid(frequencies_hz, lags_ms, indexing="ij"))
    trains = repeated(np.zeros((lag.size, 1)), lag[:, None], frequency, repeats)
    axes = {"weight": weights, "frequency_hz": frequencies_hz, "lag_ms": lags_ms}
    return _response(synapse, trains, axes, repeats)


def triplets(synapse: Synapse, weights: Floats, intervals_ms: Floats, repeats: int = REPEATS) -> Response:
    """Change after `repeats` triplets at 1 Hz, pre-post-pre and post-pre-post, whose first two spikes are the first
    interval apart and whose last two the second: [weight, order, intervals]."""
    first, second = np.asarray(intervals_ms, dtype=float).T
    middle, outer = np.zeros((first.size, 1)), np.column_stack([-first, second])
    slow = np.full(first.size, SLOW_HZ)
    lanes = [repeated(outer, middle, slow, repeats), repeated(middle, outer, slow, repeats)]
    trains = Trains(np.vstack([one.time_ms for one in lanes]), np.vstack([one.is_post for one in lanes]))
    names = np.array([f"{a:g}, {b:g}" for a, b in zip(first, second, strict=True)])
    return _response(synapse, trains, {"weight": weights, "order": np.array(ORDERS), "intervals_ms": names}, repeats)


def quadruplets(synapse: Synapse, weights: Floats, separations_ms: Floats, repeats: int = REPEATS) -> Response:
    """Change after `repeats` quadruplets at 1 Hz, of two pairs whose middles are apart: [weight, separation].

    Positive: a post-pre pair, then a pre-post pair; negative: the other way round; lags of 5 ms within both.
    """
    separation, half = np.asarray(separations_ms, dtype=float), WITHIN_MS / 2
    middle = np.column_stack([np.zeros(separation.size), separation])  # of the post-pre and of the pre-post pair
    shift = np.array([half, -half])
    pre, post = middle + shift, middle - shift
    trains = repeated(pre, post, np.full(separation.size, SLOW_HZ), repeats)
    return _response(synapse, trains, {"weight": weights, "separation_ms": separation}, repeats)


def rates(
    rule: Rule, theta: Floats, weights: Floats, pre_hz: Floats, post_hz: Floats, seed: int, trials: int = TRIALS
) -> Response:
    """Mean change per second under independent Poisson trains, at a weight that is held: [weight, pre, post].

    Traces begin at their means. Averaged over `trials` of ten seconds, with the standard error; a rule that is Eq. (14)
    has its expectation, Eq. (15), beside it.
    """
    pre, post, _ = (one.ravel() for one in np.meshgrid(pre_hz, post_hz, np.ones(trials), indexing="ij"))
    synapse = Synapse.of(rule, theta)
    trains = poisson(pre, post, 1e3 * TRIAL_S, np.random.default_rng(seed))
    change = changed(synapse, trains, weights[:, None], synapse.stationary(pre, post), hold=True) / TRIAL_S
    each = change.reshape(len(weights), len(pre_hz), len(post_hz), trials)
    values = {"change_per_s": each.mean(axis=-1), "standard_error": standard_error(each)}
    expected = _expected(rule, theta, pre_hz, post_hz)
    if expected is not None:
        values["expected_per_s"] = np.broadcast_to(expected, each.shape[:-1])
    held = {"weight": "held at its value while changes are summed"}
    return Response({"weight": weights, "pre_hz": pre_hz, "post_hz": post_hz}, values, held)


def _expected(rule: Rule, theta: Floats, pre_hz: Floats, post_hz: Floats) -> Floats | None:
    """Eq. (15) at all rates, [pre, post]; None for a rule of another form."""
    form = pair_form(rule)
    if form is None:
        return None
    pair = pair_thetas(rule, form, np.asarray(theta, dtype=float)[None])[0]
    pre, post = np.meshgrid(pre_hz, post_hz, indexing="ij")
    return np.asarray(mean_drift(pair, pre, post))  # type: ignore[arg-type]


def _response(synapse: Synapse, trains: Trains, axes: dict[str, np.ndarray], repeats: int) -> Response:
    """What so many repeats of patterns change, reshaped to the axes, of which the first is that of weights."""
    change = changed(synapse, trains, axes["weight"][:, None], synapse.resting())
    shape = [len(axis) for axis in axes.values()]
    return Response(axes, {"change": change.reshape(shape)}, {"repeats": repeats, "bounds of the weight": "none"})


@np.errstate(all="ignore")  # a value that is not finite is a gap
def of_spikes(rule: Rule, theta: Floats, weights: Sequence[float] | ArrayLike, seed: int) -> dict[str, Response]:
    """Every protocol of a rule for spikes [P]."""
    synapse, weights = Synapse.of(rule, theta), np.asarray(weights, dtype=float)
    return {
        "window": pairs(synapse, weights, WINDOW_HZ, LAGS_MS),
        "frequency": pairs(synapse, weights, PAIR_HZ, PAIR_LAGS_MS),
        "triplets": triplets(synapse, weights, INTERVALS_MS),
        "quadruplets": quadruplets(synapse, weights, SEPARATIONS_MS),
        "rates": rates(rule, theta, weights, PRE_HZ, POST_HZ, seed),
    }
