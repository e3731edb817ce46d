"""Which known rules a found one resembles: angles by hand, the ranking, and what the nearest are worth."""

from contextlib import contextmanager
from dataclasses import replace

import numpy as np
import pytest
from direct import Direct
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from scipy.optimize import nnls
from small import small

from plastica.analysis import identify as identification
from plastica.analysis import resemblance as resemblances
from plastica.analysis.compare_rules import angle_deg, angles_to_targets
from plastica.analysis.held_out import HeldOut
from plastica.analysis.identify import TIE_DEG, beyond_reach, compared, identify, nearest
from plastica.analysis.resemblance import Found, nearest_factors, resemblance
from plastica.config import load
from plastica.rules.catalogue import CATALOGUE
from plastica.rules.formula import formula, formula_of
from plastica.rules.perceptron import Perceptron
from plastica.rules.spike_pair import SpikePair
from plastica.rules.volterra import Volterra

OJA = load("oja", small("oja")).composed
PAIR = load("principal-components", small("principal-components")).composed
BALANCE = load("inhibitory-balance", small("inhibitory-balance")).composed
RATE = [one.name for one in identification.within_reach(OJA, "feedforward")]
SPIKE = [one.name for one in identification.within_reach(BALANCE, "inhibitory")]


def angles(rule, theta, name):
    found = resemblance(Found(rule, np.asarray(theta, float)), CATALOGUE[name])
    return found.angle_deg, found.angle_free_deg


def volterra(**terms):
    rule = Volterra(order=3, terms=tuple(term[1:] for term in terms))
    values = {f"A{term[1:]}": value for term, value in terms.items()}
    return rule, np.array([values[p.name] for p in rule.parameters()])


@pytest.mark.parametrize(
    ("found", "name", "published", "free"),
    [
        ({"A110": 2, "A021": -2}, "oja", 0, 0),
        ({"A110": 1, "A021": -3}, "oja", np.degrees(np.arccos(4 / np.sqrt(20))), 0),
        ({"A110": 1, "A021": 1}, "oja", 90, 45),  # the second factor is zero: no term changes its sign
        ({"A110": -1, "A021": 1}, "oja", 180, 135),  # every factor leads away: the nearer edge counts
        ({"A110": 1, "A021": -1, "A000": np.sqrt(2)}, "oja", 45, 45),
        ({"A110": 1}, "anti_hebb", 180, 180),
        ({"A110": 1}, "hebb", 0, 0),
        ({"A110": 1, "A001": -1}, "hebb", 45, 45),
        ({"A120": 1, "A110": -0.5}, "bcm_fixed_threshold", np.degrees(np.arccos(1.5 / np.sqrt(2.5))), 0),
        ({"A110": 1}, "covariance", np.degrees(np.arccos(1 / 1.04)), np.degrees(np.arccos(1 / 1.04))),
    ],
    ids=str,
)
def test_angles_between_polynomials_are_those_of_their_coefficients(found, name, published, free):
    """As published, and with the best factors that are not negative."""
    assert angles(*volterra(**found), name) == (pytest.approx(published, abs=1e-5), pytest.approx(free, abs=1e-5))


def test_the_angle_as_published_is_that_of_the_summary(generator):
    """Of the task's target, for any rule."""
    theta = OJA.space.draw(generator, 1)[0]
    row = next(row for row in compared(OJA, theta)["feedforward"] if row["rule"] == "oja")
    assert row["angle_deg"] == pytest.approx(float(angles_to_targets(OJA, theta)["feedforward"]), abs=1e-9)
    assert row["space"] == "coefficients"


@given(hnp.arrays(float, (8, 3), elements=st.floats(-1, 1)), hnp.arrays(float, 8, elements=st.floats(-1, 1)))
def test_factors_are_those_of_non_negative_least_squares(columns, found):
    """The nearest point of the cone is the same; where columns depend on each other, factors may differ."""
    factors = nearest_factors(found, columns)
    assert (factors >= 0).all()
    _, residual = nnls(columns, found)
    assert np.linalg.norm(columns @ factors - found) == pytest.approx(residual, abs=1e-5)


