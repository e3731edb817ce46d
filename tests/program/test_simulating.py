"""Rules without a search: `plastica protocol` and `plastica simulate`, and the same from Python."""

import csv
import json

import numpy as np
import pytest
from small import options, small

import plastica
from plastica.config import load
from plastica.errors import UserError
from plastica.given_rule import theta_of


def one_sentence(said, *words):
    assert said.status == 2
    assert said.out == ""
    assert said.err.startswith("plastica: ")
    assert said.err.count("\n") == 1
    for word in words:
        assert word in said.err


def test_a_protocol_prints_draws_and_writes_tables(call, pair, tmp_path):
    """Of each connection; the folder of the run is left as it was where figures go elsewhere."""
    before = sorted(pair.rglob("*"))
    said = call("protocol", pair, "--out", tmp_path / "out")
    assert (said.status, said.err) == (0, "")
    lines = said.out.splitlines()
    assert lines[0] == "feedforward:"
    assert "lateral:" in lines
    assert any("fixed point" in line for line in lines)
    for connection in ("feedforward", "lateral"):
        suffixes = (".png", ".svg", ".pdf", "-change.csv", "-mean.csv", "-fixed-points.csv")
        for file in (tmp_path / "out" / f"protocols-{connection}{suffix}" for suffix in suffixes):
            assert str(file) in lines
            assert file.stat().st_size > 0
    assert sorted(pair.rglob("*")) == before


def test_a_protocol_in_json_is_what_python_gives(call, finished, tmp_path):
    said = call("protocol", finished, "--out", tmp_path, "--json")
    assert (said.status, said.err) == (0, "")
    found = plastica.Run.open(finished).protocols()
    assert json.loads(said.out) == {"feedforward": {name: one.plain() for name, one in found["feedforward"].items()}}
    with (tmp_path / "protocols-feedforward-mean.csv").open() as file:
        rows = list(csv.reader(file))
    assert rows[0] == ["w", "mean_change"]
    np.testing.assert_array_equal(
        [float(row[1]) for row in rows[1:]], found["feedforward"]["mean"].values["mean_change"]
    )


def test_a_protocol_needs_a_generation(call, tmp_path):
    """Nothing is made before."""
    plastica.run("oja", small("oja"), out=tmp_path / "run", max_seconds=0)
    (tmp_path / "run" / "result.json").unlink(missing_ok=True)
    one_sentence(call("protocol", tmp_path / "run"), "has no generation yet", "plastica resume")
    assert not (tmp_path / "run" / "figures").exists()


def test_a_protocol_writes_through_no_link(call, finished, tmp_path):
    victim = tmp_path / "victim"
    victim.write_text("mine")
    out = tmp_path / "out"
    out.mkdir()
    (out / "protocols-feedforward-mean.csv").symlink_to(victim)
    said = call("protocol", finished, "--out", out)
    assert said.status == 2
    assert "is a symbolic link" in said.err
    assert victim.read_text() == "mine"


SMALL = small("oja", **{"held_out.count": 4})
OJA = options("oja", **{"held_out.count": 4})
NAMES = load("oja").composed.space.names
VALUES = dict.fromkeys(NAMES, 0.0) | {"feedforward.A110": 1.0, "feedforward.A021": -1.0}


def written(folder, content, name="rule.json"):
    file = folder / name
    file.write_text(content if isinstance(content, str) else json.dumps(content))
    return file


