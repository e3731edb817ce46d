"""`plastica study`: many runs side by side; their table is the same whatever carried or interrupted them."""

import csv
import html
import io
import json
import os
import re
import shlex
import shutil
import signal
import subprocess
import time
from importlib.util import find_spec
from pathlib import Path

import pytest
from pages import Page
from processes import command
from small import options, small

import plastica
from plastica.config import load
from plastica.engines import Dask, Threads
from plastica.errors import UserError
from plastica.studies.conducting import SilentStudy
from plastica.studies.groups import row_of, side_by_side

OWN = Path(__file__).parents[1] / "data" / "own_task.py"
SEEDS = (1, 2)
VARY = {"search.sigma0": [0.1, 0.3]}
FEW = {"rules.feedforward.terms": ["100", "110", "021"]}
ASKED = ("oja", "--seeds", "1-2", "--vary", "search.sigma0=0.1,0.3", *options("oja", **FEW))
NAMES = [f"sigma0={sigma0}-seed={seed}" for sigma0 in (0.1, 0.3) for seed in SEEDS]


def begin(out: Path, settings=None, **options) -> plastica.Study:
    asked = {"seeds": SEEDS, "vary": VARY, "out": out} | options
    return plastica.study("oja", small("oja", **FEW) | (settings or {}), **asked)


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory) -> plastica.Study:
    """A study that nothing came in the way of: look, but do not touch."""
    return begin(tmp_path_factory.mktemp("undisturbed") / "study")


@pytest.fixture(scope="module")
def table(undisturbed) -> list[dict]:
    """What was found."""
    return undisturbed.table()


@pytest.fixture(scope="module")
def lone(undisturbed) -> Path:
    """The folder of one of its runs, which can be looked at by itself."""
    return undisturbed.folder.runs / NAMES[0]


@pytest.fixture
def copy(undisturbed, tmp_path) -> Path:
    """The same, where a test may do with it what it likes."""
    return Path(shutil.copytree(undisturbed.folder.path, tmp_path / "copy"))


def test_a_study_is_a_folder_of_ordinary_runs(undisturbed, tmp_path):
    """Each as it would be by itself."""
    assert sorted(os.listdir(undisturbed.folder.runs)) == NAMES
    alone = plastica.run("oja", small("oja", seed=2, **{"search.sigma0": 0.3}, **FEW), out=tmp_path / "run")
    run = plastica.Run.open(undisturbed.folder.runs / "sigma0=0.3-seed=2")
    assert run.result() == alone.result()
    assert run.config == alone.config


def test_the_table_says_what_the_runs_say(undisturbed, table):
    """A row for each run, all with the same keys, those of a setting together."""
    rows = table
    assert [row["run"] for row in rows] == NAMES
    assert all(list(row) == list(rows[0]) for row in rows)
    for row, run in zip(rows, undisturbed.runs.values(), strict=True):
        summary = run.summary()
        held_out = summary["held_out"]
        assert (row["seed"], row["search.sigma0"]) == (run.config.seed, run.config.search_section.sigma0)
        assert (row["held_out"], row["no_plasticity"]) == (held_out["loss"], held_out["baselines"]["no_plasticity"])
        assert row["ratio"] == held_out["loss"] / held_out["baselines"]["known_rule_calibrated"]
        assert (row["angle"], row["trials"]) == (summary["angle_deg"]["feedforward"], summary["trials"])
        assert row["equation_feedforward"] == summary["equation"]["feedforward"]
        assert {key: row[key] for key in summary["theta"]} == summary["theta"]
        assert row["success"] is (row["difference"] <= 2 * row["difference_se"])
        assert not [key for key in row if "second" in key]
    assert {row["family_by_angle"] for row in rows} >= {1}


def test_a_criterion_is_stated_and_kept(tmp_path):
    """Also in the names of metrics; whatever stands in the table is judged by it."""
    study = begin(tmp_path / "study", vary={}, success="explained_variance > 0.5 and angle < 90")
    rows = plastica.Study.open(study.folder.path).table()
    assert [row["success"] for row in rows] == [row["explained_variance"] > 0.5 and row["angle"] < 90 for row in rows]
    assert [row["run"] for row in rows] == ["seed=1", "seed=2"]


