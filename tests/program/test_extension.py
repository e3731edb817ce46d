"""More generations for a run: it becomes the run that had them from its beginning; an edited config is noticed."""

import json
import shutil
from pathlib import Path

import pytest
from processes import as_version_0_1, journal_of
from small import small

import plastica
from plastica.config import load
from plastica.errors import UserError
from plastica.runs import RunFolder


def settings(search: str, generations: int) -> dict:
    return small("oja", **{"search.name": search, "generations": generations, "engine.threads": 1})


@pytest.fixture(scope="module", params=["cma", "random"])
def short_and_long(request, tmp_path_factory) -> tuple[Path, Path]:
    """Two runs of a search, of four and of seven generations."""
    home = tmp_path_factory.mktemp(request.param)
    for generations in (4, 7):
        plastica.run("oja", settings(request.param, generations), out=home / str(generations))
    return home / "4", home / "7"


@pytest.fixture
def short(finished, tmp_path) -> Path:
    """A copy of a finished run of five generations."""
    shutil.copytree(finished, tmp_path / "run")
    return tmp_path / "run"


def assert_same_run(folder: Path, long: Path) -> None:
    assert journal_of(folder) == journal_of(long)
    assert json.loads((folder / "result.json").read_text()) == json.loads((long / "result.json").read_text())
    assert load(str(folder / "config.toml")) == load(str(long / "config.toml"))
    assert plastica.Run.open(folder).summary()["status"] == "finished"


@pytest.mark.parametrize("kept", [1.0, 0.6, 0.0], ids=["finished", "interrupted", "not begun"])
def test_an_extended_run_is_the_one_that_was_longer_from_the_beginning(short_and_long, tmp_path, kept):
    """Line by line, and its result; whether it was finished or not, and in two steps as in one."""
    short, long = short_and_long
    shutil.copytree(short, tmp_path / "run")
    journal = tmp_path / "run" / "journal.jsonl"
    if kept < 1:
        (tmp_path / "run" / "result.json").unlink()
        journal.write_bytes(journal.read_bytes()[: round(kept * journal.stat().st_size)])
    for generations in (5, 7):
        plastica.resume(tmp_path / "run", {"generations": generations})
    assert_same_run(tmp_path / "run", long)


def test_a_run_that_ended_in_time_is_extended_too(short_and_long, tmp_path):
    """Whatever it had done by then."""
    _, long = short_and_long
    search = load(str(long / "config.toml")).search_section.name
    plastica.run("oja", settings(search, 4), out=tmp_path / "run", max_seconds=0)
    plastica.resume(tmp_path / "run", {"generations": 7})
    assert_same_run(tmp_path / "run", long)


def test_a_run_of_version_0_1_is_extended(short_and_long, tmp_path):
    """What it did not note is not asked for."""
    short, long = short_and_long
    shutil.copytree(short, tmp_path / "run")
    as_version_0_1(tmp_path / "run")
    result = json.loads((short / "result.json").read_text())
    (tmp_path / "run" / "result.json").write_text(json.dumps({k: v for k, v in result.items() if k != "generations"}))
    assert plastica.Run.open(tmp_path / "run").summary()["held_out"] == result["held_out"]
    plastica.resume(tmp_path / "run", {"generations": 7})
    assert journal_of(tmp_path / "run")[1:] == journal_of(long)[1:]


def test_on_the_command_line(short, call):
    """`plastica resume DIR --set generations=N`, beside a change of the engine, which is not kept."""
    said = call("resume", short, "--set", "generations=8", "--set", "engine.threads=1")
    assert (said.status, said.err) == (0, "")
    assert "oja, seed 3: finished (all generations done)" in said.out
    assert "8 generations in" in said.out
    config = load(str(short / "config.toml"))
    assert (config.generations, config.engine_section.threads) == (8, 2)
    assert "generations=N" in call("resume", "--help").out


@pytest.mark.parametrize("number", [1, 4, 5])
def test_a_number_that_leaves_nothing_to_do_is_refused(short, call, number):
    """Smaller than it was, or all done: one sentence, and nothing is written."""
    before = {file.name: file.read_bytes() for file in short.iterdir() if file.is_file()}
    said = call("resume", short, "--set", f"generations={number}")
    assert (said.status, said.out) == (2, "")
    assert said.err == (
        f"plastica: --set generations={number}: the run has 5 generations, of which 5 are done; "
        "give a larger number to extend it\n"
    )
    assert {file.name: file.read_bytes() for file in short.iterdir() if file.is_file()} == before