def test_scale_is_no_difference_and_sign_is():
    """Ten times the rule learns ten times as fast; its reverse does the opposite."""
    rule, theta = volterra(A110=1, A021=-0.5, A000=0.1)
    assert angles(rule, theta, "oja") == pytest.approx(angles(rule, 10 * theta, "oja"))
    assert angles(rule, -theta, "hebb")[1] == pytest.approx(180 - angles(rule, theta, "hebb")[1])


def test_other_rules_of_rates_are_compared_by_what_they_do():
    """The cosine of changes over the samples, of one that is no polynomial; and a polynomial written as a formula is
    one."""
    rule = formula(change="a*x*tanh(y)")
    found = resemblance(Found(rule, np.ones(1)), CATALOGUE["hebb"])
    x, y = (np.random.default_rng([0, *word.encode()]).standard_normal(2000) for word in "xy")
    assert found.space == "changes"
    assert found.angle_deg == pytest.approx(float(angle_deg(x * np.tanh(y), x * y)))
    assert found.factors["a"] == pytest.approx((x * np.tanh(y)) @ (x * y) / ((x * y) @ (x * y)))
    written = formula(change="p*(x - q*y*w)*y")
    assert angles(written, [2.0, 1.0], "oja")[0] == pytest.approx(0, abs=1e-5)
    assert resemblance(Found(written, np.array([2.0, 1.0])), CATALOGUE["oja"]).space == "coefficients"


def test_a_perceptron_is_compared_too():
    """Near zero its units are lines: one that adds x and y is nearest to no product of them."""
    rule = Perceptron(hidden=(2,))
    theta = dict.fromkeys([p.name for p in rule.parameters()], 0.0) | {"a1_x": 1e-3, "out_1": 1.0}
    assert angles(rule, list(theta.values()), "presynaptic_gating")[0] > 90
    rows = compared(replace(OJA, rules={"feedforward": rule}), np.array(list(theta.values())))["feedforward"]
    assert {row["space"] for row in rows} == {"changes"}


def test_values_that_are_not_finite_are_left_out():
    """A logarithm of what is negative, at half of the samples."""
    assert angles(formula(change="a*exp(log(x))*y"), [1.0], "hebb")[1] == pytest.approx(0, abs=1e-4)
    assert angles(formula(change="a*log(-x**2)"), [1.0], "hebb") == (90.0, 90.0)


# Spikes.


def test_traces_and_changes_at_spikes_are_those_of_a_simulation():
    """Spike by spike: a trace grows by one after it was read, and decays with its time constant."""
    trains = resemblances._trains()
    name, theta = "triplet_minimal", {"d2": 2.0, "a3": 3.0, "tau_pre": 10.0, "tau_post": 30.0, "tau_y": 80.0}
    rule = formula_of(CATALOGUE[name])
    found = Found(rule, np.array([theta[p.name] for p in rule.parameters()])).at_spikes
    x_pre = x_post = y_slow = 0.0
    for k, (gap, is_pre, _) in enumerate(zip(trains.gaps, trains.is_pre, trains.weights, strict=True)):
        x_pre, x_post, y_slow = (x * np.exp(-gap / tau) for x, tau in ((x_pre, 10.0), (x_post, 30.0), (y_slow, 80.0)))
        assert found[k] == pytest.approx(-2 * x_post if is_pre else 3 * x_pre * y_slow, rel=1e-9, abs=1e-12)
        x_pre, x_post, y_slow = x_pre + is_pre, x_post + (not is_pre), y_slow + (not is_pre)


def test_the_trains_are_as_documented():
    """Two of 10 Hz for 100 s, spikes of either side in order, weights between zero and one: the same for ever."""
    trains = resemblances._trains()
    assert trains.gaps.sum() == pytest.approx(1e5, rel=0.01)
    assert abs(trains.is_pre.sum() - 1000) < 100
    assert abs((~trains.is_pre).sum() - 1000) < 100
    assert 0 <= trains.weights.min() < trains.weights.max() <= 1
    np.testing.assert_allclose(trains.gaps[:3], [19.00016073, 3.16981030, 7.89903966], rtol=1e-6)


