"""Recurrent networks: their wiring, presets, trials, theory, and what is wrong with a config, in a sentence."""

import json
import tomllib
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from small import small

import plastica
from plastica.analysis.mean_field import mean_drift
from plastica.analysis.recurrent_balance import fixed_rate, restores
from plastica.analysis.theories import theory
from plastica.config import load, parse
from plastica.errors import UserError
from plastica.figures.portraits.recurrent import portray
from plastica.inner.keys import Key
from plastica.inner.outcome import Outcome
from plastica.inner.recurrent.dataset import input_spikes
from plastica.inner.recurrent.presets import PRESETS
from plastica.inner.recurrent.wiring import Sizes, field_rows, input_rows, recurrent_rows, successes
from plastica.tasks.losses.familiarity import Familiarity
from plastica.tasks.losses.metric_windows import MetricWindows

TASK = "recurrent-stability"


def test_successes_are_those_of_independent_trials(generator):
    """Their number and their gaps; none at probability 0, all at 1."""
    found = successes(0.1, 200_000, generator)
    assert abs(found.size - 20_000) < 5 * np.sqrt(18_000)
    assert (np.diff(found) > 0).all()
    assert (np.diff(found) == 1).mean() == pytest.approx(0.1, abs=0.01)
    assert successes(0.0, 10, generator).size == 0
    assert successes(1e-300, 10, generator).size == 0
    np.testing.assert_array_equal(successes(1.0, 10, generator), np.arange(10))


def test_every_pair_is_as_likely_and_no_neuron_is_its_own_target(generator):
    """Targets are neurons of the right population, in increasing order."""
    sizes = Sizes(70, 30)
    rows = recurrent_rows(sizes, 0.3, generator)
    counts = {}
    for connection in ("EE", "EI", "IE", "II"):
        start, count = sizes.population(connection[1])
        of_rows = [rows.target[rows.first[row] : rows.first[row + 1]].astype(int) for row in sizes.rows(connection)]
        first, _ = sizes.population(connection[0])
        for j, targets in enumerate(of_rows, start=first):
            assert (np.diff(targets) > 0).all()
            assert ((targets >= start) & (targets < start + count)).all()
            assert j not in targets
        counts[connection] = sum(map(len, of_rows))
    assert sum(counts.values()) == rows.target.size
    expected = {"EE": 0.3 * 70 * 69, "EI": 0.3 * 70 * 30, "IE": 0.3 * 30 * 70, "II": 0.3 * 30 * 29}
    for connection, mean in expected.items():
        assert abs(counts[connection] - mean) < 5 * np.sqrt(mean)
    full = recurrent_rows(Sizes(5, 2), 1.0, generator)
    assert full.target.size == 7 * 6
    assert input_rows(sizes, 10, 1.0, generator).target.size == 10 * 100


def test_inputs_spike_at_their_rate(generator):
    spikes = input_spikes(50, 0.02, 10_000, generator)
    assert abs(spikes.source.size - 10_000) < 500
    assert spikes.first[-1] == spikes.source.size
    assert abs(np.bincount(spikes.source, minlength=50) - 200).max() < 75


@pytest.mark.parametrize("preset", PRESETS)
def test_a_preset_sets_its_keys_and_what_is_set_besides_stands(preset):
    config = load(TASK, {"network.preset": preset, "network.excitatory": 100, "network.scoring_s": 3.0})
    network = config.composed.network
    expected = PRESETS[preset] | {"excitatory": 100, "scoring_s": 3.0, "preset": preset}
    assert {key: getattr(network, key) for key in expected} == expected
    assert config == load(TASK, {"network": config.network.model_dump(mode="json")})


