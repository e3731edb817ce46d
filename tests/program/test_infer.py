"""`plastica infer`: from the rules that a run drew to rules of the posterior, measured again; and what it refuses."""

import json
import shutil
import sys
from types import SimpleNamespace

import numpy as np
import pytest
from small import small

import plastica
from plastica.errors import UserError
from plastica.inference.drawn import drawn_by
from plastica.report import family
from plastica.table import of_runs, read_table

TASK = "inhibitory-balance"
FILTER = {
    "search.name": "filter", "search.population": 150, "search.enough": 1.0, "search.margin": 0.0, "generations": 4,
    "search.windows.rate_hz": [2.0, 40.0],
}  # fmt: skip


@pytest.fixture(scope="module")
def filtered(tmp_path_factory):
    """The folder of a small run that keeps rules."""
    folder = tmp_path_factory.mktemp("filtered") / "run"
    plastica.run(TASK, small(TASK, **FILTER), out=folder)
    return folder


def test_what_networks_learn_from(filtered):
    """Every rule that was drawn, in the prior's units; nothing that failed or is no number; scores keep the order."""
    run = plastica.Run.open(filtered)
    drawn = drawn_by(run, ("rate_hz", "cv"))
    assert len(drawn.points) + drawn.left_out == len(of_runs([run], everything=True))
    assert np.isfinite(drawn.points).all()
    assert np.isfinite(drawn.x).all()
    thetas = drawn.thetas(drawn.points)
    np.testing.assert_allclose((run.task.space.encode(thetas) - run.task.space.mean) / run.task.space.sd, drawn.points)
    scores = drawn.scores(drawn.x)
    np.testing.assert_array_equal(np.argsort(scores[:, 0]), np.argsort(drawn.x[:, 0]))
    assert np.isfinite(drawn.scores(np.array([[-1e9, -1e9], [1e9, 1e9]]))).all()


@pytest.mark.filterwarnings("default")
def test_rules_of_a_posterior_do_what_was_asked(call, filtered, tmp_path):
    """Twice as often as all that were drawn; the ranks of rules kept back are uniform; the same call gives the same."""
    pytest.importorskip("sbi", reason="needs sbi")
    drawn = drawn_by(plastica.Run.open(filtered), ("mean_weight",))  # which depends on the rule more than on the data
    low, high = np.quantile(drawn.x, (0.3, 0.5))
    window = f"mean_weight={low:.4g},{high:.4g}"
    asked = (filtered, "--window", window, "--samples", 60, "--networks", 2, "--evaluate", 3)
    said = call("infer", *asked, "--json", "--out", tmp_path / "rules.csv")
    assert said.status == 0, said.err
    found = json.loads(said.out)
    assert found["calibration"]["networks"]["passed"]
    assert found["calibration"]["posterior"] is None
    assert list(found["calibration"]["networks"]["p"]) == list(plastica.Run.open(filtered).task.space.names)
    assert found["holds"] > 0.4
    table = read_table(tmp_path / "rules.csv")
    assert len(table) == found["rules"] == 60
    assert np.isfinite(table.thetas).all()
    again = call("infer", *asked)
    for part in (
        "rules given mean_weight = ",
        "2 networks, learned from ",
        "calibration of the networks passed on ",
        "rules were simulated and weighed: they tell as much as ",
        "% hold every window",
    ):
        assert part in again.out
    assert json.loads(call("infer", *asked, "--json").out) == found


@pytest.mark.filterwarnings("default")
def test_a_target_is_a_window_without_width(call, filtered):
    pytest.importorskip("sbi", reason="needs sbi")
    said = call("infer", filtered, "--target", "rate_hz=35", "--samples", 20, "--networks", 1, "--evaluate", 2)
    assert (said.status, said.err) == (0, "")
    assert "rules given rate_hz = 35\n" in said.out
    assert "hold every window" not in said.out