def test_angles_between_spike_rules_by_hand():
    """Constants at spikes of either side are at right angles; one side's share is the root of its number of spikes."""
    pre = resemblances._trains().is_pre
    theta = [20, 20, 0, 1.0, 0, 0]  # up at postsynaptic spikes alone
    share = (~pre).sum() / np.hypot(*np.sqrt([pre.sum() * (5 / 21) ** 2, (~pre).sum()])) / np.sqrt((~pre).sum())
    assert angles(SpikePair(), theta, "postsynaptic") == (
        pytest.approx(np.degrees(np.arccos(share)), abs=1e-5),
        pytest.approx(0, abs=1e-5),
    )
    assert angles(SpikePair(), [20, 20, 0, -1.0, 0, 0], "postsynaptic")[1] == pytest.approx(90)
    assert angles(SpikePair(), SpikePair().known("vogels_2011"), "vogels_2011") == pytest.approx((0, 0), abs=1e-4)
    longer = SpikePair().known("vogels_2011") * [10, 10, 1, 1, 1, 1]
    assert angles(SpikePair(), longer, "vogels_2011")[1] > 10  # time constants are the published ones


# Ranking.


@given(st.sampled_from(RATE + SPIKE), st.lists(st.floats(0.2, 5), min_size=4, max_size=4))
def test_a_rule_made_from_an_entry_is_identified(name, scales):
    """With any positive factors: at no angle to it, and nothing is ranked before it but what is as near, with no more
    factors."""
    entry = CATALOGUE[name]
    rule = formula_of(entry)
    task, connection = (OJA, "feedforward") if entry.change else (BALANCE, "inhibitory")
    values = entry.parameters | {n: entry.factors[n] * k for n, k in zip(entry.factors, scales, strict=False)}
    theta = np.array([values[p.name] for p in rule.parameters()])
    rows = compared(replace(task, rules={connection: rule}), theta)[connection]
    place = next(k for k, row in enumerate(rows) if row["rule"] == name)
    assert rows[place]["angle_free_deg"] < 1e-3
    for before in rows[:place]:
        assert before["angle_free_deg"] <= TIE_DEG
        assert len(before["factors"]) <= len(entry.factors)


@pytest.mark.parametrize("name", sorted({*RATE} - {"foldiak"}))
def test_as_published_it_is_the_nearest_to_itself(name):
    """But for anti-Hebb with a small constant, which is nearer to plain anti-Hebb than the tie."""
    rule = formula_of(CATALOGUE[name])
    rows = nearest(replace(OJA, rules={"feedforward": rule}), rule.known(name))
    assert rows["feedforward"]["rule"] == name


def test_ties_go_to_the_rule_with_fewer_factors():
    """Within half a degree; beyond, the angle decides."""

    def row(rule, angle, factors):
        return {"rule": rule, "angle_free_deg": angle, "factors": dict.fromkeys("abcd"[:factors], 1.0)}

    rows = [row("three", 1.0, 3), row("one", 1.4, 1), row("two", 1.45, 2), row("far", 1.6, 1)]
    ranked = [one["rule"] for one in identification._ranked(rows)]
    assert ranked == ["one", "two", "three", "far"]


def test_each_searched_connection_has_its_own_and_a_fixed_one_none():
    known = PAIR.known_thetas(PAIR.targets)
    found = nearest(PAIR, np.concatenate([known["feedforward"], known["lateral"]]))
    assert {connection: row["rule"] for connection, row in found.items()} == PAIR.targets
    held = load("principal-components", small("principal-components") | {"rules.lateral.fixed": "anti_hebb"}).composed
    assert set(nearest(held, known["feedforward"])) == {"feedforward"}


def test_without_a_rule_there_is_nothing_to_compare():
    """All zero, as before the first generation, or not finite."""
    assert compared(OJA, np.zeros(27)) == {}
    assert compared(OJA, np.full(27, np.nan)) == {}


def test_what_the_network_does_not_offer_is_told_and_left_out():
    lacking = beyond_reach(OJA, "feedforward")
    assert lacking["delta"] == ["e"]
    assert lacking["sejnowski_covariance"] == ["x_mean", "y_mean"]
    assert set(lacking) & set(RATE) == set()
    assert "song_2000" not in lacking
    assert beyond_reach(BALANCE, "inhibitory") == {}
    assert "delta" in [one.name for one in identification.within_reach(load("delta-rule").composed, "feedforward")]