def test_a_simulation_is_the_evaluation_of_the_rule_on_held_out_datasets():
    """The keys of the seed, as a run has them: the known rule's loss there is the same number."""
    done = plastica.simulate("oja", SMALL | {"seed": 7}, known="oja")
    task = load("oja", SMALL | {"seed": 7}).composed
    np.testing.assert_array_equal(done.theta, task.rules["feedforward"].known("oja"))
    expected = task.evaluate(done.theta, task.keys(7, "held-out", 4))
    np.testing.assert_array_equal(done.loss, expected.loss[0])
    np.testing.assert_array_equal(done.outcome, expected.outcome[0])
    assert {name: values.tolist() for name, values in done.metrics.items()} == {
        name: values[0].tolist() for name, values in expected.metrics.items()
    }
    summary = done.summary()
    assert summary["loss"]["mean"] == pytest.approx(done.loss.mean())
    assert summary["loss"]["standard_error"] == pytest.approx(done.loss.std(ddof=1) / 2)
    assert summary["outcomes"]["ok"] == 4


def test_the_learned_rule_of_a_run_is_simulated_as_it_was_evaluated(call, finished, tmp_path):
    """From what `show --json` prints, whole or its theta alone, in the run's own config: the same held-out loss."""
    shown = call("show", finished, "--json").out
    whole, alone = written(tmp_path, shown), written(tmp_path, json.loads(shown)["theta"], "alone.json")
    for file in (whole, alone):
        said = call("simulate", finished / "config.toml", "--theta", file, "--json")
        assert (said.status, said.err) == (0, "")
        summary = json.loads(said.out)
        assert summary["loss"]["mean"] == pytest.approx(json.loads(shown)["held_out"]["loss"], rel=1e-12)
        assert summary["theta"] == json.loads(shown)["theta"]
        assert len(summary["by_dataset"]["loss"]) == summary["datasets"] == 6
        assert set(summary["by_dataset"]["outcome"]) <= {"ok", "exploded"}


def test_a_simulation_prints_the_rule_and_its_means(call):
    said = call("simulate", "oja", "--known", "oja", *OJA)
    assert (said.status, said.err) == (0, "")
    assert said.out.startswith("oja, seed 1: known rules: feedforward = oja\n")
    for words in ("dw / eta = ", "4 ok", "on 4 held-out datasets", "explained variance"):
        assert words in said.out


def test_a_simulation_is_kept_whole_and_can_be_made_again(call, tmp_path):
    """Result, losses by dataset, figures; the folder's own files are all that its repetition needs."""
    out = tmp_path / "deep" / "out"
    said = call("simulate", "oja", "--theta", written(tmp_path, VALUES), "--out", out, *OJA)
    assert (said.status, said.err) == (0, "")
    assert said.out.splitlines()[-1] == str(out)
    figures = {f"{stem}.{suffix}" for stem in ("learning", "rule") for suffix in ("png", "svg", "pdf")}
    assert {file.name for file in out.iterdir()} == {"config.toml", "simulation.json", "datasets.csv", *figures}
    kept = json.loads((out / "simulation.json").read_text())
    with (out / "datasets.csv").open() as file:
        rows = list(csv.reader(file))
    assert rows[0] == ["dataset", "loss", "outcome", "explained_variance"]
    assert [[row[0], float(row[1]), row[2]] for row in rows[1:]] == [
        [str(k), kept["by_dataset"]["loss"][k], kept["by_dataset"]["outcome"][k]] for k in range(4)
    ]
    again = call("simulate", out / "config.toml", "--theta", out / "simulation.json", "--json")
    assert json.loads(again.out) == kept


def test_nothing_is_overwritten_and_nothing_is_left_half_written(call, tmp_path, monkeypatch):
    (tmp_path / "there").mkdir()
    (tmp_path / "dangling").symlink_to(tmp_path / "nowhere")
    for name in ("there", "dangling"):
        one_sentence(
            call("simulate", "oja", "--known", "oja", "--out", tmp_path / name, *OJA), name, "nothing is overwritten"
        )

    def full(*_, **__):
        raise UserError("the disk is full: free some space")

    monkeypatch.setattr("plastica.simulation.plot_portrait", full)
    one_sentence(call("simulate", "oja", "--known", "oja", "--out", tmp_path / "out", *OJA), "the disk is full")
    assert not (tmp_path / "out").exists()
    assert list((tmp_path / "there").iterdir()) == []