@pytest.mark.parametrize(
    ("key", "value", "sentence"),
    [
        ("network.probability", 1.5, "network.probability = 1.5: input should be less than or equal to 1"),
        ("network.inhibitory", 0, "needs inhibitory neurons, and inhibitory = 0: add some"),
        ("network.delay_ms", -1.0, "network.delay_ms = -1"),
        ("network.delay_ms", 0.85, "network.dt_ms = 0.1 does not divide delay_ms = 0.85: change one"),
        ("network.scoring_s", 0.0, "network.scoring_s = 0"),
        ("network.learning_s", 0.0, "network.learning_s = 0 leaves no time to learn in"),
        ("network.weight_IE", 30.0, "network.weight_IE = 30 is above weight_max = 20: change one"),
        ("network.weight_max", [7, 9], "network.weight_IE = 8 is above weight_max = 7: change one"),
        ("network.weight_max", [30, 20], r"network.weight_max = \[30, 20\] is no range: write the smaller"),
        ("network.weight_max", 0.0, "network.weight_max = 0 leaves no plastic weight: give a larger one"),
        ("network.input_hz", [5, 1], r"input_hz = \[5, 1\] is no range: write the smaller number first"),
        ("network.plastic", [], r"network.plastic = \[\] leaves nothing to learn"),
        ("network.plastic", ["IE", "IE"], "names a connection twice"),
        ("network.preset", "brain", "network.preset = 'brain'"),
        ("rules.IE", {"kind": "formula", "on_pre": "w + a*x", "on_post": "w"}, "rules.IE.on_pre reads x"),
        (
            "rules.IE",
            {"kind": "formula", "on_pre": "w + a*v_post", "quantities": ["v_post"]},
            "rules.IE.on_pre reads v_post, and this network offers w: write",
        ),
        ("rules.IE", {"kind": "volterra"}, "rules.IE states change"),
        ("network.neuron", "cell", "network.neuron = 'cell': choose from if, tif, cvaif"),
        ("network.segments", [{"name": "a", "seconds": 0, "recorded": True}], "seconds = 0 is no length"),
        (
            "network.segments",
            [{"name": "a", "seconds": 1e-5, "recorded": True}],
            '"a" of 1e-05 s is shorter than a step',
        ),
        ("network.segments", [{"name": "a", "seconds": [2, 1]}], r"seconds = \[2, 1\] is no range"),
        ("network.segments", [{"name": "a", "seconds": [1, 2], "recorded": True}], "of a recorded segment"),
        ("network.segments", [{"seconds": 1, "recorded": True}], "network.segments.0.name"),
        ("network.segments", [{"name": "a", "seconds": 1}], "segments: none is recorded, so nothing would count"),
        ("network.segments", [{"name": "a", "plastic": False, "recorded": True}], "segments: none is plastic"),
        ("network.segments", [{"name": "a", "recorded": True}] * 2, '"a" is the name of two'),
        ("network.segments", [{"name": "a", "recorded": True, "patterns": [0]}], r"pattern_starts = \[\] has 0"),
        ("network.pattern_starts", [4800], "from 4800 on goes beyond inputs = 5000"),
    ],
)
def test_what_is_wrong_is_said_in_a_sentence(key, value, sentence):
    with pytest.raises(UserError, match=sentence) as error:
        load(TASK, {key: value})
    assert "\n" not in str(error.value)


def test_a_quantity_of_the_neuron_is_no_parameter():
    with pytest.raises(UserError, match=r"rules.IE takes v_post for a parameter, and this network offers that as a"):
        load(TASK, {"network.neuron": "cvaif", "rules.IE": {"kind": "formula", "on_pre": "w + a*v_post"}})


def test_a_protocol_of_segments_is_kept_as_text():
    """As a list of tables, each on its line; the text comes back as the same config."""
    segments = [
        {"name": "learning", "seconds": [0.2, 0.3]},
        {"name": "probe", "seconds": 0.1, "plastic": False, "recorded": True, "restores": True, "patterns": [0]},
    ]
    config = load(TASK, small(TASK) | {"network.segments": segments, "network.pattern_starts": [0],
                                       "network.pattern_inputs": 50})  # fmt: skip
    assert parse(tomllib.loads(config.toml(comments=True))) == config
    assert [segment.name for segment in config.composed.network.segments] == ["learning", "probe"]
    task = config.composed
    theta = task.known_theta(task.targets)
    evaluation = task.evaluate(np.array([theta, 0 * theta + [20, 20, 0, 0, 0, 0]]), task.keys(1, "search", 2))
    assert np.isfinite(evaluation.loss).all()
    dataset = task.dataset(Key(1, "search"))
    assert len({task.dataset(key).spans[0].steps for key in task.keys(1, "search", 4)}) > 1
    probe = dataset.spans[1]
    shown = np.bincount(dataset.spikes.source[dataset.spikes.first[probe.first] : dataset.spikes.first[probe.last]])
    assert shown[:50].mean() > 15 * 0.1 * 0.8


def test_a_trial_that_ends_early_costs_more_the_earlier_it_ends():
    """And more than any that comes to its end; a rule that drives all weights to their bound has exploded."""
    settings = small(TASK) | {"network.exploded_hz": 45.0, "network.silent_hz": 0.0, "network.learning_s": 1.0}
    task = load(TASK, settings).composed
    known = task.known_theta(task.targets)
    evaluation = task.evaluate(
        np.array([0 * known + [20, 20, 0, 0, 0, 0], [20, 20, -1.0, 0, 0, 0]]), task.keys(1, "search", 3)
    )
    share = evaluation.metrics["share_simulated"]
    ended = evaluation.outcome != Outcome.OK
    assert ended.any()
    np.testing.assert_allclose(evaluation.loss[ended], 160 * (1 + np.exp(-share[ended])))
    assert (evaluation.loss[ended] > 218).all()


