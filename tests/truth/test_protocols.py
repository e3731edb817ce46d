"""Virtual protocols against what is known on paper: exponentials, mean drifts, the triplet model, fixed points."""

import numpy as np
import pytest
from stated import rate_rule, spike_rule

from plastica import formula
from plastica.analysis.mean_field import mean_drift
from plastica.analysis.protocols import activities, spikes
from plastica.analysis.protocols.activities import of_activities
from plastica.analysis.protocols.synapse import Synapse
from plastica.rules.expression import name, where
from plastica.rules.spike_pair import SpikePair, vogels_2011
from plastica.rules.volterra import Volterra

LAGS = np.array([-40.0, -10.0, -1.0, 1.0, 10.0, 40.0])
WEIGHTS = np.array([0.2, 0.7])
PAIR = np.array([15.0, 30.0, -1e-3, 2e-3, 5e-3, -4e-3])
# Pfister & Gerstner 2006, tables 3 and 4, all-to-all, minimal: visual cortex, hippocampal culture.
VISUAL = {"tau_pre": 16.8, "tau_post": 33.7, "tau_y": 114.0, "a2": 7.1e-3, "b2": 0.0, "b3": 6.5e-3}
HIPPOCAMPUS = {"tau_pre": 16.8, "tau_post": 33.7, "tau_y": 40.0, "a2": 3.5e-3, "b2": 5.3e-3, "b3": 8.0e-3}
TRIPLET = formula(
    on_pre="w - a2*x_post",
    on_post="w + x_pre*(b2 + b3*y_slow)",
    traces={"y_slow": {"side": "post", "tau": "tau_y"}},
)


def of_triplet(values):
    return Synapse.of(TRIPLET, np.array([values[parameter.name] for parameter in TRIPLET.parameters()]))


def test_the_window_of_pairs_is_two_exponentials():
    """One pairing: alpha + beta, with gamma exp(-lag / tau_pre) after pre and kappa exp(lag / tau_post) before it."""
    tau_pre, tau_post, alpha, beta, gamma, kappa = PAIR
    expected = alpha + beta + np.where(LAGS > 0, gamma * np.exp(-LAGS / tau_pre), kappa * np.exp(LAGS / tau_post))
    found = spikes.pairs(Synapse.of(SpikePair(), PAIR), WEIGHTS, np.array([1.0]), LAGS, repeats=1)
    np.testing.assert_allclose(found.values["change"][:, 0], [expected] * 2, rtol=1e-12, atol=1e-15)


def test_pairings_see_one_another_as_geometric_series_say():
    """At frequency f every pre sees all earlier posts, and every post all earlier pres."""
    tau_pre, tau_post, alpha, beta, gamma, kappa = PAIR
    hz, lag, n = 40.0, 10.0, 60
    earlier = np.arange(n)[:, None] - np.arange(n)  # by how many periods a pairing is behind another
    apart = 1e3 * earlier / hz
    after_pre = np.where(apart + lag > 0, np.exp(-(apart + lag) / tau_pre), 0.0).sum()
    after_post = np.where(apart - lag > 0, np.exp(-(apart - lag) / tau_post), 0.0).sum()
    found = spikes.pairs(Synapse.of(SpikePair(), PAIR), WEIGHTS, np.array([hz]), np.array([lag]), repeats=n)
    expected = n * (alpha + beta) + gamma * after_pre + kappa * after_post
    np.testing.assert_allclose(found.values["change"], expected, rtol=0, atol=1e-13)


def test_at_the_same_time_the_postsynaptic_spike_comes_first():
    """As in the networks: pre sees that post, and post does not see that pre."""
    found = spikes.pairs(Synapse.of(SpikePair(), PAIR), WEIGHTS, np.array([1.0]), np.array([0.0]), repeats=1)
    np.testing.assert_allclose(found.values["change"], PAIR[2] + PAIR[3] + PAIR[5], rtol=1e-12)


def test_a_rule_that_reads_the_weight_finds_it_as_earlier_spikes_left_it():
    """Sixty times: up by a share of what is missing at post, down by a share of the weight at pre."""
    w = name("w")
    rule = spike_rule(w - name("down") * w, w + name("up") * (1 - w), ())
    synapse = Synapse.of(rule, np.array([0.1, 0.2]))
    expected = WEIGHTS.copy()
    for _ in range(60):
        expected = 0.9 * expected
        expected = expected + 0.2 * (1 - expected)
    found = spikes.pairs(synapse, WEIGHTS, np.array([1.0]), np.array([10.0]))
    np.testing.assert_allclose(found.values["change"][:, 0, 0], expected - WEIGHTS, rtol=1e-12)