def test_the_same_from_the_command_line(call, tmp_path, table):
    """Exit status 0, a table of settings, families; again, nothing is left to do and nothing changes."""
    for _ in range(2):
        said = call("study", *ASKED, "--out", tmp_path / "study", "--at-once", 2)
        assert (said.status, said.err) == (0, "")
        assert "oja: 2 settings x 2 seeds, 4 done" in said.out
        assert "families of rules by angle" in said.out
    assert "4 of 4:" not in said.out
    assert plastica.Study.open(tmp_path / "study").table() == table


def test_dask_gives_the_same_table(tmp_path, monkeypatch, table):
    """One cluster for all runs, several at a time."""
    clusters, going, most = [], set(), []
    local = Dask._local
    monkeypatch.setattr(Dask, "_local", lambda *arguments: clusters.append(1) or local(*arguments))

    class Counts(SilentStudy):
        def started(self, run, estimate):
            going.add(run.folder.path.name)
            most.append(len(going))

        def ended(self, run, error, done, total):
            going.discard(run)

    study = begin(tmp_path / "study", {"engine.name": "dask", "engine.workers": 1}, at_once=2, observer=Counts())
    assert (len(clusters), max(most)) == (1, 2)
    assert study.table() == table
    resumed = plastica.resume_study(study.folder.path, {"engine.name": "threads"})
    assert resumed.table() == table


# Interruption


def lines_in(folder: Path) -> int:
    return sum(file.read_bytes().count(b"\n") for file in folder.glob("runs/[!.]*/journal.jsonl"))