def test_a_network_that_states_nothing_offers_what_the_rule_reads():
    class Silent:
        connections = ("feedforward",)

    task = replace(OJA, network=Silent(), rules={"feedforward": Volterra(variables=("x", "y"))})
    names = [one.name for one in identification.within_reach(task, "feedforward")]
    assert "hebb" in names
    assert "oja" not in names


# Behaviour.

SECTION = HeldOut(count=5, random_rules=1, selection=4)


@pytest.fixture
def engines(monkeypatch):
    """Engines that note what they evaluate; few generations of calibration."""
    monkeypatch.setattr(identification, "GENERATIONS", 2)
    monkeypatch.setattr(identification, "NEAREST", 2)
    started = []

    @contextmanager
    def start(task):
        started.append(Direct(task))
        yield started[-1]

    return started, start


def test_the_nearest_are_tried_in_the_task(engines):
    """Losses are those of the parameters that are told, on held-out datasets, paired with the found rule; factors are
    chosen on others."""
    started, start = engines
    theta = 0.1 * OJA.space.draw(np.random.default_rng(1), 1)[0] + OJA.rules["feedforward"].known("hebb")
    found = identify(OJA, theta, 1, SECTION, start)["feedforward"]
    assert [("behaviour" in row) for row in found] == [True, True] + [False] * (len(found) - 2)
    keys = OJA.keys(1, "held-out", 5)
    learned = OJA.evaluate(theta[None], keys).loss[0]
    for row, engine in zip(found, started[1:], strict=False):
        told, rule = row["behaviour"], engine.task.rules["feedforward"]
        own = engine.task.evaluate(np.array([[told["parameters"][p.name] for p in rule.parameters()]]), keys).loss[0]
        assert told["loss"] == pytest.approx(own.mean())
        assert told["standard_error"] == pytest.approx(own.std(ddof=1) / np.sqrt(5))
        assert told["difference"]["mean"] == pytest.approx((learned - own).mean())
        assert told["difference"]["standard_error"] == pytest.approx((learned - own).std(ddof=1) / np.sqrt(5))
        assert sum(told["outcomes"].values()) == 5
        *choice, last = engine.seen
        assert {seen for _, seen in choice} == {tuple(OJA.keys(1, "selection", 4))}
        assert last == (1, tuple(keys))


def test_the_choice_is_no_worse_than_the_nearest_rule_and_the_published_one(engines):
    """On the datasets that it was made on."""
    started, start = engines
    theta = 0.3 * OJA.known_theta(OJA.targets)
    row = identify(OJA, theta, 1, SECTION, start)["feedforward"][0]
    assert row["rule"] == "oja"
    task = started[1].task
    chosen = [row["behaviour"]["parameters"][name] for name in ("a", "b")]
    losses = task.evaluate(np.array([chosen, [1, 1], [0.3, 0.3]]), task.keys(1, "selection", 4)).loss.mean(axis=1)
    assert losses[0] <= losses[1:].min()


def test_other_connections_keep_what_was_found(engines, monkeypatch):
    """One of two is replaced; the other's part of theta stands beside it, untouched by the choice of factors."""
    monkeypatch.setattr(identification, "NEAREST", 1)
    known = PAIR.known_thetas(PAIR.targets)
    theta = np.concatenate([0.5 * known["feedforward"], 0.7 * known["lateral"]])
    asked = []

    class Noting(Direct):
        def evaluate(self, thetas, keys):
            asked.append((self.task, thetas))
            return super().evaluate(thetas, keys)

    @contextmanager
    def noting(task):
        yield Noting(task)

    found = identify(PAIR, theta, 1, SECTION, noting)
    assert [rows[0]["rule"] for rows in found.values()] == ["oja", "anti_hebb"]
    for task, thetas in asked[1:]:
        held = [c for c in task.network.connections if task.rules[c] == PAIR.rules[c]]
        assert len(held) == 1
        np.testing.assert_array_equal(
            task.split(thetas)[held[0]], np.tile(PAIR.split(theta)[held[0]], (len(thetas), 1))
        )
