"""What a user of the spiking neuron relies on: independent candidates, named outcomes, finite numbers, sentences."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import fields

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError
from stated import PAIR, Stated, spike_rule

from plastica.inner.keys import Key
from plastica.inner.neuron import chosen_kernel
from plastica.inner.neuron.network import SpikingNeuron
from plastica.inner.neuron.recording import record
from plastica.inner.neuron.vogels_input import VogelsInput
from plastica.inner.outcome import Outcome
from plastica.rules.base import Space
from plastica.rules.expression import name, where
from plastica.rules.spike_pair import SpikePair, postsynaptic, vogels_2011
from plastica.rules.volterra import Volterra

RULES = {"inhibitory": SpikePair()}
DATA = VogelsInput()
SHORT = SpikingNeuron(training_s=4.0, scoring_s=2.0, window_s=1.0)
KEY = Key(7, "search")


@pytest.fixture(scope="module")
def dataset():
    return SHORT.dataset(DATA, RULES, KEY)


def rules(count, seed=0, scale=1.0):
    thetas = Space(RULES["inhibitory"].parameters()).draw(np.random.default_rng(seed), count)
    thetas[:, 2:] *= scale
    return thetas


def simulate(thetas, dataset, neuron=SHORT, double=False):
    return neuron.simulate_dataset(RULES, {"inhibitory": np.atleast_2d(thetas)}, dataset, double)


def assert_same(trials, others, index=slice(None)):
    for field in fields(trials):
        np.testing.assert_array_equal(getattr(trials, field.name)[index], getattr(others, field.name), field.name)


@pytest.mark.parametrize("double", [False, True])
def test_a_candidate_is_the_same_alone_and_in_any_company(dataset, double):
    thetas = rules(37, scale=10)
    thetas[5, 4] = np.nan
    together = simulate(thetas, dataset, double=double)
    order = np.random.default_rng(1).permutation(37)
    assert_same(together, simulate(thetas[order], dataset, double=double), order)
    for r in (0, 5, 36):
        assert_same(together, simulate(thetas[r], dataset, double=double), slice(r, r + 1))
    crowded = np.concatenate([thetas[:1], rules(15, seed=9, scale=1e3)])
    assert_same(simulate(crowded, dataset, double=double), simulate(thetas[0], dataset, double=double), slice(0, 1))


def test_threads_change_nothing(dataset):
    thetas = rules(48, scale=10)
    with ThreadPoolExecutor(3) as threads:
        parts = list(threads.map(lambda part: simulate(part, dataset), np.split(thetas, 3)))
    np.testing.assert_array_equal(np.concatenate([p.weights for p in parts]), simulate(thetas, dataset).weights)


def test_datasets_follow_from_their_key(dataset):
    again, other = SHORT.dataset(DATA, RULES, KEY), SHORT.dataset(DATA, RULES, Key(7, "search", 0, 1))
    np.testing.assert_array_equal(again.drive.conductance, dataset.drive.conductance)
    np.testing.assert_array_equal(again.drive.event_synapse, dataset.drive.event_synapse)
    assert not np.array_equal(other.drive.conductance, dataset.drive.conductance)
    assert dataset.initial_weights.max() <= 0.1
    assert 40000 <= dataset.window_start <= 50000
    assert dataset.nbytes < 1e6


def test_excitatory_weights_follow_eq_13():
    weights = SHORT.excitatory_weights(DATA, np.random.default_rng(0)).reshape(8, 100)
    expected = [0.3 + 1.1 / (1 + (group - 5) ** 4) + 0.05 for group in range(1, 9)]
    np.testing.assert_allclose(weights.mean(axis=1), expected, atol=0.01)
    assert np.ptp(weights[4]) < 0.1


@pytest.mark.parametrize("weight_max", [0.0, 0.5])
def test_lazy_weights_equal_those_updated_in_every_window(dataset, monkeypatch, weight_max):
    neuron = SHORT.model_copy(update={"weight_max": weight_max})
    thetas = rules(32, scale=20)
    lazy = simulate(thetas, dataset, neuron, double=True)
    monkeypatch.setattr(chosen_kernel, "sweep_periods", lambda theta, *_: np.zeros((2, len(theta)), np.int64))
    eager = simulate(thetas, dataset, neuron, double=True)
    np.testing.assert_array_equal(lazy.spikes, eager.spikes)
    np.testing.assert_allclose(lazy.weights, eager.weights, rtol=1e-7, atol=1e-9)
    assert np.ptp(lazy.spikes) > 100


def test_outcomes_and_their_numbers(dataset):
    thetas = np.array(
        [
            vogels_2011(),
            vogels_2011() * [1, 1, -500, 0, 0, 0],  # potentiation at each presynaptic spike
            [20, 20, 1e4, 0, 0, 0],
            [20, np.inf, 0, 0, 0, 0],
            vogels_2011() * [1, 1, 50, 0, 0, 0],  # depression: all weights end at zero
        ]
    )
    trials = simulate(thetas, dataset)
    assert trials.outcome.tolist() == [Outcome.OK, Outcome.SILENT, Outcome.EXPLODED, Outcome.NONFINITE, Outcome.OK]
    assert trials.rate_hz[[1, 2, 3]].tolist() == [0, 0, 0]
    assert trials.share_at_bound[4] == 1
    assert trials.scoring_rate_hz[4] > 40
    assert trials.spikes[3] == 0


def test_statistics_are_those_of_the_spike_trains(dataset):
    thetas = np.array([vogels_2011(), postsynaptic()])
    trials = simulate(thetas, dataset)
    for r, train in enumerate(SHORT.spike_trains(RULES, {"inhibitory": thetas}, dataset)):
        scored = train[train >= 40000]
        inside = (train >= dataset.window_start) & (train < dataset.window_start + 10000)
        assert trials.spikes[r] == train.size
        assert trials.rate_hz[r] == inside.sum() / 1.0
        assert trials.scoring_rate_hz[r] == scored.size / 2.0
        assert trials.cv[r] == pytest.approx(np.std(np.diff(scored)) / np.mean(np.diff(scored)))
        groups = trials.weights[r].reshape(8, 25).mean(axis=1)
        np.testing.assert_allclose(trials.group_weights[r], groups, rtol=1e-5)
        assert trials.tuning_correlation[r] == pytest.approx(np.corrcoef(groups, dataset.tuning)[0, 1], abs=1e-5)


extreme = st.one_of(st.floats(), st.floats(-0.1, 0.1), st.sampled_from([0.0, 1e-300, -1e308, np.inf, np.nan, 1e38]))
tiny = SpikingNeuron(training_s=0.2, scoring_s=0.1, window_s=0.1)
tiny_dataset = tiny.dataset(VogelsInput(excitatory_per_group=50, inhibitory_per_group=2), RULES, KEY)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.lists(extreme, min_size=6, max_size=6), min_size=1, max_size=4), st.booleans())
def test_any_theta_gives_finite_numbers_and_a_named_outcome(thetas, double):
    theta = np.array(thetas)
    trials = simulate(theta, tiny_dataset, tiny, double)
    for field in fields(trials):
        assert np.isfinite(getattr(trials, field.name)).all(), field.name
    assert set(trials.outcome.tolist()) <= {outcome.value for outcome in Outcome}
    np.testing.assert_array_equal(trials.outcome == Outcome.NONFINITE, ~np.isfinite(theta).all(axis=1))


def test_recording_shows_the_trial(dataset):
    theta = vogels_2011(eta=1e-2)
    recording = record(SHORT, RULES, theta, dataset, 100.0, 600.0, 50.0)
    (train,) = SHORT.spike_trains(RULES, {"inhibitory": theta[None]}, dataset, double=True)
    np.testing.assert_allclose(recording.spike_ms, train * 0.1)
    assert recording.time_ms.size == recording.net_pa.size == 5000
    assert recording.potential_mv.max() < -50
    assert recording.excitatory_pa.min() > 0 > recording.inhibitory_pa.max()
    np.testing.assert_allclose(recording.group_weights[0], dataset.initial_weights.reshape(8, -1).mean(axis=1))
    step = np.diff(recording.potential_mv)[(recording.potential_mv[:-1] != -60) & (recording.potential_mv[1:] != -60)]
    leak = -10.0 * (recording.potential_mv + 60)
    slope = ((leak + recording.net_pa) / 10.0 * 0.1 / 20)[:-1]  # Eq. (10): dV = dt / tau_m (I / g_leak)
    usable = (recording.potential_mv[:-1] != -60) & (recording.potential_mv[1:] != -60)
    np.testing.assert_allclose(step, slope[usable], atol=1e-9)


W, X_POST, RATE = name("w"), name("x_post"), name("rate")
GROWING = W * (1.0 + RATE * RATE)  # without end
WILD = {
    "division by zero": spike_rule(W + RATE * (X_POST - X_POST) / (X_POST - X_POST), GROWING),
    "in a branch": spike_rule(where(X_POST > 1, W + RATE / (X_POST - X_POST), W / (RATE * 0.0)), GROWING),
    "in a coefficient": spike_rule(W + RATE / (RATE - RATE), W + RATE),
}


@pytest.mark.parametrize("kind", WILD)
def test_a_users_rule_that_blows_up_has_a_named_outcome(kind):
    thetas = {"inhibitory": np.array([[20.0, 20.0, 0.0], [20.0, 20.0, 1e20], [20.0, 20.0, np.inf]])}
    trials = tiny.simulate_dataset({"inhibitory": WILD[kind]}, thetas, tiny_dataset)
    assert trials.outcome.tolist() == [Outcome.EXPLODED, Outcome.EXPLODED, Outcome.NONFINITE]
    for field in fields(trials):
        assert np.isfinite(getattr(trials, field.name)).all(), field.name


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"training_s": 0}, "training_s"),
        ({"scoring_s": -1}, "scoring_s"),
        ({"window_s": 31}, "window_s = 31 is longer than scoring_s = 30"),
        ({"dt_ms": 0.3, "window_s": 10}, "dt_ms = 0.3 does not divide window_s = 10"),
        ({"dt_ms": 5.0}, "dt_ms = 5 is too long for tau_m_ms = 20: at most a tenth"),
        ({"v_reset_mv": -40}, "potentials must be ordered"),
        ({"v_rest_mv": -40}, "v_rest_mv must lie below v_threshold_mv"),
        ({"tau_m_ms": 0}, "tau_m_ms"),
        ({"preferred_group": 0}, "preferred_group"),
        ({"weight_max": 2e4}, "weight_max"),
        ({"seconds": 3}, "seconds"),
    ],
)
def test_a_neuron_without_meaning_is_refused(wrong, sentence):
    with pytest.raises(ValidationError, match=sentence):
        SpikingNeuron(**wrong)


def test_what_does_not_fit_together_is_refused(dataset):
    with pytest.raises(ValueError, match="preferred_group = 5 is not one of"):
        SHORT.dataset(VogelsInput(groups=4), RULES, KEY)
    with pytest.raises(ValueError, match="one plastic connection, 'inhibitory'; the rules name"):
        SHORT.dataset(DATA, {"excitatory": SpikePair()}, KEY)
    with pytest.raises(ValueError, match="inhibitory states change, and this network asks for on_pre, on_post: "):
        SHORT.dataset(DATA, {"inhibitory": Volterra()}, KEY)
    other = Stated((("on_pre", W + name("y")), ("on_post", W)), ("tau_pre", "tau_post"), PAIR)
    with pytest.raises(
        ValueError, match=r"inhibitory\.on_pre reads y, and this network offers w, x_pre, x_post: write the formula"
    ):
        SHORT.dataset(DATA, {"inhibitory": other}, KEY)
    timeless = Stated((("on_pre", W), ("on_post", W)), ("a",), PAIR[:1])
    with pytest.raises(ValueError, match="the trace x_pre has the time constant tau_pre, which is no parameter"):
        SHORT.dataset(DATA, {"inhibitory": timeless}, KEY)
    with pytest.raises(ValueError, match=r"must have shape \[R, 6\], not \[3, 5\]"):
        simulate(np.zeros((3, 5)), dataset)
    with pytest.raises(ValueError, match="does not lie within the trial"):
        record(SHORT, RULES, vogels_2011(), dataset, 0, 1e6)
    with pytest.raises(ValueError, match="not finite cannot be recorded"):
        record(SHORT, RULES, vogels_2011() * np.nan, dataset)
