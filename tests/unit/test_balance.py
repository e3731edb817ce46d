"""The loss of Eq. (16), the theory beside a result, and the figures of the spiking task."""

import numpy as np
import pytest
from small import small

import plastica
from plastica.analysis.balance import presynaptic_rate, rectified_excitation
from plastica.analysis.theories import theory
from plastica.config import load
from plastica.figures import plot_run
from plastica.inner.keys import Key
from plastica.inner.neuron.trials import SpikingTrials
from plastica.inner.outcome import Outcome
from plastica.rules.spike_pair import vogels_2011
from plastica.tasks.losses.target_rate import TargetRate


def trials_with(rates, outcomes):
    shape = np.shape(rates)
    zeros = np.zeros(shape)
    return SpikingTrials(
        outcome=np.array(outcomes, dtype=np.int8), rate_hz=np.array(rates), scoring_rate_hz=zeros, cv=zeros,
        weights=np.zeros((*shape, 4)), group_weights=np.zeros((*shape, 2)), tuning_correlation=zeros,
        share_at_bound=zeros, spikes=zeros.astype(int),
    )  # fmt: skip


def test_the_loss_is_that_of_the_paper():
    """(r - 5)^2 / (r + 0.1), which a silent neuron pays too; a failed trial pays what a silent one does."""
    rates = [[5.0, 10.0, 0.0, 7.0, 0.0]]
    outcomes = [[Outcome.OK, Outcome.OK, Outcome.SILENT, Outcome.EXPLODED, Outcome.NONFINITE]]
    loss, metrics = TargetRate(target_hz=5.0).score(trials_with(rates, outcomes), [])
    np.testing.assert_allclose(loss, [[0.0, 25 / 10.1, 250.0, 250.0, 250.0]])
    np.testing.assert_array_equal(metrics["rate_hz"], rates)


def test_the_theory_of_the_vogels_rule():
    """It holds its target by Eq. (17), without a postsynaptic term: stable, but not by the paper's signs."""
    task = load("inhibitory-balance", small("inhibitory-balance")).composed
    found = theory(task, vogels_2011(), 1, {"rate_hz": 4.0})
    assert found["predicted_hz"] == pytest.approx(5.0)
    assert found["log_distance_from_manifold"] == pytest.approx(0, abs=1e-12)
    assert found["stable"]
    assert not found["signs_as_in_paper"]
    assert "Hebbian" in found["why"]
    assert found["measured_hz"] == 4.0
    assert found["presynaptic_hz"] == presynaptic_rate(task, Key(1, "held-out"))


def test_the_presynaptic_rate_is_that_of_the_inhibitory_afferents():
    """800 excitatory ones come first, then 200 inhibitory ones; the small trial takes 0.7 s."""
    task, key = load("inhibitory-balance", small("inhibitory-balance")).composed, Key(1, "held-out")
    spikes = task.data.spike_trains(7000, 0.1, key.generator()).afferent
    assert presynaptic_rate(task, key) == pytest.approx(np.count_nonzero(spikes >= 800) / 200 / 0.7)


def test_a_rule_without_a_stable_rate_says_so():
    task = load("inhibitory-balance", small("inhibitory-balance")).composed
    found = theory(task, vogels_2011() * [1, 1, -1, 1, -1, -1], 1, {"rate_hz": 80.0})
    assert not found["stable"]
    assert "no stable rate" in found["why"]


def test_the_theory_says_nothing_of_rate_networks():
    assert theory(load("oja").composed, np.zeros(27), 1, {}) is None


def test_rectified_excitation_balances():
    """At -80 + 40 mV both driving forces are 40 mV: then only numbers, conductances and time constants count."""
    task = load("inhibitory-balance").composed
    tuning = np.array([0.5, 1.4])
    balanced = rectified_excitation(task.network, task.data, tuning, v_mv=-40.0)
    np.testing.assert_allclose(balanced, tuning * (100 * 0.14 * 5) / (25 * 0.35 * 10))


def test_a_run_states_its_theory_and_draws_its_figures(tmp_path):
    """The whole way of the spiking task, in small: search, held-out table with its own baseline, theory, figures."""
    run = plastica.run("inhibitory-balance", small("inhibitory-balance"), out=tmp_path / "run")
    summary = run.summary()
    assert summary["status"] == "finished"
    assert set(summary["held_out"]["baselines"]) >= {"known_rule", "postsynaptic_best"}
    measured = summary["held_out"]["details"]["learned"]["metrics"]["rate_hz"]
    assert summary["theory"]["measured_hz"] == measured
    files = plot_run(run)
    stems = ("search", "learning", "rule")
    assert {file.name for file in files} == {f"{stem}.{form}" for stem in stems for form in ("png", "svg", "pdf")}
    assert all(file.stat().st_size > 5000 for file in files)