def stopped(arguments: list[str], folder: Path, lines: int, how: signal.Signals) -> subprocess.Popen:
    """A process, ended by a signal when the journals have so many more lines; or which came to its end before."""
    process = subprocess.Popen(arguments, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    deadline, before = time.monotonic() + 120, lines_in(folder)
    while process.poll() is None and not ((folder / "study.toml").exists() and lines_in(folder) - before >= lines):
        assert time.monotonic() < deadline
        time.sleep(0.01)
    if process.poll() is None:
        process.send_signal(how)
    process.communicate(timeout=60)
    return process


def test_after_kill_9_resume_makes_the_same_table(call, tmp_path, table):
    """In the midst of runs that go on at a time."""
    folder = tmp_path / "study"
    killed = stopped(command("study", *ASKED, "--out", folder, "--at-once", 2), folder, 9, signal.SIGKILL)
    assert killed.returncode == -signal.SIGKILL
    assert "interrupted" in [row["status"] for row in plastica.Study.open(folder).table()]
    assert call("resume", folder, "--quiet").status == 0
    assert plastica.Study.open(folder).table() == table


@pytest.mark.slow
def test_a_study_killed_twenty_times_is_an_undisturbed_one(tmp_path):
    """Whenever, also before it goes on: the same command begins it or goes on with it."""
    folder, killed, long = tmp_path / "study", 0, {"generations": 200}
    begun = command("study", *ASKED, *options("oja", **long), "--out", folder)
    for kill in range(20):
        resumed = kill % 2 and (folder / "study.toml").exists()
        arguments = command("resume", folder) if resumed else [*begun, "--at-once", str(1 + kill % 3)]
        killed += stopped(arguments, folder, kill % 5, signal.SIGKILL).returncode == -signal.SIGKILL
    assert killed == 20
    assert plastica.resume_study(folder).table() == begin(tmp_path / "undisturbed", long).table()


def test_what_a_killed_process_left_half_made_is_made_again(copy, table):
    """A run's folder without its journal, under the name that it has until it is whole."""
    (copy / "runs" / NAMES[0]).rename(copy / "runs" / f".{NAMES[0]}.part")
    (copy / "runs" / f".{NAMES[0]}.part" / "journal.jsonl").unlink()
    assert plastica.Study.open(copy).table()[0]["status"] == "not begun"
    assert plastica.resume_study(copy).table() == table
    assert sorted(os.listdir(copy / "runs")) == NAMES


def test_ctrl_c_lets_the_generations_in_hand_reach_the_journals(tmp_path):
    """Exit status 130 and the command that goes on with the study; no further run begins."""
    folder, at_once = tmp_path / "study", 2
    arguments = command("study", *ASKED, "--quiet", "--out", folder, "--at-once", at_once)
    process = subprocess.Popen(
        [*arguments, "--set", "generations=100000"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    while lines_in(folder) < 3 * at_once + at_once:
        assert process.poll() is None
        time.sleep(0.01)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert (process.returncode, out) == (130, "")
    assert err == f"plastica: interrupted; go on with: plastica resume {folder}\n"
    study = plastica.Study.open(folder)
    assert {row["status"] for row in study.table()} == {"interrupted", "not begun"}
    assert {row["reason"] for row in study.table()} == {"stopped by SIGINT", ""}
    assert len(study.runs) == at_once
    assert all((run.folder.journal.path).read_bytes().endswith(b"}\n") for run in study.runs.values())


def test_an_interrupted_study_is_that_of_python_too(tmp_path):
    """KeyboardInterrupt with the command that goes on; what is done is kept."""

    class Interrupts(SilentStudy):
        def ended(self, run, error, done, total):
            if done == 2:
                os.kill(os.getpid(), signal.SIGINT)

    handler = signal.getsignal(signal.SIGINT)
    with pytest.raises(KeyboardInterrupt, match=f"go on with: plastica resume {tmp_path / 'study'}"):
        begin(tmp_path / "study", observer=Interrupts())
    assert signal.getsignal(signal.SIGINT) is handler
    assert [row["status"] for row in plastica.Study.open(tmp_path / "study").table()].count("finished") in (2, 3)


# Failure


@pytest.fixture
def failing(tmp_path) -> Path:
    """A task whose data cannot be drawn for one seed."""
    first = "        generator = key.generator()\n"
    raises = "        if key.seed == 2:\n            raise ArithmeticError('no such data')\n"
    file = tmp_path / "failing.py"
    file.write_text(OWN.read_text().replace(first, raises + first, 1))
    return file


def test_a_run_that_fails_does_not_stop_the_others(call, failing, tmp_path):
    """Its sentence is in the table; exit status 1; resumed where nothing was mended, it fails again."""
    folder = tmp_path / "study"
    said = call("study", failing, "--trust", "--seeds", "1-3", "--out", folder, "--at-once", 2)
    assert (said.status, said.err) == (1, "")
    assert "seed=2 failed: a trial failed (ArithmeticError: no such data)" in said.out
    failing.unlink()
    rows = plastica.Study.open(folder, trust=True).table()
    assert [row["status"] for row in rows] == ["finished", "interrupted", "finished"]
    assert rows[1]["reason"] == "a trial failed: ArithmeticError: no such data"
    assert rows[1]["success"] is None
    said = call("resume", folder, "--trust", "--quiet")
    assert (said.status, said.out, said.err) == (1, "", "")
    assert call("show", folder).err.startswith("plastica: the task comes from ")


def test_an_error_that_nobody_expected_is_noted_too(tmp_path, monkeypatch):
    conduct = plastica.studies.conducting.conduct

    def broken(run, *arguments):
        if run.config.seed == 2:
            raise RuntimeError("the ceiling\nfell")
        return conduct(run, *arguments)

    monkeypatch.setattr("plastica.studies.conducting.conduct", broken)
    rows = begin(tmp_path / "study", vary={}).table()
    assert [row["status"] for row in rows] == ["finished", "interrupted"]
    assert rows[1]["reason"] == "RuntimeError: the ceiling fell"


def test_a_damaged_run_is_a_row_and_no_obstacle(call, copy, table):
    """`show` tells what is wrong with it; `resume` goes on with the others."""
    journal = copy / "runs" / NAMES[1] / "journal.jsonl"
    journal.write_text(journal.read_text().replace("favourite", "favorite"))
    shutil.rmtree(copy / "runs" / NAMES[2])
    row = plastica.Study.open(copy).table()[1]
    assert (row["status"], row["held_out"]) == ("unreadable", None)
    assert f"{journal} is damaged at line 2" in row["reason"]
    said = call("resume", copy)
    assert said.status == 1
    assert plastica.Study.open(copy).table()[2]["held_out"] == table[2]["held_out"]


def test_a_run_of_another_config_is_not_gone_on_with(call, copy):
    shutil.rmtree(copy / "runs" / NAMES[0])
    plastica.run("oja", small("oja", seed=9, **FEW), out=copy / "runs" / NAMES[0], max_seconds=0)
    said = call("resume", copy)
    assert said.status == 1
    assert f"{NAMES[0]} holds a run with another config: delete it, then resume the study" in said.out


# Growing, copying, bad input


def test_seeds_are_added_to_a_study(copy, table):
    """Those that are done are not done again; what is returned has the seeds that were asked for."""
    before = {file: file.stat().st_mtime_ns for file in copy.glob("runs/*/result.json")}
    study = begin(copy, seeds=(2, 3))
    assert [row["seed"] for row in study.table()] == [2, 3, 2, 3]
    assert plastica.Study.open(copy).seeds == (1, 2, 3)
    assert {file: file.stat().st_mtime_ns for file in before} == before
    assert begin(copy).table() == table


def test_a_study_that_was_copied_resumes_elsewhere(tmp_path):
    """A task of a user's own comes with it; the original may be gone."""
    file = shutil.copy(OWN, tmp_path)
    plastica.study(str(file), seeds=[1, 2], out=tmp_path / "study", trust=True)
    os.unlink(file)
    whole = plastica.Study.open(tmp_path / "study", trust=True).table()
    shutil.move(tmp_path / "study", tmp_path / "moved")
    shutil.rmtree(tmp_path / "moved" / "runs" / "seed=2")
    assert plastica.resume_study(tmp_path / "moved", trust=True).table() == whole


BAD = [
    (["--seeds", ""], "--seeds : write seeds as 1-20"),
    (["--seeds", "1,1"], "seeds: 1 is given twice: give each seed once"),
    (["--seeds", "1-2", "--vary", "nework.inputs=3"], "nework = {'inputs': 3}: there is no such key"),
    (["--seeds", "1-2", "--vary", "network.inputs=3,0"], "network.inputs = 0: input should be greater than 0"),
    (["--seeds", "1-2", "--vary", "network.inputs"], "--vary network.inputs: write it as key=value"),
    (["--seeds", "1-2", "--set", "seed=3"], "--set seed=3: give the seeds of a study by --seeds"),
    (["--seeds", "1-2", "--success", "angel < 10"], "success = 'angel < 10': there is no angel: choose from loss"),
    (["--seeds", "1-2", "--success", "angle"], "success = 'angle': 'angle' is no condition"),
    (["--seeds", "1-2", "--set", "network.inputs=100000"], "network.inputs = 100000, data.batches = 20"),
]


@pytest.mark.parametrize(("arguments", "sentence"), BAD, ids=[" ".join(arguments) for arguments, _ in BAD])
def test_bad_input_is_one_sentence_before_anything_begins(call, tmp_path, monkeypatch, arguments, sentence):
    monkeypatch.chdir(tmp_path)
    said = call("study", "oja", *arguments)
    assert (said.status, said.out) == (2, "")
    assert said.err.startswith(f"plastica: {sentence}")
    assert said.err.count("\n") == 1
    assert list(tmp_path.iterdir()) == []


def test_a_folder_of_something_else_is_left_alone(call, undisturbed, lone, tmp_path):
    """Another study, of another criterion, task or values; a run; and whatever else stands there."""
    other = {
        ("--success", "angle < 1"): "(success = 'difference <= 2 * difference_se')",
        ("--set", "generations=7"): "(of other settings)",
    }
    for changes, sentence in other.items():
        said = call("study", *ASKED, *changes, "--out", undisturbed.folder.path)
        assert (said.status, said.out) == (2, "")
        assert f"holds another study {sentence}: choose another --out, or go on with that one" in said.err
    (tmp_path / "mine.txt").write_text("mine")
    for folder in (lone, tmp_path):
        said = call("study", *ASKED, "--out", folder)
        assert (said.status, said.out) == (2, "")
        assert said.err == f"plastica: {folder} is neither empty nor the folder of a study: choose another --out\n"


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("resume", "--set", "generations=9"), "only engine.* may change when a study is resumed"),
        (("resume", "--max-seconds", 5), "--max-seconds ends a single run"),
        (("evaluate",), "is the folder of a study: give one of its runs, which are in"),
        (("ablate",), "is the folder of a study: give one of its runs, which are in"),
    ],
    ids=lambda value: " ".join(map(str, value)) if isinstance(value, tuple) else "",
)
def test_what_only_runs_can_is_a_sentence(call, undisturbed, arguments, sentence):
    verb, *more = arguments
    said = call(verb, undisturbed.folder.path, *more)
    assert (said.status, said.out) == (2, "")
    assert sentence in said.err
    assert said.err.count("\n") == 1