def test_triplets_and_quadruplets_are_what_their_spikes_make():
    """One of each, by hand: the pairs, and the triplet term of a post that follows a pre and another post."""
    v, synapse = HIPPOCAMPUS, of_triplet(HIPPOCAMPUS)

    def ltp(since_pre, since_post=np.inf):
        return np.exp(-since_pre / v["tau_pre"]) * (v["b2"] + v["b3"] * np.exp(-since_post / v["tau_y"]))

    def ltd(since_post):
        return -v["a2"] * np.exp(-since_post / v["tau_post"])

    found = spikes.triplets(synapse, WEIGHTS, np.array([(15.0, 5.0)]), repeats=1)
    np.testing.assert_allclose(found.at(order="pre-post-pre").ravel(), ltp(15) + ltd(5), rtol=1e-9)
    np.testing.assert_allclose(found.at(order="post-pre-post").ravel(), ltd(15) + ltp(5, 20), rtol=1e-9)
    found = spikes.quadruplets(synapse, WEIGHTS, np.array([-20.0, 20.0]), repeats=1)
    post_pre_pre_post = ltd(5) + ltd(20) + ltp(5, 25) + ltp(20, 25) - ltp(np.inf)
    np.testing.assert_allclose(found.at(separation_ms=20.0), post_pre_pre_post, rtol=1e-9)
    pre_post_post_pre = ltp(5) + ltp(20, 15) + ltd(5) + ltd(20)
    np.testing.assert_allclose(found.at(separation_ms=-20.0), pre_post_post_pre, rtol=1e-9)


def test_the_triplet_model_depends_on_frequency_as_visual_cortex_does():
    """Sjostrom 2001: at low frequencies pre-post does nothing and post-pre depresses; at 50 Hz both potentiate."""
    found = spikes.pairs(of_triplet(VISUAL), np.array([0.5]), spikes.PAIR_HZ, spikes.PAIR_LAGS_MS)
    before, after = (found.at(weight=0.5, lag_ms=lag) for lag in (-10.0, 10.0))
    hz = found.axes["frequency_hz"]
    assert abs(after[hz == 1.0]) < 1e-3 * abs(before[hz == 1.0])
    assert (before[hz <= 30] < 0).all()
    assert (before[hz >= 40] > 0).all()
    assert (np.diff(after) > 0).all()
    assert after[hz == 20.0] > 0.2


def test_the_triplet_model_tells_orders_apart_as_hippocampus_does():
    """Wang 2005: post-pre-post potentiates more than pre-post-pre, which pairs alone do not do."""
    found = spikes.triplets(of_triplet(HIPPOCAMPUS), np.array([0.5]), spikes.INTERVALS_MS)
    first = found.at(weight=0.5, intervals_ms="5, 5")
    assert first[1] > 3 * abs(first[0])
    quadruplets = spikes.quadruplets(of_triplet(HIPPOCAMPUS), np.array([0.5]), np.array([-10.0, 10.0]))
    assert quadruplets.values["change"][0, 1] > quadruplets.values["change"][0, 0] > 0


SLOW = np.array([1e4, 1e5, -1e-3, 2e-3, 5e-3, -4e-3])  # traces longer than a trial


@pytest.mark.parametrize("theta", [PAIR, vogels_2011(), SLOW])
def test_the_rate_window_of_a_pair_rule_is_its_expectation(theta):
    """Eq. (15): within its standard errors of Poisson trains, and the expectation beside it."""
    found = spikes.rates(SpikePair(), theta, WEIGHTS, spikes.PRE_HZ, spikes.POST_HZ, seed=3)
    expected = [[mean_drift(theta, pre, post) for post in spikes.POST_HZ] for pre in spikes.PRE_HZ]
    np.testing.assert_allclose(found.values["expected_per_s"], [expected] * 2, rtol=1e-9, atol=1e-15)
    error = found.values["standard_error"][0]
    off = (found.values["change_per_s"][0] - expected) / np.where(error > 0, error, 1.0)
    assert np.abs(off).max() < 4.5
    assert 0.6 < off[error > 0].std() < 1.5
    np.testing.assert_allclose(found.values["change_per_s"][0], found.values["change_per_s"][1], rtol=1e-6, atol=1e-12)


