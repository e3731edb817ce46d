"""`plastica table`: rules that were kept or evaluated, through files and back, measured, filtered and drawn."""

import csv
import json
import shutil
import signal
import subprocess

import numpy as np
import pytest
from processes import command, journal_of
from small import options, small

import plastica
from plastica.table import Table, joined, of_runs, read_table, within, write_table

TASK = "inhibitory-balance"
WINDOWS = {"rate_hz": [1.0, 60.0], "share_at_bound": [0.0, 0.6]}
FILTER = {
    "search.name": "filter", "search.population": 20, "search.enough": 1.0, "search.margin": 0.5, "generations": 4,
    "engine.threads": 1, **{f"search.windows.{name}": window for name, window in WINDOWS.items()},
}  # fmt: skip


@pytest.fixture(scope="module")
def filtered(tmp_path_factory):
    """The folder of a small run that keeps rules."""
    folder = tmp_path_factory.mktemp("filtered") / "run"
    plastica.run(TASK, small(TASK, **FILTER), out=folder)
    return folder


@pytest.fixture(scope="module")
def kept(filtered) -> Table:
    return of_runs([plastica.Run.open(filtered)])


def test_the_rules_that_a_run_kept(filtered, kept):
    """Each once, by generation and candidate, with its own loss and metrics, inside the windows; all with --all."""
    run = plastica.Run.open(filtered)
    records = run.records()
    everything = of_runs([run], everything=True)
    assert 0 < len(kept) < len(everything) == 4 * 20 + 1
    assert len(np.unique(kept.thetas, axis=0)) == len(kept)
    assert kept.names == run.task.space.names
    assert kept.units == ("ms", "ms", "1/spike", "1/spike", "1/spike", "1/spike")
    _, generation, candidate = kept.origin[-1].rsplit("/", 2)
    record, k = records[int(generation)], int(candidate)
    assert kept.metrics["loss"][-1] == record["loss"][k]
    assert kept.metrics["rate_hz"][-1] == record["measured"]["mean"]["rate_hz"][k]
    again = run.task.evaluate(kept.thetas[-1:], run.task.keys(run.config.seed, "search", 3, int(generation)))
    assert again.loss.mean() == record["loss"][k]
    for name, (low, high) in WINDOWS.items():
        assert (low <= kept.metrics[name]).all()
        assert (kept.metrics[name] <= high).all()
    assert not kept.metrics["failed"].any()
    assert (everything.metrics["failed"] >= 0).all()
    assert records[-1]["search"]["rules"] <= len(kept) + 1
    assert np.array(list(run.summary()["theta"].values())) in kept.thetas


def test_a_run_of_another_search_lists_what_it_evaluated(finished, call, tmp_path):
    """Loss alone: its journal has no metrics."""
    said = call("table", finished, "--out", tmp_path / "oja.csv")
    assert (said.status, said.err) == (0, "")
    header, *rows = csv.reader((tmp_path / "oja.csv").read_text().splitlines())
    run = plastica.Run.open(finished)
    assert header == ["origin", *(f"{name} [1]" for name in run.task.space.names), "loss"]
    assert len(rows) == sum(len(record["loss"]) for record in run.records())
    assert [float(row[-1]) for row in rows] == [loss for record in run.records() for loss in record["loss"]]
    assert f"{len(rows)} rules" in said.out
    assert "journal" not in said.out


def test_a_study_lists_the_rules_of_its_runs(call, tmp_path):
    """As many as they have, told apart by their origin; a study without a run is a sentence, a run twice another."""
    settings = small(TASK, **FILTER) | {"generations": 3}
    study = plastica.study(TASK, settings, seeds=[1, 2], out=tmp_path / "study")
    said = call("table", tmp_path / "study", "--all", "--out", tmp_path / "rules.csv")
    assert (said.status, said.err) == (0, "")
    table, runs = read_table(tmp_path / "rules.csv"), list(study.runs.values())
    assert table.origin == tuple(one for run in runs for one in of_runs([run], everything=True).origin)
    assert {origin.rsplit("/", 2)[0] for origin in table.origin} == {str(run.folder.path) for run in runs}
    said = call("table", tmp_path / "study", tmp_path / "study")
    assert (said.status, said.err.count("\n")) == (2, 1)
    shutil.rmtree(study.folder.runs)
    said = call("table", tmp_path / "study")
    assert said.status == 2
    assert said.err.endswith(
        "no run of this study has begun: go on with: plastica resume {}\n".format(tmp_path / "study")
    )