def test_a_study_in_use_is_left_alone(call, undisturbed):
    with undisturbed.folder.locked():
        said = call("resume", undisturbed.folder.path)
    assert said.status == 2
    assert said.err.startswith(f"plastica: {undisturbed.folder.path} is in use by another process")


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ('name = "sigma0=0.1"', 'name = "../../elsewhere"', "study.toml is damaged at settings.0.name"),
        ("format = 1", "format = 2", "has format 2, of a newer version: upgrade plastica"),
        ("seeds = [", "seeds = [-3,", "is damaged at seeds.0"),
        ("format = 1", "format = ", "study.toml is damaged: restore the file"),
        ('success = "difference', 'success = "(difference', "is no condition"),
        ("sigma0 = 0.1", "sigma0 = -1", "search.sigma0 = -1"),
    ],
)
def test_a_strangers_study_is_held_against_its_shape(call, copy, old, new, sentence):
    text = (copy / "study.toml").read_text()
    assert old in text
    (copy / "study.toml").write_text(text.replace(old, new, 1))
    for verb in ("show", "resume", "plot", "compare"):
        said = call(verb, copy)
        assert (said.status, said.out) == (2, "")
        assert sentence in said.err
        assert said.err.count("\n") == 1


# What is shown


def test_show_tells_settings_families_and_what_is_missing(call, copy):
    """As lines, as JSON and as CSV, at any time."""
    shutil.rmtree(copy / "runs" / NAMES[3])
    said = call("show", copy)
    assert (said.status, said.err) == (0, "")
    assert f"  {NAMES[3]}: not begun" in said.out
    assert "held-out loss not above that of the calibrated known rule by more than two standard errors" in said.out
    shown = json.loads(call("show", copy, "--json").out)
    assert [one["setting"] for one in shown["settings"]] == ["sigma0=0.1", "sigma0=0.3"]
    assert [(one["runs"], one["done"]) for one in shown["settings"]] == [(2, 2), (2, 1)]
    left = plastica.Study.open(copy).table()
    assert shown["runs"] == left
    found = list(csv.DictReader(io.StringIO(call("show", copy, "--csv").out)))
    assert [row["run"] for row in found] == NAMES
    assert [row["held_out"] for row in found] == [str(row["held_out"] or "") for row in left]