def test_a_name_is_for_all_that_can_be_it_and_the_others_have_their_own(call):
    """A mapping is for those that it names; what was taken is said."""
    settings = small("principal-components", **{"held_out.count": 2})
    assert plastica.simulate("principal-components", settings, known="hebb").known == {
        "feedforward": "hebb", "lateral": "hebb"
    }  # fmt: skip
    low = settings | {"rules.lateral.order": 1}
    done = plastica.simulate("principal-components", low, known="oja")
    assert done.known == {"feedforward": "oja", "lateral": "anti_hebb"}
    np.testing.assert_array_equal(done.task.split(done.theta)["lateral"], done.task.rules["lateral"].known("anti_hebb"))
    said = call(
        "simulate", "principal-components", "--known", "lateral=none", "--json",
        *options("principal-components", **{"held_out.count": 2}),
    )  # fmt: skip
    assert json.loads(said.out)["known"] == {"feedforward": "oja", "lateral": "none"}


def test_a_simulated_rule_of_spikes_has_its_theory_and_portrait(call, tmp_path):
    said = call(
        "simulate", "inhibitory-balance", "--known", "vogels_2011", "--out", tmp_path / "out", "--json",
        *options("inhibitory-balance", **{"held_out.count": 2}),
    )  # fmt: skip
    assert (said.status, said.err) == (0, "")
    assert json.loads(said.out)["theory"]["predicted_hz"] == pytest.approx(5.0)
    assert (tmp_path / "out" / "learning.png").exists()


def test_a_simulation_draws_from_python(tmp_path):
    """The given rule beside the known one; alone where it is that."""
    done = plastica.simulate("oja", SMALL, theta=VALUES)
    files = done.plot(tmp_path / "new" / "figures")
    assert [file.name for file in files][::3] == ["learning.png", "rule.png"]
    text = (tmp_path / "new" / "figures" / "learning.svg").read_text()
    assert "known rule" not in text
    changed = plastica.simulate("oja", SMALL, theta=VALUES | {"feedforward.A000": 0.1})
    changed.plot(tmp_path)
    text = (tmp_path / "learning.svg").read_text()
    assert "given rule" in text
    assert "known rule" in text


BAD_FILES = [
    ("nothing of the kind", "is not valid JSON: Expecting value"),
    ("[1, 2", "is not valid JSON"),
    ("[1, 2]", "holds no object"),
    ('{"theta": 3}', "holds no object"),
    ("[" * 100_000, "is not valid JSON: it is nested too deeply"),
    ("{}", "lacks feedforward.A000, feedforward.A001"),
    (VALUES | {"feedforward.A333": 1.0}, "feedforward.A333 is no parameter of the rules, whose are feedforward.A000"),
    (VALUES | {"x" * 10_000: 1.0}, "xxxx is no parameter"),
    ({k: v for k, v in VALUES.items() if k != "feedforward.A111"}, "lacks feedforward.A111: give every parameter"),
    (VALUES | {"feedforward.A111": float("nan")}, "feedforward.A111 = nan is not a finite number"),
    (json.dumps(VALUES).replace("-1.0", "1e999"), "feedforward.A021 = inf is not a finite number"),
    (VALUES | {"feedforward.A111": 1e200}, "feedforward.A111 = 1e+200 is not a finite number (of at most 1e+150"),
    (VALUES | {"feedforward.A111": 10**400}, "is not a finite number"),
    (json.dumps(VALUES).replace("-1.0", "9" * 10_000), "is not valid JSON"),
    (VALUES | {"feedforward.A111": "1"}, "feedforward.A111 = '1' is not a finite number"),
    (VALUES | {"feedforward.A111": True}, "feedforward.A111 = True is not a finite number"),
    (VALUES | {"feedforward.A111": None}, "feedforward.A111 = None is not a finite number"),
    (VALUES | {"feedforward.A111": [[1] * 99] * 99}, "is not a finite number"),
    (json.dumps(VALUES)[:-1] + ', "feedforward.A110": 2}', "feedforward.A110 stands twice in one object"),
]