def test_a_smaller_number_is_refused_also_where_it_is_more_than_was_done(short):
    """A run of five generations, two of them done, is not one of four."""
    lines = (short / "journal.jsonl").read_text().splitlines(keepends=True)
    (short / "journal.jsonl").write_text("".join(lines[:3]))
    (short / "result.json").unlink()
    with pytest.raises(UserError, match="has 5 generations, of which 2 are done; give a larger number"):
        plastica.resume(short, {"generations": 4})
    assert plastica.resume(short, {"generations": 5}).summary()["generations"] == 5


@pytest.mark.parametrize(
    ("setting", "says"),
    [("generations=0", "generations = 0: input should be greater than 0"), ("generations=x", "generations = 'x'"),
     ("generations=1.5", "generations = 1.5"), ("seed=2", "--set seed=2: only engine.* may change when a run is")],
)  # fmt: skip
def test_what_is_no_number_is_a_sentence(short, call, setting, says):
    """As everywhere."""
    said = call("resume", short, "--set", setting)
    assert said.status == 2
    assert said.err.startswith(f"plastica: {says}")


@pytest.mark.parametrize("room", range(3))
def test_a_full_disk_leaves_a_run_that_goes_on(short, monkeypatch, room):
    """At any step of the extension: status, result, config."""
    write, written = RunFolder._write, []

    def full(folder, name, content):
        written.append(name)
        if len(written) > room:
            raise UserError(f"{name} cannot be written")
        write(folder, name, content)

    with monkeypatch.context() as patched:
        patched.setattr(RunFolder, "_write", full)
        with pytest.raises(UserError, match="cannot be written"):
            plastica.resume(short, {"generations": 8})
    assert written[:2] == ["status.json", "config.toml"][: room + 1]
    assert plastica.Run.open(short).summary()["generations"] == 5
    assert plastica.resume(short, {"generations": 8 + room}).summary()["generations"] == 8 + room


VERBS = ["show", "resume", "plot", "report", "evaluate", "ablate", "compare"]
EDITS = [
    ("seed = 3", "seed = 4", "it"),
    ("sigma0 = 0.2", "sigma0 = 0.3", "it"),
    ("generations = 5", "generations = 4", "generations = 5"),
    ("generations = 5", "generations = 9", "generations = 5"),
]


@pytest.mark.parametrize("verb", VERBS)
@pytest.mark.parametrize(("before", "after", "what"), EDITS, ids=[after for _, after, _ in EDITS])
def test_the_result_of_one_config_is_not_shown_as_another_s(short, call, tmp_path, verb, before, after, what):
    """Every command says that the config was edited; when it is restored, all is well."""
    text = (short / "config.toml").read_text()
    assert before in text
    (short / "config.toml").write_text(text.replace(before, after))
    arguments = ["--out", tmp_path / "figure"] if verb == "compare" else []
    said = call(verb, short, *arguments)
    assert (said.status, said.out) == (2, "")
    assert said.err == (
        f"plastica: {short / 'config.toml'} was edited after the run began: restore {what}, or begin a new run with: "
        f"plastica run {short / 'config.toml'} (more generations: plastica resume {short} --set generations=N)\n"
    )
    if verb == "show":
        (short / "config.toml").write_text(f"# restored\n{text}")
        assert call("show", short).status == 0


def test_fewer_generations_than_were_done_are_noticed_without_a_result(short):
    """An interrupted run has more records than its config asks for."""
    (short / "result.json").unlink()
    text = (short / "config.toml").read_text()
    (short / "config.toml").write_text(text.replace("generations = 5", "generations = 4"))
    for act in (plastica.resume, lambda folder: plastica.Run.open(folder).summary()):
        with pytest.raises(UserError, match="was edited after the run began: restore generations = 5 or more"):
            act(short)


def test_the_engine_may_be_edited(short, call):
    """It changes no result."""
    text = (short / "config.toml").read_text()
    (short / "config.toml").write_text(text.replace("threads = 2", "threads = 1"))
    assert call("show", short).status == 0