def test_csv_and_pandas_from_python(call, undisturbed, lone, tmp_path):
    undisturbed.to_csv(tmp_path / "table.csv")
    assert (tmp_path / "table.csv").read_text() == call("show", undisturbed.folder.path, "--csv").out
    with pytest.raises(UserError, match="cannot be written"):
        undisturbed.to_csv(tmp_path)
    assert "is a run: --csv prints the table of a study" in call("show", lone, "--csv").err
    if find_spec("pandas"):
        assert list(undisturbed.to_pandas()["run"]) == NAMES
    else:
        with pytest.raises(
            UserError, match=r"^to_pandas\(\) needs pandas, which is not installed: pip install -e '.\[pandas\]'$"
        ):
            undisturbed.to_pandas()


def test_plot_draws_a_study(call, undisturbed, tmp_path):
    """Bands, rules and families; the same files whenever they are drawn, in the study's own folder or elsewhere."""
    said = call("plot", undisturbed.folder.path, "--out", tmp_path)
    assert (said.status, said.err) == (0, "")
    stems = ("search", "rules", "families")
    assert said.out.split() == [f"{tmp_path / stem}.{suffix}" for stem in stems for suffix in ("png", "svg", "pdf")]
    text = (tmp_path / "search.svg").read_text()
    assert all(f">{word}<" in text for word in ("sigma0=0.1", "sigma0=0.3", "held-out loss", "trials spent"))


