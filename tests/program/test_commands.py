"""What a newcomer types, and what it prints and leaves behind."""

import json
import os
import re
import shutil
import subprocess
import tomllib
from datetime import date
from pathlib import Path

import numpy as np
import pytest
from processes import command, journal_of
from small import one_a_network, options, small

import plastica
from plastica.config import load
from plastica.display.summary import legend
from plastica.tasks import TASKS

KEYS = {
    "task", "status", "reason", "seed", "generations", "trials", "seconds", "loss", "theta", "equation", "angle_deg",
    "outcomes", "held_out", "versions", "equation_left_out", "constants", "units", "nearest",
}  # fmt: skip
BASELINES = {"no_plasticity", "random_rules", "known_rule", "known_rule_calibrated"}


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
        "known rule calibrated",
        "finished",
    ):
        assert word in done.stdout
    assert folder.name in rest[-2]
    assert rest[-1].startswith("  feedforward: nearest known rule ")


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
    assert set(summary["held_out"]["difference"]) == BASELINES | set(task.baselines)
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


def test_show_says_what_its_equation_leaves_out(finished, call):
    """How many terms, and what share of the norm; --all-terms prints every one; the columns of the table have names."""
    said = call("show", finished).out
    left_out = json.loads(call("show", finished, "--json").out)["equation_left_out"]["feedforward"]
    assert 0 < left_out["terms"] < 27
    assert f"{left_out['terms']} terms under 5 % left out, {100 * left_out['share_of_norm']:.2g} % of the norm)" in said
    assert "(s.e. and +-: a standard error over datasets)" in said
    whole = call("show", finished, "--all-terms").out
    assert "left out" not in whole
    (formula,) = [line.partition(" = ")[2] for line in whole.splitlines() if "feedforward: dw" in line]
    assert formula.count("*") > said.count("*")
    assert len(re.findall(r" [+-] ", formula.partition("   (")[0])) == 26


def test_show_prints_time_constants_and_units(call, tmp_path):
    """They are no part of the formula, which is nothing without them."""
    run = plastica.run("inhibitory-balance", small("inhibitory-balance", generations=1), out=tmp_path / "run")
    line = next(line for line in call("show", tmp_path / "run").out.splitlines() if "inhibitory: " in line)
    theta = run.summary()["theta"]
    times = f"tau_pre = {theta['inhibitory.tau_pre']:.3g} ms, tau_post = {theta['inhibitory.tau_post']:.3g} ms"
    assert f" ; {times}; coefficients per spike   (" in line


UNITS = [
    ({}, "tau = 9 ms"),
    ({"b": "1/spike", "c": "1/spike"}, "tau = 9 ms; coefficients per spike"),
    ({"c": "1/spike"}, "tau = 9 ms; c per spike"),
    ({"b": "1/spike", "c": "nS"}, "tau = 9 ms; b per spike; c in nS"),
]


@pytest.mark.parametrize(("units", "said"), UNITS)
def test_units_are_said_once_where_all_are_the_same(units, said):
    """And by name where they are not; nothing is said of what has none."""
    summary = {
        "units": {"inhibitory": units}, "constants": {"inhibitory": {"tau": "9 ms"}},
        "theta": {"inhibitory.tau": 9.0, "inhibitory.b": 1.0, "inhibitory.c": 1.0},
    }  # fmt: skip
    assert legend(summary, "inhibitory") == said


def test_plot_draws_png_svg_and_pdf(pair, call, tmp_path):
    """Files that are printed, exist and hold a picture, by default in the run; drawing again gives the same files."""
    said = call("plot", pair)
    assert said.status == 0
    files = [Path(line) for line in said.out.split()]
    assert {file.suffix for file in files} == {".png", ".svg", ".pdf"}
    assert {file.parent for file in files} == {pair / "figures"}
    for file in files:
        content = file.read_bytes()
        assert len(content) > 5000
        assert content.startswith({".png": b"\x89PNG", ".svg": b"<?xml", ".pdf": b"%PDF"}[file.suffix])
    again = call("plot", pair, "--out", tmp_path / "a" / "b").out.split()
    assert again == [str(tmp_path / "a" / "b" / file.name) for file in files]
    for file, other in zip(files, again, strict=True):
        assert file.read_bytes() == Path(other).read_bytes()