@pytest.mark.parametrize(("content", "sentence"), BAD_FILES, ids=[str(k) for k in range(len(BAD_FILES))])
def test_a_bad_file_is_one_sentence(call, tmp_path, content, sentence):
    file = written(tmp_path, content)
    said = call("simulate", "oja", "--theta", file, "--out", tmp_path / "out", *OJA)
    one_sentence(said, str(file), sentence)
    assert len(said.err) < 600
    assert not (tmp_path / "out").exists()


def test_a_file_that_cannot_be_read_is_one_sentence(call, tmp_path, monkeypatch):
    one_sentence(call("simulate", "oja", "--theta", tmp_path / "none.json"), "none.json is not a file")
    one_sentence(call("simulate", "oja", "--theta", tmp_path), "is not a file")
    one_sentence(call("simulate", "oja", "--theta", "x" * 5000), "cannot be read (File name too long)")
    (tmp_path / "binary").write_bytes(b"\xff\xfe\x00")
    one_sentence(call("simulate", "oja", "--theta", tmp_path / "binary"), "cannot be read", "utf-8")
    monkeypatch.setattr("plastica.given_rule.LONGEST", 1_000)
    one_sentence(call("simulate", "oja", "--theta", written(tmp_path, " " * 1001)), "is too long for a rule")


BAD_OPTIONS = [
    ([], "give the rule, and once"),
    (["--theta", "a.json", "--known", "oja"], "give the rule, and once"),
    (["--known", "oha"], "the known rule cannot be expressed (feedforward: "),
    (["--known", "lateral=oja"], "known rule of lateral: the connections that are searched are feedforward"),
    (["--known", "oja", "--known", "hebb"], "--known oja: write one name for all connections, or CONNECTION=NAME"),
    (["--known", "feedforward="], "--known feedforward=: write one name"),
    (["--known", "feedforward=oja", "--known", "feedforward=hebb"], "feedforward is given twice"),
    (["--known", "oja", "--set", "network.inputs=0"], "network.inputs = 0: "),
]


@pytest.mark.parametrize(("arguments", "sentence"), BAD_OPTIONS, ids=[" ".join(one) for one, _ in BAD_OPTIONS])
def test_bad_options_are_one_sentence(call, arguments, sentence):
    one_sentence(call("simulate", "oja", *arguments), sentence)


def test_a_connection_without_a_rule_is_said(call):
    """The task's own target has terms that this rule leaves out."""
    settings = ["--set", 'rules.lateral.terms=["001"]']
    said = call("simulate", "principal-components", "--known", "feedforward=oja", *settings)
    one_sentence(said, "no known rule is given for lateral", "add it as lateral=NAME")


def test_what_networks_cannot_compute_with_is_refused():
    """Bounds, and logarithms; numbers without names must be as many as parameters."""
    task = load("inhibitory-balance").composed
    names = task.space.names
    good = dict(zip(names, task.known_theta(task.targets).tolist(), strict=True))
    np.testing.assert_array_equal(theta_of(task, list(good.values())), list(good.values()))
    for change, sentence in [
        ({"inhibitory.tau_pre": 0.5}, "theta: inhibitory.tau_pre = 0.5: networks compute with 1 to 1e+06"),
        ({"inhibitory.tau_pre": -20}, "theta: inhibitory.tau_pre = -20: this parameter is searched as a logarithm"),
        ({"inhibitory.alpha": 2e4}, "theta: inhibitory.alpha = 20000.0: networks compute with -10000 to 10000"),
    ]:
        with pytest.raises(UserError) as refused:
            theta_of(task, good | change)
        assert str(refused.value).startswith(sentence)
    with pytest.raises(UserError, match=r"theta has the shape \(2,\): the rules have 6 parameters"):
        theta_of(task, [1.0, 2.0])