@pytest.mark.parametrize("suffix", ["csv", "json", "npy"])
def test_a_table_comes_back_as_it_was(kept, tmp_path, suffix):
    """Parameters, units, metrics, origins; what was not measured is not there, and nothing is overwritten."""
    gap = {**kept.metrics, "cv": np.where(np.arange(len(kept)) == 1, np.nan, kept.metrics["cv"])}
    table = Table(kept.names, kept.units, kept.thetas, gap, kept.origin, kept.runs)
    write_table(table, tmp_path / f"rules.{suffix}")
    back = read_table(tmp_path / f"rules.{suffix}")
    assert back.names == (tuple(name.split(".")[1] for name in kept.names) if suffix == "npy" else kept.names)
    assert (back.units, back.origin) == (kept.units, kept.origin)
    np.testing.assert_allclose(back.thetas, kept.thetas, rtol=1e-14 if suffix == "npy" else 0)
    assert back.metrics.keys() == table.metrics.keys()
    for name, values in table.metrics.items():
        np.testing.assert_array_equal(back.metrics[name], values)
    assert back.runs == (kept.runs if suffix == "json" else {})
    with pytest.raises(plastica.UserError, match=r"exists: choose another --out, or delete it$"):
        write_table(table, tmp_path / f"rules.{suffix}")


def published(path, size=25, **more):
    """Records as fSBI and Mem1kRules publish them: seconds, units of eta, metrics of one or several values."""
    fields = [("theta", "f8", (size,)), ("seed", "U32"), ("rate", "f4", (2,)), ("cv_isi", "f8"), *more]
    records = np.zeros(3, dtype=fields)
    for k in range(3):
        records[k]["theta"][:24] = np.tile([0.02, 0.04, -1.0, 0.1 * k, 1.5, 0.5], 4)[:size]
    records["seed"], records["rate"], records["cv_isi"] = ["a" * 32, "b" * 32, "c" * 32], [[5, 6]] * 3, 1.25
    if size == 25:
        records["theta"][:, 24] = 7.0
        records["theta"][:, 12:18] = [0.01, 0.03, -2.0, 0.5, 3.0, 4.0]  # from inhibitory to excitatory
    np.save(path, records)
    return path


def test_a_published_table_reads_in_our_units(tmp_path):
    table = read_table(published(tmp_path / "theirs.npy"))
    assert table.names[:7] == ("EE.tau_pre", "EE.tau_post", "EE.alpha", "EE.beta", "EE.gamma", "EE.kappa", "EI.tau_pre")
    assert (table.names[24], table.units[24], table.thetas[0, 24]) == ("input_rate", "Hz", 7.0)
    np.testing.assert_allclose(table.thetas[2, :6], [20.0, 40.0, -0.01, 0.002, 0.015, 0.005])
    assert table.units[:3] == ("ms", "ms", "1/spike")
    assert table.origin == ("a" * 32, "b" * 32, "c" * 32)
    assert {name: values[0] for name, values in table.metrics.items()} == {"rate_hz.0": 5, "rate_hz.1": 6, "cv": 1.25}
    write_table(table, tmp_path / "again.npy")
    np.testing.assert_allclose(np.load(tmp_path / "again.npy")["theta"], np.load(tmp_path / "theirs.npy")["theta"])


@pytest.mark.parametrize(
    ("count", "first", "last", "units"),
    [
        (6, "tau_pre", "kappa", {"ms", "1/spike"}),
        (11, "eta", "post", {"1", "1/spike"}),
        (21, "c0", "c20", {"1", "1/spike"}),
        (22, "EE.eta", "IE.post", {"1", "1/spike"}),
        (42, "EE.c0", "IE.c20", {"1", "1/spike"}),
        (43, "EE.c0", "input_rate", {"1", "1/spike", "Hz"}),
    ],
)
def test_a_published_vector_reads_by_its_length(tmp_path, count, first, last, units):
    """Numbers alone, of one rule or of several; only those of spike-pair rules have other units there."""
    theta = 0.01 * np.arange(1.0, count + 1)
    np.save(tmp_path / "one.npy", theta)
    np.save(tmp_path / "two.npy", np.array([theta, 2 * theta]))
    one, two = read_table(tmp_path / "one.npy"), read_table(tmp_path / "two.npy")
    assert (one.names[0], one.names[-1], set(one.units)) == (first, last, units)
    assert (len(one), len(two)) == (1, 2)
    if count == 6:
        np.testing.assert_allclose(one.thetas[0], [10, 20, 3e-4, 4e-4, 5e-4, 6e-4])
        np.save(tmp_path / "log.npy", np.r_[np.log(theta[:2]), theta[2:]])  # as SpikES searches them
        np.testing.assert_allclose(read_table(tmp_path / "log.npy").thetas, one.thetas)
    else:
        np.testing.assert_array_equal(one.thetas[0], theta)
    if count == 22:
        assert one.names[:4] == ("EE.eta", "IE.eta", "EE.pre_1", "EE.pre_2")
        assert one.names[6:8] == ("EE.pre", "EE.post_1")