def test_a_rule_of_another_form_has_no_expectation():
    theta = np.array([VISUAL[parameter.name] for parameter in TRIPLET.parameters()])
    found = spikes.rates(TRIPLET, theta, WEIGHTS, np.array([10.0]), np.array([5.0, 50.0]), seed=1)
    assert "expected_per_s" not in found.values
    low, high = found.at("change_per_s", weight=0.2, pre_hz=10.0)
    assert low < 0 < high  # the threshold of Bienenstock, Cooper and Munro


def test_the_rate_window_is_of_the_weight_that_is_named():
    """Held while changes are summed: a rule that halves the weight at each spike does so from the same weight."""
    w = name("w")
    rule = spike_rule(0.5 * w, w, ())
    found = spikes.rates(rule, np.empty(0), WEIGHTS, np.array([10.0]), np.array([0.0]), seed=1, trials=400)
    mean, error = (found.values[value][:, 0, 0] for value in ("change_per_s", "standard_error"))
    assert (np.abs(mean + 0.5 * WEIGHTS * 10.0) < 4 * error).all()


def fixed(rule, theta, activation="linear"):
    found = of_activities(rule, np.asarray(theta, dtype=float), activation)["fixed-points"]
    return dict(zip(found.axes["w"].tolist(), found.values["stable"].tolist(), strict=True))


def test_the_fixed_points_of_ojas_rule_are_at_length_one():
    found = of_activities(Volterra(), Volterra().known("oja"), "linear")
    assert fixed(Volterra(), Volterra().known("oja")) == {-1.0: True, 0.0: False, 1.0: True}
    w = found["mean"].axes["w"]
    np.testing.assert_allclose(found["mean"].values["mean_change"], w - w**3, atol=1e-12)
    np.testing.assert_allclose(found["fixed-points"].values["slope"], [-2, 1, -2], atol=1e-3)


def test_other_fixed_points_are_where_moments_say():
    """Hyvarinen and Oja: 1.8 w = 3 w**3. The delta rule: the teacher's weight. A threshold: where the mean is zero."""
    rule = Volterra(order=3)
    root = np.sqrt(0.6)
    found = fixed(rule, rule.known("hyvarinen_oja"))
    np.testing.assert_allclose(list(found), [-root, 0, root], atol=1e-9)
    assert list(found.values()) == [True, False, True]
    delta = Volterra(order=1, variables=("x", "e", "y", "w"))
    assert fixed(delta, delta.known("delta")) == {1.0: True}
    x, y, w = map(name, "xyw")
    (point,) = fixed(rate_rule(where(x > 0, 1 - 2 * w, 0)), [])  # its mean is (1 - 2 w) / 2
    assert point == pytest.approx(0.5, abs=1e-9)
    assert fixed(rate_rule(y * y - 1), []) == {-1.0: True, 1.0: False}
    assert fixed(rate_rule(1 - y * y), []) == {-1.0: False, 1.0: True}
    assert fixed(rate_rule(w * w + 1), []) == {}
    assert fixed(rate_rule(w * 0), []) == {}


def test_the_neuron_answers_as_the_network_does():
    """<tanh(w x)**2> is below w**2: the same decay has its fixed point elsewhere."""
    y, w = name("y"), name("w")
    rule = rate_rule(w * (0.5 - y * y))
    linear, bent = fixed(rule, []), fixed(rule, [], "tanh")
    assert max(linear) == pytest.approx(np.sqrt(0.5), abs=1e-9)
    assert max(bent) > max(linear) + 0.1


def test_the_change_is_the_formula_at_each_point():
    """Oja's, at all weights and activities; against an error, with all else held and said."""
    found = of_activities(Volterra(), Volterra().known("oja"), "linear")["change"]
    w, x, y = np.meshgrid(*found.axes.values(), indexing="ij")
    np.testing.assert_allclose(found.values["change"], x * y - y**2 * w, atol=1e-12)
    against = of_activities(formula(change="x*e + y - w"), np.empty(0), "linear")["against-e"]
    assert against.held == {"y": 1.0, "w": activities.MIDDLE}
    x, e = np.meshgrid(*against.axes.values(), indexing="ij")
    np.testing.assert_allclose(against.values["change"], x * e + 1 - activities.MIDDLE, atol=1e-12)
