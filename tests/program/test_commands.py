"""What a newcomer types, and what it prints and leaves behind."""

import json
import tomllib
from datetime import date

import numpy as np
import pytest
from processes import journal_of
from small import small

import plastica
from plastica.config import load
from plastica.tasks import TASKS

KEYS = {
    "task", "status", "reason", "seed", "generations", "trials", "seconds", "loss", "theta", "equation", "angle_deg",
    "outcomes", "held_out", "versions",
}  # fmt: skip
BASELINES = {"no_plasticity", "random_rules", "known_rule", "known_rule_best_scale"}


def test_a_run_ends_well_and_says_what_it_found(started):
    """The folder's name, the work ahead, a line a generation, and the summary; nothing on stderr."""
    folder, done = started
    assert done.returncode == 0
    assert done.stderr == ""
    assert folder.name == f"oja-{date.today().isoformat()}-1"
    first, *rest = done.stdout.splitlines()
    trials = 5 * 7 * 3
    assert first.startswith(f"oja, seed 3: {trials} trials, about ")
    assert rest[0].startswith("generation 1/5  loss ")
    assert any(line.startswith("generation 5/5  loss ") for line in rest)
    for word in (
        "feedforward: dw / eta = ",
        "from the known rule",
        "no plasticity",
        "known rule best scale",
        "finished",
    ):
        assert word in done.stdout
    assert folder.name in rest[-1]


def test_the_folder_holds_the_run(finished):
    """Config, environment, journal, status, result; the config is complete, the journal has a line a generation."""
    names = {file.name for file in finished.iterdir() if not file.name.startswith(".")}
    assert {"config.toml", "environment.json", "journal.jsonl", "status.json", "result.json"} <= names
    config = load(str(finished / "config.toml"))
    assert config == load("oja", small("oja") | {"seed": 3, "generations": 5, "engine.threads": 2})
    header, *lines = journal_of(finished)
    assert set(header) == {"format", "config"}
    assert [line["generation"] for line in lines] == list(range(5))
    for line in lines:
        assert len(line["loss"]) == 7
        assert len(line["favourite"]) == 27
        assert sum(line["outcomes"].values()) == 7 * 3


@pytest.mark.parametrize("run", ["finished", "pair"])
def test_show_json_has_all_keys(run, request, call):
    """One object, with everything that later tools rely on, consistent with the journal."""
    folder = request.getfixturevalue(run)
    said = call("show", folder, "--json")
    assert said.status == 0
    summary = json.loads(said.out)
    task = load(str(folder / "config.toml")).composed
    assert set(summary) >= KEYS
    assert (summary["status"], summary["reason"]) == ("finished", "all generations done")
    assert list(summary["theta"]) == list(task.space.names)
    assert set(summary["equation"]) == set(summary["angle_deg"]) == set(task.network.connections)
    assert all(0 <= angle <= 180 for angle in summary["angle_deg"].values())
    assert set(summary["held_out"]["baselines"]) == BASELINES | set(task.baselines)
    assert summary["held_out"]["loss"] > 0
    lines = journal_of(folder)[1:]
    assert summary["generations"] == len(lines)
    assert (
        summary["trials"] == sum(sum(line["outcomes"].values()) for line in lines) == sum(summary["outcomes"].values())
    )
    assert summary["loss"] == lines[-1]["loss"][0]
    assert {"plastica", "python", "numpy", "numba", "cma"} <= set(summary["versions"])


def test_show_prints_the_same_for_people(finished, call):
    """Task, status, equation, angle, outcomes, the held-out table."""
    said = call("show", finished)
    assert said.status == 0
    for word in ("oja, seed 3: finished", "feedforward: dw / eta = ", "5 generations", "held-out datasets"):
        assert word in said.out


def test_plot_draws_png_and_svg(pair, call):
    """Files that are printed, exist and hold a picture; drawing again gives the same SVG."""
    said = call("plot", pair)
    assert said.status == 0
    files = said.out.split()
    assert {file.rpartition(".")[2] for file in files} == {"png", "svg"}
    for file in files:
        content = (pair / "figures" / file.rpartition("/")[2]).read_bytes()
        assert len(content) > 5000
        assert (
            content.startswith(b"\x89PNG") if file.endswith("png") else b"generation" in content or b"update" in content
        )
    before = (pair / "figures" / "search.svg").read_bytes()
    call("plot", pair)
    assert (pair / "figures" / "search.svg").read_bytes() == before