def test_a_published_table_is_evaluated_filtered_and_drawn_here(call, tmp_path):
    """Its rule from inhibitory to excitatory neurons is that of our task; the numbers are those of the task itself."""
    file = published(tmp_path / "theirs.npy")
    said = call(
        "table", file, "--task", TASK, *options(TASK), "--evaluate", 2, "--window", "loss=0,1e9", "--out",
        tmp_path / "here.json", "--figure", tmp_path / "pairs",
    )  # fmt: skip
    assert (said.status, said.err) == (0, "")
    table = read_table(tmp_path / "here.json")
    np.testing.assert_allclose(table.thetas[0], [10, 30, -0.02, 0.005, 0.03, 0.04])
    task = plastica.config.load(TASK, small(TASK)).composed
    mine = task.evaluate(table.thetas, task.keys(1, "held-out", 2))
    np.testing.assert_array_equal(table.metrics["rate_hz"], mine.metrics["rate_hz"].mean(axis=1))
    files = [tmp_path / name for name in ("here.json", "pairs.png", "pairs.svg", "pairs.pdf")]
    assert said.out.splitlines()[-4:] == list(map(str, files))
    assert all(file.stat().st_size > 500 for file in files)


def test_windows_filter_a_table(call, filtered, kept):
    """The share that is within them; how many are left, and how different they are."""
    middle = float(np.median(kept.metrics["rate_hz"]))
    said = call("table", filtered, "--window", f"rate_hz={middle},1e9", "--json")
    found = json.loads(said.out)
    assert (found["given"], found["rules"]) == (len(kept), int((kept.metrics["rate_hz"] >= middle).sum()))
    assert found["metrics"]["rate_hz"][0] >= middle
    assert 1 <= found["spread"]["directions"] <= found["rules"]


def test_a_rule_of_which_a_trial_failed_is_in_no_window(kept):
    """Whatever its metrics are."""
    failed = np.arange(len(kept)) % 2
    table = Table(kept.names, kept.units, kept.thetas, {**kept.metrics, "failed": failed.astype(float)}, kept.origin)
    np.testing.assert_array_equal(within(table, {"loss": (0.0, 1e9)}), failed == 0)
    np.testing.assert_array_equal(within(table, {}), failed == 0)


def test_a_metric_that_is_no_finite_number_is_left_out_of_json(kept, tmp_path):
    """Which has no word for it."""
    table = Table(kept.names, kept.units, kept.thetas, {"cv": np.full(len(kept), np.inf)}, kept.origin)
    write_table(table, tmp_path / "rules.json")
    assert len(read_table(tmp_path / "rules.json")) == len(kept)
    assert read_table(tmp_path / "rules.json").metrics == {}


def test_tables_of_the_same_rules_are_joined(kept):
    both = joined([kept, Table(kept.names, kept.units, kept.thetas, {"new": np.ones(len(kept))}, kept.origin)])
    assert len(both) == 2 * len(kept)
    assert np.isnan(both.metrics["new"][: len(kept)]).all()
    assert np.isnan(both.metrics["loss"][len(kept) :]).all()