def test_a_formula_that_is_a_pair_rule_gives_the_same_bits():
    """Whatever its names."""
    task = load(TASK, small(TASK)).composed
    text = {"kind": "formula", "on_pre": "w + a + k*x_post", "on_post": "w + b + g*x_pre"}
    formula = load(TASK, small(TASK) | {"rules.IE": text}).composed
    theta = {"tau_pre": 12.0, "tau_post": 30.0, "alpha": -0.01, "beta": 0.002, "gamma": 0.02, "kappa": 0.01}
    other = {"a": "alpha", "b": "beta", "g": "gamma", "k": "kappa"}
    one = np.array([theta[name.partition(".")[2]] for name in task.space.names])
    two = np.array([theta[other.get(word, word)] for word in (name.partition(".")[2] for name in formula.space.names)])
    keys = task.keys(1, "search", 2)
    np.testing.assert_array_equal(task.evaluate(one[None], keys).loss, formula.evaluate(two[None], keys).loss)


def test_the_mean_field_rate_is_where_the_weights_do_not_drift():
    """Of a symmetric rule on IE, of one within a population, and of one that has none."""
    assert fixed_rate(np.array([20, 20, -0.4, 0, 1, 1]), "IE", 7.0) == pytest.approx(10.0)
    assert fixed_rate(np.array([20, 20, 0.2, 0.2, -1, -1]), "EE", 3.0) == pytest.approx(10.0)
    assert fixed_rate(np.array([20, 20, 0.4, 0, 1, 1]), "IE", 7.0) is None
    assert fixed_rate(np.array([20.0, 20, 0, 0, 0, 0]), "EE", 7.0) is None


@pytest.mark.parametrize("connection", ["EE", "EI", "IE", "II"])
def test_a_rate_is_restored_where_a_little_more_of_it_lowers_itself(connection):
    """By the drift just above the fixed rate: more weight is more rate behind E, and less behind I."""
    generator = np.random.default_rng(3)
    both = set()
    for _ in range(60):
        rule = np.array([*generator.uniform(10, 60, 2), *generator.standard_normal(4)])
        rate = fixed_rate(rule, connection, 7.0)
        if rate is not None:
            above = 1.001 * rate
            drift = mean_drift(rule, above if connection[0] == connection[1] else 7.0, above)
            both.add(restores(rule, connection, 7.0))
            assert restores(rule, connection, 7.0) == ((drift < 0) if connection[0] == "E" else (drift > 0))
    assert both == {True, False}


def test_theory_reads_a_formula_that_is_a_pair_rule():
    """Whatever its names, it says what it says of the pair rule."""
    text = {"kind": "formula", "on_pre": "w + a + k*x_post", "on_post": "w + k*x_pre"}
    task = load(TASK, {"rules.IE": text}).composed
    numbers = {"IE.tau_pre": 20.0, "IE.tau_post": 20.0, "IE.a": -0.008, "IE.k": 0.02}
    theta = np.array([numbers[name] for name in task.space.names])
    said = theory(task, theta, 1, {"rate_hz": 9.0, "rate_i_hz": 7.0})
    assert said == {
        "measured_hz": 9.0, "measured_i_hz": 7.0, "IE_predicted_hz": pytest.approx(10.0), "IE_restores": True
    }  # fmt: skip


def test_memory_is_about_what_the_footprint_says():
    task = load(TASK, {"network.learning_s": 1.0, "network.scoring_s": 1.0, "network.input_hz": 10.0}).composed
    assert task.dataset(Key(1, "search")).nbytes == pytest.approx(task.footprint.dataset, rel=0.05)


@pytest.mark.slow
def test_random_formulas_have_a_finite_loss_and_an_outcome():
    """Of whatever size and sign their numbers are, with what is not a number in the formula itself."""
    text = {
        "kind": "formula",
        "on_pre": "w + a*log(x_post - b) + c/(w - d)",
        "on_post": "w*exp(g*x_pre*i_post) - f*v_post",
        "quantities": ["v_post", "i_post"],
    }
    task = load(TASK, small(TASK) | {"network.neuron": "cvaif", "rules.IE": text, "network.learning_s": 0.1}).composed
    datasets = [task.dataset(Key(1, "search"))]

    @settings(max_examples=40, deadline=None)
    @given(hnp.arrays(float, (3, task.space.size), elements=st.floats(-1e30, 1e30) | st.floats(-1, 1)))
    def hold(thetas):
        evaluation = task.score(thetas, datasets)
        for values in (evaluation.loss, *evaluation.metrics.values()):
            assert np.isfinite(values).all()
        assert np.isin(evaluation.outcome, [Outcome.OK, Outcome.SILENT, Outcome.EXPLODED]).all()
        assert (evaluation.loss <= 320).all()

    hold()