def test_evaluate_is_the_held_out_table_again(finished, call):
    """Without changes the same numbers as in the result; on other data others; nothing is written."""
    before = {file.name: file.read_bytes() for file in finished.iterdir() if file.is_file()}
    result = json.loads((finished / "result.json").read_text())["held_out"]
    assert json.loads(call("evaluate", finished, "--json").out) == result
    other = json.loads(call("evaluate", finished, "--json", "--set", "network.inputs=6", "--set", "seed=9").out)
    assert other["loss"] != result["loss"]
    assert set(other["baselines"]) == BASELINES
    assert "no plasticity" in call("evaluate", finished, "--set", "held_out.count=2").out
    assert {file.name: file.read_bytes() for file in finished.iterdir() if file.is_file()} == before


def test_ablate_ranks_the_terms(pair, call):
    """A loss without each of the 54 terms, and a figure."""
    said = call("ablate", pair, "--json")
    assert said.status == 0
    table = json.loads(said.out)
    assert len(table["without"]) == 54
    assert table["loss"] == pytest.approx(json.loads((pair / "result.json").read_text())["held_out"]["loss"])
    said = call("ablate", pair)
    assert "feedforward.A110" in said.out
    assert "lateral.B110" in said.out
    for suffix in ("png", "svg"):
        assert any((pair / "figures").glob(f"ablation*.{suffix}"))


def test_tasks_lists_what_can_be_run(call):
    """A line each."""
    lines = call("tasks").out.splitlines()
    assert [line.split()[0] for line in lines] == list(TASKS)


@pytest.mark.parametrize("name", TASKS)
def test_config_prints_what_a_user_edits_and_runs(name, call, tmp_path):
    """The printed text is the default config; run from a file it makes the same folder as run by name."""
    said = call("config", name)
    assert said.status == 0
    file = tmp_path / "mine.toml"
    file.write_text(said.out)
    assert load(str(file)) == load(name)
    assert sum(line.startswith("#") for line in said.out.splitlines()) > 20
    settings = [f"--set={key}={value}" for key, value in small(name).items()]
    file.write_text(call("config", name, *settings).out)
    assert call("run", file, "--generations", 2, "--out", tmp_path / "a", "-q").status == 0
    assert call("run", name, *settings, "--generations", 2, "--out", tmp_path / "b", "-q").status == 0
    assert (tmp_path / "a" / "config.toml").read_text() == (tmp_path / "b" / "config.toml").read_text()
    assert journal_of(tmp_path / "a") == journal_of(tmp_path / "b")
    assert tomllib.loads((tmp_path / "a" / "config.toml").read_text())["generations"] == 2


def test_quiet_prints_nothing(call, tmp_path):
    """Neither when it works nor when there is nothing to resume."""
    settings = [f"--set={key}={value}" for key, value in small("oja").items()]
    said = call("run", "oja", *settings, "--generations", 1, "--out", tmp_path / "run", "--quiet")
    assert said == type(said)(0, "", "")
    assert call("resume", tmp_path / "run", "--quiet") == type(said)(0, "", "")


def test_the_same_from_python(finished, tmp_path):
    """Three lines: a run, its summary, its rule; opening the folder of another process gives the same."""
    run = plastica.run("oja", small("oja") | {"seed": 3, "generations": 5}, out=tmp_path / "run")
    opened = plastica.Run.open(finished)
    assert run.summary()["equation"] == opened.summary()["equation"]
    np.testing.assert_array_equal(run.theta, opened.theta)
    assert plastica.evaluate(finished) == json.loads((finished / "result.json").read_text())["held_out"]
    for name in plastica.__all__:
        assert getattr(plastica, name).__doc__


def test_a_finished_run_is_left_as_it_is(finished, call):
    """resume has nothing to do, says what was found, and changes no file."""
    before = {file.name: file.read_bytes() for file in finished.iterdir() if file.is_file()}
    said = call("resume", finished)
    assert said.status == 0
    first, *rest = said.out.splitlines()
    assert first == (
        f"{finished} is finished already; for more generations: plastica resume {finished} --set generations=N"
    )
    assert rest == call("show", finished).out.splitlines()
    assert {file.name: file.read_bytes() for file in finished.iterdir() if file.is_file()} == before


def test_a_config_file_may_begin_with_a_mark(call, tmp_path):
    """As some editors write it."""
    (tmp_path / "mine.toml").write_bytes(b"\xef\xbb\xbf" + b'task = "oja"\r\nseed = 4\r\n')
    said = call("config", tmp_path / "mine.toml")
    assert (said.status, said.err) == (0, "")
    assert tomllib.loads(said.out)["seed"] == 4