BAD = {
    "no parameters": (
        "a.csv",
        "origin,loss\nx,1\n",
        "lacks columns of parameters: each is called by its name and unit",
    ),
    "not a number": ("a.csv", "x [1],loss\n1,2\nhigh,3\n", "line 3: x [1] is 'high': put a number there"),
    "a short line": ("a.csv", "x [1],loss\n1\n", "line 2 has 1 cells, and the header has 2: mend the line"),
    "a long line": ("a.csv", "x [1],loss\n1,2\n\n1,2,3\n", "line 3 has 3 cells, and the header has 2: mend the line"),
    "no origin": ("a.csv", "x [1],origin\n1\n", "line 2 has 1 cells"),
    "an empty parameter": ("a.csv", "origin,x [1],y [1]\nr,1,\n", "r has y = nan: put a finite number there"),
    "an infinite one": ("a.csv", "origin,x [1]\nr,1\ns,inf\n", "s has x = inf: put a finite number there"),
    "two of a name": ("a.csv", "x [1],x [1]\n1,2\n", "two columns of one name: rename one"),
    "empty": ("a.csv", "", "lacks columns of parameters"),
    "no rule": ("a.csv", "x [1],loss\n", "holds no rule"),
    "no JSON": ("a.json", "{", "is no JSON file: "),
    "no rules": ("a.json", '{"format": 1, "parameters": []}', "is no table of rules: see rules (Field required)"),
    "a missing column": (
        "a.json",
        '{"format":1,"parameters":[{"name":"x","unit":"1"}],"rules":[{"origin":"r","theta":{"y":1}}]}',
        "r lacks x: add the column",
    ),
    "no object": ("a.json", "[]", "is no table of rules: see the whole ("),
    "NaN": (
        "a.json",
        '{"format":1,"parameters":[{"name":"x","unit":"1"}],"rules":[{"origin":"r","theta":{"x":NaN}}]}',
        "see rules.0.theta.x (Input should be a finite number)",
    ),
    "no name": (
        "a.json",
        '{"format":1,"parameters":[],"rules":[{"origin":"r","theta":{}}]}',
        "should name each parameter once, and names none",
    ),
    "a name twice": (
        "a.json",
        '{"format":1,"parameters":[{"name":"x","unit":"1"},{"name":"x","unit":"1"}],'
        '"rules":[{"origin":"r","theta":{"x":1}}]}',
        "should name each parameter once, and names x, x",
    ),
    "no numpy file": ("a.npy", "theta", "is no numpy file of plain records: "),
    "another file": ("a.txt", "", "a table is a file that ends in .csv, .json, .npy"),
}


@pytest.mark.parametrize(("name", "text", "sentence"), BAD.values(), ids=BAD)
def test_what_is_wrong_with_a_file(call, tmp_path, name, text, sentence):
    (tmp_path / name).write_text(text)
    said = call("table", tmp_path / name)
    assert (said.status, said.out) == (2, "")
    assert said.err.startswith(f"plastica: {tmp_path / name}")
    assert sentence in said.err
    assert said.err.count("\n") == 1


def test_what_is_wrong_with_an_array(call, tmp_path):
    """No theta, a theta of another length, or objects, which could run anything: refused."""
    for records, sentence in (
        (np.zeros(3), "theta should hold 6, 21, 11, 24, 42, 22, 25, 43, 23 numbers a rule, and is float64 (3,)"),
        (np.zeros(2, dtype=[("rate", "f8")]), "lacks theta"),
        (
            np.zeros(2, dtype=[("theta", "f8", (7,))]),
            "theta should hold 6, 21, 11, 24, 42, 22, 25, 43, 23 numbers a rule",
        ),
        (np.array([{}, {}]), "is no numpy file of plain records"),
        (np.array([(np.full(6, np.nan),)], dtype=[("theta", "f8", (6,))]), "a.npy/0 has tau_pre = nan: put a finite"),
    ):
        np.save(tmp_path / "a.npy", records)
        said = call("table", tmp_path / "a.npy")
        assert said.status == 2
        assert sentence in said.err


