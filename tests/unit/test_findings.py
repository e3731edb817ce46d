"""What a run gives from Python: its history as arrays, its rules as functions, its held-out table."""

import sys
from dataclasses import FrozenInstanceError

import numpy as np
import pytest
from small import small

import plastica
from plastica.errors import UserError
from plastica.findings import HeldOutTable, History, LearnedRule
from plastica.rules.readers import NUMPY, read
from plastica.tasks import TASKS


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    return plastica.run("oja", small("oja", generations=3), out=tmp_path_factory.mktemp("found") / "run")


def table(datasets=4, **learned):
    row = {"loss": 1.0, "standard_error": 0.5, "median": 2.0, "outcomes": {"ok": 3, "silent": 0}, "metrics": {"m": 7.0}}
    return HeldOutTable.of(
        {
            "datasets": datasets,
            "details": {"learned": row | learned, "known_rule": row},
            "difference": {"known_rule": {"standard_error": 0.25, "mean": -2.0}, "random_rules": None},
        }
    )


def test_a_history_is_the_journal_by_name(run):
    """The favourite's loss comes first in a record, then the candidates'."""
    history, records = run.history(), run.records()
    assert history.generation.tolist() == [0, 1, 2]
    for k, record in enumerate(records):
        assert history.loss[k] == record["loss"][0]
        assert history.best[k] == min(record["loss"][1:])
        assert history.median[k] == np.median(record["loss"][1:])
        assert history.sigma[k] == record["search"]["sigma"]
        assert history.seconds[k] == record["seconds"]
        assert {name: counts[k] for name, counts in history.outcomes.items()} == record["outcomes"]
        assert [values[k] for values in history.theta.values()] == record["favourite"]
    assert list(history.theta) == list(run.task.space.names)
    with pytest.raises(FrozenInstanceError):
        history.loss = history.best


def test_a_history_does_without_what_is_not_there():
    """Searches without a step size, outcomes that came later, favourites alone, and no generation at all."""
    records = [
        {"generation": k, "loss": [2.0 - k], "outcomes": {"ok": 1, **({"late": 2} if k else {})}, "favourite": [k],
         "search": {}, "seconds": 1.0}
        for k in range(2)
    ]  # fmt: skip
    history = History.of(records, ["c.a"])
    assert np.isnan(history.sigma).all()
    assert history.outcomes["late"].tolist() == [0, 2]
    assert history.best.tolist() == history.median.tolist() == [2.0, 1.0]
    nothing = History.of([], ["c.a"])
    assert [nothing.theta["c.a"].shape, nothing.loss.shape] == [(0,), (0,)]
    assert repr(nothing).startswith("History of 0 generations: generation, loss, ")


def test_a_rule_is_a_function_of_arrays(run):
    """By order or by name, broadcast, with all terms; a number gives a number."""
    rule = run.rule("feedforward")
    x, y, w = 0.5, np.linspace(-1, 1, 5)[:, None], np.array([0.1, 0.2])
    expected = read(rule.rule.formulas["change"], NUMPY, {**rule.parameters, "x": x, "y": y, "w": w})
    assert rule(x, y, w).shape == (5, 2)
    np.testing.assert_array_equal(rule(x, y, w), expected)
    np.testing.assert_array_equal(rule(x, w=w, y=y), expected)
    assert isinstance(rule(1, 2, 3), float)
    assert rule.parameters == {name.partition(".")[2]: value for name, value in run.summary()["theta"].items()}


def test_a_rule_says_what_it_is(run):
    rule, summary = run.rule("feedforward"), run.summary()
    assert rule.equation == summary["equation"]["feedforward"]
    assert repr(rule) == f"feedforward: dw / eta = {rule.equation}"
    assert rule.latex().startswith(r"\frac{dw}{\eta} = ")
    assert len(rule.latex(0.0)) > len(rule.latex())
    assert rule._repr_html_().count("<math") == rule.equation.count(" + ") + rule.equation.count(" - ") + 1


@pytest.mark.parametrize("arguments", [((1, 2), {}), ((1, 2, 3, 4), {}), ((1, 2, 3), {"w": 1}), ((1, 2), {"z": 1})])
def test_a_rule_takes_what_it_reads(run, arguments):
    positional, named = arguments
    with pytest.raises(UserError, match=r"the feedforward rule reads x, y, w, and got \d values"):
        run.rule("feedforward")(*positional, **named)