def test_what_it_refuses(call, filtered, finished, tmp_path):
    (tmp_path / "there.csv").write_text("mine")
    few = tmp_path / "few"
    plastica.run(TASK, small(TASK, **FILTER | {"search.population": 20, "generations": 2}), out=few)
    for arguments, sentence in (
        ((finished,), 'has no metrics in its journal: infer takes runs with search.name = "filter"'),
        ((few,), "infer learns from 200 at least: go on with plastica resume"),
        ((filtered, "--window", "rate=1,2"), "rate: there is no such metric; choose from loss, rate_hz,"),
        ((filtered, "--target", "rate_hz=1e6"), "rate_hz = 1e+06: the rules of"),
        ((filtered, "--window", "rate_hz=1e6,2e6"), "and nothing was learned beyond"),
        ((filtered, "--target", "rate_hz=40", "--calibrate", 5), "a target has no width in which rules fall again"),
        ((filtered, "--samples", 5, "--calibrate", 6), "--calibrate 6: there are 5 samples; ask for at most as many"),
        ((filtered, "--target", "rate_hz"), "--target rate_hz: write it as NAME=VALUE, such as rate_hz=5"),
        ((filtered, "--target", "rate_hz=nan"), "--target rate_hz=nan: write it as NAME=VALUE"),
        ((filtered, "--window", "cv=2,1"), "--window cv=2,1: the first number must be the smaller one"),
        ((filtered, "--out", tmp_path / "there.csv"), "exists: choose another --out, or delete it"),
        ((tmp_path / "none",), "none"),
    ):
        said = call("infer", *arguments)
        assert said.status == 2, arguments
        assert sentence in said.err, said.err
        assert said.err.count("\n") == 1


INFERRED = {
    "windows": {"rate_hz": [4.0, 6.0], "cv": [1.0, 1.0]}, "learned_from": 480, "left_out": 20, "networks": 2,
    "candidates": 600, "effective_samples": 88.4, "calibration": {
        "networks": {"rules": 60, "passed": True, "p": {"a": 0.5, "b": 0.25}, "in_middle_90": {"a": 0.9, "b": 0.92}},
        "posterior": {"rules": 9, "passed": False, "p": {"a": 0.001}, "in_middle_90": {"a": 0.5}},
    }, "datasets": 50, "holds": 0.934, "failed": 0.0, "rules": 100, "metrics": {"rate_hz": [4.1, 5.25, 5.9]},
}  # fmt: skip


def test_the_report_tells_what_was_kept_and_inferred(filtered, tmp_path):
    """From posterior.json, which a stranger may have written: what is not as it should be is one sentence."""
    folder = tmp_path / "run"
    shutil.copytree(filtered, folder, ignore=shutil.ignore_patterns("posterior.json"))  # of other tests
    run = plastica.Run.open(folder)
    material = SimpleNamespace(run=run, summary=run.summary())
    assert f"The search kept {len(of_runs([run]))} rules, " in family.kept(material)
    assert family.posterior(material) == ""
    run.folder.write_posterior(INFERRED)
    page = family.posterior(material)
    for part in (
        "Rules given rate_hz = 4 to 6, cv = 1, by plastica infer",
        "2 networks, learned from 480 rules; 20 left out",
        "600 rules were simulated and weighed: they tell as much as 88 draws",
        "calibration of the networks passed on 60 rules: ranks uniform with p = 0.25 at the least (b)",
        "calibration of the posterior FAILED on 9 rules",
        "no search has seen, 93 % hold every window, and 0 % fail",
        "5.25",
    ):
        assert part in page, part
    (folder / "posterior.json").write_text('{"windows": {"rate_hz": [1]}}')
    with pytest.raises(UserError, match=r"posterior\.json is damaged: delete it, then infer it again$"):
        family.posterior(material)


def test_what_a_filter_found_goes_on(call, filtered, tmp_path):
    """Its favourite is evaluated elsewhere, taken apart, plotted and exported as that of any other search."""
    for words in (
        ("evaluate", filtered, "--set", "held_out.count=2", "--set", "held_out.random_rules=1"),
        ("plot", filtered, "--out", tmp_path / "figures"),
        ("export", filtered, "--to", "python", "--out", tmp_path / "rule.py"),
        ("show", filtered),
    ):
        said = call(*words)
        assert (said.status, said.err) == (0, ""), words


def test_without_the_extra_a_sentence(call, filtered, monkeypatch):
    monkeypatch.setitem(sys.modules, "sbi", None)
    monkeypatch.delitem(sys.modules, "sbi.inference", raising=False)
    said = call("infer", filtered)
    assert (said.status, said.out) == (2, "")
    assert said.err == "plastica: infer needs sbi, which is not installed: pip install -e '.[sbi]'\n"