def test_what_is_wrong_with_the_options(call, filtered, finished, tmp_path):
    (tmp_path / "there.csv").write_text("mine")
    (tmp_path / "short.csv").write_text("inhibitory.tau_pre [ms]\n20\n")
    (tmp_path / "seconds.csv").write_text(
        "tau_pre [s],tau_post [s]," + ",".join(f"{n} [1/spike]" for n in ("alpha", "beta", "gamma", "kappa")) + "\n"
        "0.02,0.02,0,0,0,0\n"
    )
    (tmp_path / "negative.csv").write_text(
        "origin,tau_pre [ms],tau_post [ms]," + ",".join(f"{n} [1/spike]" for n in ("alpha", "beta", "gamma", "kappa"))
        + "\nr,20,-20,0,0,0,0\n"
    )  # fmt: skip
    for arguments, sentence in (
        ((filtered, "--out", tmp_path / "there.csv"), "exists: choose another --out, or delete it"),
        ((filtered, "--out", tmp_path / "rules.xls"), "a table is a file that ends in .csv, .json, .npy"),
        ((finished, "--out", tmp_path / "oja.npy"), "a .npy file holds rules of SpikES, fSBI and Mem1kRules"),
        ((filtered, "--window", "rate=1,2"), "--window rate: the table has no such metric; choose from loss, rate_hz,"),
        ((filtered, "--window", "cv"), "--window cv: write it as NAME=LOW,HIGH, such as rate_hz=4.5,5.5"),
        ((filtered, "--window", "cv=2,1"), "--window cv=2,1: the first number must be the smaller one"),
        ((finished, filtered), "has other parameters"),
        ((tmp_path / "short.csv", "--evaluate", 1), "name the task with --task"),
        ((tmp_path / "short.csv", "--evaluate", 1, "--task", TASK), "the table lacks inhibitory.tau_post, inhibitory."),
        (
            (tmp_path / "seconds.csv", "--evaluate", 1, "--task", TASK),
            "tau_pre in s, and the task takes ms: convert it",
        ),
        (
            (tmp_path / "negative.csv", "--task", TASK),
            "r: inhibitory.tau_post = -20.0: this parameter is searched as a logarithm, and is above zero",
        ),
        ((tmp_path / "none.csv",), "none.csv cannot be read (No such file or directory)"),
        ((filtered, "--window", "cv=99,100", "--figure", tmp_path / "none"), "there is no rule to draw"),
    ):
        said = call("table", *arguments)
        assert said.status == 2, arguments
        assert sentence in said.err, said.err
        assert "Traceback" not in said.err
    assert (tmp_path / "there.csv").read_text() == "mine"


def test_a_run_that_keeps_nothing_ends_in_a_sentence(call, tmp_path):
    """No crash: there is a favourite, a status with the reason, and a word on what to do."""
    never = FILTER | {"search.windows.rate_hz": [1e5, 2e5], "search.patience": 2, "search.population": 8}
    said = call("run", TASK, *options(TASK, **never), "--out", tmp_path / "run")
    assert said.status == 0
    assert "finished (rounds without a rule = 2)" in said.out
    assert "no rule was ever within the windows: widen search.windows, or the spread of the rules" in said.out
    said = call("table", tmp_path / "run")
    assert said.status == 2
    assert "has kept no rule: widen search.windows, or list all that were evaluated with --all" in said.err
    assert "17 rules" in call("table", tmp_path / "run", "--all").out


def test_killed_and_resumed_it_keeps_the_same_rules(filtered, kept, tmp_path, call):
    """On other threads, after kill -9; a journal that lacks what was measured is refused."""
    folder = tmp_path / "run"
    process = subprocess.Popen(command("run", TASK, *options(TASK, **FILTER), "--threads", 2, "--out", folder))
    while process.poll() is None and not (folder / "journal.jsonl").exists():
        pass
    while process.poll() is None and (folder / "journal.jsonl").read_bytes().count(b"\n") < 3:
        pass
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert plastica.Run.open(folder).summary()["status"] == "interrupted"
    plastica.resume(folder)
    assert journal_of(folder) == journal_of(filtered)
    assert json.loads((folder / "result.json").read_text()) == json.loads((filtered / "result.json").read_text())
    again = of_runs([plastica.Run.open(folder)])
    np.testing.assert_array_equal(again.thetas, kept.thetas)
    journal = folder / "journal.jsonl"
    header, first, *_ = journal.read_text().splitlines()
    record = json.loads(first)
    del record["measured"]["mean"]["cv"]
    journal.write_text("\n".join([header, json.dumps(record), ""]))
    said = call("table", folder)
    assert said.status == 2
    assert "generation 0 of the journal does not follow from the config" in said.err


def test_show_tells_how_many_rules_were_kept(call, filtered):
    kept = plastica.Run.open(filtered).records()[-1]["search"]
    said = call("show", filtered)
    assert f"  kept {kept['rules']} rules, {100 * kept['kept']:.0f} % of the last round" in said.out
    assert f"plastica table {filtered}" in said.out