def test_what_a_constant_rate_scores_is_the_floor_of_familiarity():
    """0.056 at 20 Hz; and running rates are those of the spikes."""
    loss = Familiarity()
    assert loss.floor() == (pytest.approx(1 / 18), 20.0)
    rates = np.linspace(0, 100, 1001)
    constant = (loss.cost_familiar(rates) + loss.cost_novel(rates)) / 2
    assert constant.min() == pytest.approx(loss.floor()[0])
    with pytest.raises(UserError, match=r'loss.novel names the segment "new", and the network records novel, familiar'):
        load("familiarity", {"loss.novel": ["new"]})
    with pytest.raises(UserError, match=r"pattern_hz = 1 is below input_hz = 5, the rate of the background: raise it"):
        load("familiarity", {"network.pattern_hz": 1.0})


def test_a_simulation_of_familiarity_says_whether_it_passes_the_floor():
    """As plain data, in a file of the command line."""
    summary = plastica.simulate("familiarity", small("familiarity"), known="vogels_2011").summary()
    assert json.loads(json.dumps(summary["theory"])) == summary["theory"]
    assert summary["theory"]["constant_rate_loss"] == pytest.approx(1 / 18)
    better = summary["metrics"]["better_than_constant"]["mean"]
    assert summary["theory"]["beats_constant_rate"] == (better > 0)
    assert better == pytest.approx(1 / 18 - summary["loss"]["mean"])


def test_patterns_are_as_active_as_documented_or_as_released():
    """18 Hz in all, or 18 / (4 + 0.01) Hz more than the background; others stay at the background."""
    given_settings = small("familiarity") | {"network.input_hz": 4.0, "network.pattern_hz": 18.0}
    segments = [{"name": "novel", "seconds": 50.0, "recorded": True, "patterns": [1], "on_s": 1e3},
                {"name": "familiar", "seconds": 0.1, "recorded": True}]  # fmt: skip
    for released, wanted in ((False, 18.0), (True, 4 + 18 / 4.01)):
        config = load(
            "familiarity", given_settings | {"network.segments": segments, "network.pattern_released": released}
        )
        task = config.composed
        spikes = task.dataset(Key(1, "search")).spikes
        hz = np.bincount(spikes.source, minlength=400) / 50.1
        assert hz[133:233].mean() == pytest.approx(wanted, rel=0.03)
        assert np.r_[hz[:133], hz[233:]].mean() == pytest.approx(4.0, rel=0.03)


def test_a_receptive_field_is_a_disc_on_the_grid(generator):
    """Up to 193 inputs within 8, fewer at the edges, none twice; the inputs beyond the last whole row are silent."""
    sizes = Sizes(60, 20)
    rows = field_rows(sizes, 5000, 8.0, generator)
    heard = np.bincount(rows.target, minlength=sizes.all)
    assert heard.max() == 193
    assert heard[:60].min() > 50
    assert np.diff(rows.first)[4900:].sum() == 0
    of_first = np.repeat(np.arange(5000), np.diff(rows.first))[rows.target == 0]
    row, column = of_first // 70, of_first % 70
    distances = (row[:, None] - row) ** 2 + (column[:, None] - column) ** 2
    assert distances.max() < 16**2
    assert np.unique(of_first).size == of_first.size


def test_a_task_without_a_target_is_drawn_too(tmp_path):
    """Its loss has windows instead."""
    task = replace(load(TASK, small(TASK)).composed, loss=MetricWindows())
    portray(task, {"learned rule": task.space.zero}, 1, tmp_path / "learning")
    assert (tmp_path / "learning.svg").stat().st_size > 10_000


@pytest.mark.parametrize("coefficient", [0.0, 1e4, np.nan])
def test_whatever_a_rule_makes_of_the_network_is_drawn(coefficient, tmp_path):
    """Also of a trial that ended early, or of a rule that is not finite."""
    task = load(TASK, small(TASK)).composed
    portray(task, {"learned rule": np.array([20.0, 20.0, *[coefficient] * 4])}, 1, tmp_path / "learning")
    assert (tmp_path / "learning.svg").stat().st_size > 10_000


def test_a_whole_run_with_four_plastic_connections(tmp_path):
    """Search, evaluation and theory; the same journal from any number of threads."""
    plastic = {"network.plastic": ["EE", "EI", "IE", "II"], "generations": 2, "network.weight_EE": 0.3}
    losses = []
    for threads in (1, 2):
        run = plastica.run(TASK, small(TASK) | plastic | {"engine.threads": threads}, out=tmp_path / str(threads))
        losses.append([record["loss"] for record in run.records()])
    assert losses[0] == losses[1]
    assert len(run.theta) == 24
    assert {"IE_predicted_hz", "measured_hz"} <= set(run.summary()["theory"])