@pytest.mark.parametrize("verb", ["plot", "ablate", "compare"])
def test_figures_that_cannot_be_written_are_explained(pair, call, tmp_path, verb):
    """One sentence that names the path and the way out: where the folder should be there is a file."""
    folder = tmp_path / "run"
    shutil.copytree(pair, folder, ignore=shutil.ignore_patterns("figures"))
    (folder / "figures").write_text("in the way")
    out = () if verb != "compare" else ("--out", folder / "figures" / "comparison")
    said = call(verb, folder, *out)
    assert (said.status, said.out) == (2, "")
    assert said.err.startswith(f"plastica: {folder / 'figures'} cannot be written (")
    assert said.err.endswith("draw elsewhere with --out DIR\n")
    assert len(said.err.splitlines()) == 1
    out = tmp_path / "elsewhere" if verb != "compare" else tmp_path / "elsewhere" / "comparison"
    assert call(verb, folder, "--out", out).status == 0
    assert len(list((tmp_path / "elsewhere").glob("*.png"))) == {"plot": 3}.get(verb, 1)


@pytest.mark.parametrize("verb", ["plot", "ablate"])
def test_figures_are_not_drawn_through_a_link_of_the_run(pair, call, tmp_path, verb):
    """A folder from elsewhere could lead anywhere with it."""
    folder = tmp_path / "run"
    shutil.copytree(pair, folder, ignore=shutil.ignore_patterns("figures"))
    (tmp_path / "victim").mkdir()
    (folder / "figures").symlink_to(tmp_path / "victim")
    said = call(verb, folder)
    assert (said.status, said.out) == (2, "")
    assert said.err.startswith(f"plastica: {folder / 'figures'} is a symbolic link, ")
    assert not list((tmp_path / "victim").iterdir())


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
    assert said.out.splitlines()[-3:] == [str(pair / "figures" / f"ablation.{s}") for s in ("png", "svg", "pdf")]
    text = (pair / "figures" / "ablation.svg").read_text()
    assert all(f">{term}<" in text for term in table["without"])


def test_tasks_lists_what_can_be_run(call):
    """A line each."""
    lines = call("tasks").out.splitlines()
    assert [line.split()[0] for line in lines] == list(TASKS)


@pytest.mark.parametrize("name", one_a_network())
def test_config_prints_what_a_user_edits_and_runs(name, call, tmp_path):
    """The printed text is the default config; run from a file it makes the same folder as run by name."""
    said = call("config", name)
    assert said.status == 0
    file = tmp_path / "mine.toml"
    file.write_text(said.out)
    assert load(str(file)) == load(name)
    assert sum(line.startswith("#") for line in said.out.splitlines()) > 20
    file.write_text(call("config", name, *options(name)).out)
    assert call("run", file, "--generations", 2, "--out", tmp_path / "a", "-q").status == 0
    assert call("run", name, *options(name), "--generations", 2, "--out", tmp_path / "b", "-q").status == 0
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


def test_an_ascii_terminal_reads_it_too(finished, tmp_path):
    """Degrees are spelled out, and a folder's name is never in the way."""
    folder = tmp_path / "Zürich"
    shutil.copytree(finished, folder)
    surroundings = os.environ | {"PYTHONIOENCODING": "ascii", "LANG": "C"}
    for verb in ("show", "plot", "compare"):
        arguments = ["--out", tmp_path / "figure"] if verb == "compare" else []
        done = subprocess.run(
            command(verb, folder, *arguments), env=surroundings, cwd=tmp_path, capture_output=True, timeout=120
        )
        assert (done.returncode, done.stderr) == (0, b"")
        text = done.stdout.decode("ascii")
        assert verb == "plot" or " deg" in text
        assert "Z\\u00fcrich" in text


def test_a_config_file_may_begin_with_a_mark(call, tmp_path):
    """As some editors write it."""
    (tmp_path / "mine.toml").write_bytes(b"\xef\xbb\xbf" + b'task = "oja"\r\nseed = 4\r\n')
    said = call("config", tmp_path / "mine.toml")
    assert (said.status, said.err) == (0, "")
    assert tomllib.loads(said.out)["seed"] == 4


def test_a_run_begins_at_the_rule_of_another(finished, call, tmp_path):
    """--from writes that rule into the config of the new run, which needs the other folder no more."""
    out = tmp_path / "warm"
    said = call(
        "run", "oja", "--from", finished, "--generations", 1, "--set", "network.inputs=4", *options("oja"), "--out", out
    )
    assert (said.status, said.err) == (0, "")
    learned = plastica.Run.open(finished).theta
    (record,) = plastica.Run.open(out).records()
    np.testing.assert_allclose(record["favourite"], learned, rtol=1e-12)


def test_a_rule_of_another_kind_is_no_beginning(finished, call, tmp_path):
    said = call("run", "inhibitory-balance", "--from", finished, "--out", tmp_path / "none")
    assert said.status == 2
    assert "search.start.feedforward.A000: there is no such parameter" in said.err