def test_a_rule_for_spikes_gives_the_new_weight():
    """Eq. 14; each side reads the weight and the other side's trace."""
    pair = TASKS["inhibitory-balance"].task.rules["inhibitory"]
    rule = LearnedRule("inhibitory", pair, np.array([20.0, 20.0, -0.1, 0.2, 0.3, 0.4]))
    assert rule.on_pre(1.0, 2.0) == pytest.approx(1.0 - 0.1 + 0.4 * 2.0)
    assert rule.on_post(w=1.0, x_pre=2.0) == pytest.approx(1.0 + 0.2 + 0.3 * 2.0)
    with pytest.raises(UserError, match=r"has no change: call its on_pre\(\.\.\.\) and on_post\(\.\.\.\)"):
        rule(1.0)


def test_a_rule_of_rates_has_no_spikes(run):
    with pytest.raises(UserError, match="has no on_pre: call the rule itself"):
        run.rule("feedforward").on_pre(1.0)


def test_cases_are_shown_as_cases():
    rule = plastica.formula(change=lambda x, y, a: plastica.where(y > 1, a * x, -x))
    shown = LearnedRule("c", rule, np.array([2.0]))._repr_html_()
    assert shown.count("<mtr>") == 2
    assert "otherwise" in shown
    assert "piecewise" not in shown


def test_what_is_not_there_is_told_in_a_sentence(run, tmp_path):
    """Another connection; a run in which nothing happened yet."""
    with pytest.raises(UserError, match="there is no lateral rule in this run: choose from feedforward"):
        run.rule("lateral")
    begun = plastica.run("oja", small("oja"), out=tmp_path / "run", max_seconds=0)
    (tmp_path / "run" / "result.json").unlink()
    with pytest.raises(UserError, match="has no generation yet: go on with: plastica resume"):
        begun.rule("feedforward")
    with pytest.raises(UserError, match="has no held-out evaluation yet: go on with: plastica resume"):
        _ = begun.held_out
    assert "oja, seed 1" in begun._repr_html_()


def test_a_held_out_table_is_the_result_by_name(run):
    """With intervals of 95 % by Student's distribution, which for many datasets are of two standard errors."""
    held_out = run.result()["held_out"]
    assert list(run.held_out) == list(held_out["details"])
    assert run.held_out["learned"].loss == held_out["loss"]
    row = table()["known_rule"]
    assert (row.difference, row.difference_error) == (-2.0, 0.25)
    assert row.interval == pytest.approx((1 - 3.18245 * 0.5, 1 + 3.18245 * 0.5), abs=1e-4)
    assert row.difference_interval == pytest.approx((-2 - 3.18245 * 0.25, -2 + 3.18245 * 0.25), abs=1e-4)
    assert table()["learned"].difference is None
    assert table(datasets=1000)["learned"].interval == pytest.approx((1 - 0.98, 1 + 0.98), abs=2e-2)
    assert table(datasets=1)["learned"].interval is None


def test_a_held_out_table_shows_itself():
    """In lines of columns, and in HTML; of a single dataset without intervals."""
    first, head, *rows = repr(table()).splitlines()
    assert first == "loss on 4 held-out datasets"
    assert head.split()[:3] == ["rule", "loss", "s.e."]
    assert len(rows) == 2
    assert "-2 ± 0.25" in rows[1]
    assert rows[1].startswith("known rule ")
    assert table()._repr_html_().count("<tr>") == 3
    assert "-0.591 to 2.59" in table()._repr_html_()
    assert " to " not in repr(table(datasets=1))


def test_a_run_has_a_short_name(run):
    assert repr(run) == f"Run({str(run.folder.path)!r}, task='oja', seed=1)"


def test_a_notebook_shows_equation_course_and_table(run):
    shown = run._repr_html_()
    assert shown.count("<svg") == 1
    assert shown.count("<polyline") == 1
    assert "<math" in shown
    assert "no plasticity" in shown
    assert str(run.folder.path) in shown


def test_pandas_is_asked_for_in_a_sentence(run, monkeypatch):
    """Where it is not installed, of both tables."""
    monkeypatch.setitem(sys.modules, "pandas", None)
    for one in (run.history(), run.held_out):
        with pytest.raises(UserError, match=r"to_pandas\(\) needs pandas, which is not installed: pip install -e "):
            one.to_pandas()


def test_pandas_has_a_row_a_generation_and_a_row_a_rule(run):
    """Where it is installed."""
    pytest.importorskip("pandas")
    frame = run.history().to_pandas()
    assert list(frame.index) == [0, 1, 2]
    assert frame["outcomes.ok"].tolist() == run.history().outcomes["ok"].tolist()
    assert frame["feedforward.A110"].tolist() == run.history().theta["feedforward.A110"].tolist()
    rows = table().to_pandas()
    assert rows.loc["known_rule", "difference"] == -2.0
    assert rows.loc["learned", "interval.low"] == pytest.approx(-0.591, abs=1e-3)
    assert rows.loc["learned", "metrics.m"] == 7.0