def test_nothing_to_draw_is_a_sentence(call, copy, tmp_path):
    shutil.rmtree(copy / "runs")
    for arguments in (("plot", copy), ("compare", copy, "--out", tmp_path / "figure")):
        said = call(*arguments)
        assert (said.status, said.out) == (2, "")
        assert "has no generation to draw yet" in said.err


def test_compare_lays_settings_beside_runs(call, undisturbed, lone, tmp_path):
    """A line for each setting and each run by itself; bands have their names."""
    folder = undisturbed.folder.path
    said = call("compare", folder, lone, "--out", tmp_path / "figure")
    assert (said.status, said.err) == (0, "")
    names = [f"{folder.name}: sigma0=0.1", f"{folder.name}: sigma0=0.3", lone.name]
    assert all(f"{name} (oja, cma)" in said.out for name in names)
    assert all(f">{name}<" in (tmp_path / "figure.svg").read_text() for name in names)
    rows = [row_of(group) for group in side_by_side([folder, lone])]
    assert [(row["name"], row["runs"]) for row in rows] == list(zip(names, (2, 2, 1), strict=True))
    assert rows[2]["median"]["held_out"]["median"] == plastica.Run.open(lone).result()["held_out"]["loss"]
    assert "is given twice" in call("compare", folder, folder).err


def test_threads_go_one_after_another_by_themselves():
    assert Threads().at_once == 1
    assert Dask(workers=3).at_once == 3
    assert Dask(scheduler="tcp://host:1").at_once == 8
    assert load("oja").engine_section.at_once == 1


def test_a_study_has_a_report(undisturbed, table, call, tmp_path):
    """One page with all of its runs, that loads nothing; the command on it asks for the same study."""
    file = tmp_path / "report.html"
    assert call("report", undisturbed.folder.path, "--out", file).status == 0
    page = Page(file.read_text())
    assert page.wrong == []
    assert list(page.sections) == ["outcome", "figures", "families", "runs", "repeat", "config"]
    for row in table:
        assert f"{row['run']}finished" in page.sections["runs"]
        assert f"{row['held_out']:.4g}" in page.sections["runs"]
    assert call("report", undisturbed.folder.path, "--out", file).status == 0  # an earlier one is replaced
    kept = re.findall("<pre>(.*?)</pre>", file.read_text(), re.DOTALL)[-1]
    (tmp_path / "config.toml").write_text(html.unescape(kept))
    command = page.sections["repeat"].rpartition("plastica study config.toml ")[2]
    words = shlex.split(command)
    repeated = call("study", tmp_path / "config.toml", *words, "--out", tmp_path / "again", "-q")
    assert (repeated.status, repeated.err) == (0, "")
    assert plastica.Study.open(tmp_path / "again").table() == table


def test_a_report_of_another_study_is_left_alone(undisturbed, call, tmp_path):
    other = begin(tmp_path / "other", {"network.updates": 21}, seeds=[1], vary={})
    file = tmp_path / "report.html"
    assert call("report", other.folder.path, "--out", file).status == 0
    before = file.read_bytes()
    said = call("report", undisturbed.folder.path, "--out", file)
    assert (said.status, said.out) == (2, "")
    assert "exists and is no report of this folder" in said.err
    assert file.read_bytes() == before
