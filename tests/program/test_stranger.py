"""A stranger's folder: whatever its files hold, a command says what it found, or in one sentence what is damaged."""

import json
import shutil
import tempfile
import tomllib
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from processes import as_version_0_1

import plastica
from plastica.display.summary import print_summary
from plastica.errors import UserError

VERBS = ["show", "show --json", "resume", "plot", "report", "evaluate", "ablate", "compare"]
RED = "\x1b[31m"


@pytest.fixture
def folder(finished, tmp_path) -> Path:
    """A copy of a finished run."""
    shutil.copytree(finished, tmp_path / "run")
    return tmp_path / "run"


def change_record(folder: Path, generation: int, **changes: object) -> None:
    """Let a record hold other values; None takes a key out."""
    file = folder / "journal.jsonl"
    lines = file.read_text().splitlines()
    record = json.loads(lines[generation + 1]) | changes
    lines[generation + 1] = json.dumps({key: value for key, value in record.items() if value is not None})
    file.write_text("\n".join([*lines, ""]))


def add_line(folder: Path, line: str) -> None:
    file = folder / "journal.jsonl"
    file.write_text(f"{file.read_text()}{line}\n")


def change_result(folder: Path, **changes: object) -> None:
    result = json.loads((folder / "result.json").read_text())
    (folder / "result.json").write_text(json.dumps(result | changes))


def without_result(folder: Path) -> None:
    (folder / "result.json").unlink()


BAD_JOURNALS = {
    "no loss": lambda folder: change_record(folder, 2, loss=None),
    "short favourite": lambda folder: change_record(folder, 2, favourite=[0.5, 0.5]),
    "short last favourite": lambda folder: change_record(folder, 4, favourite=[0.5, 0.5]),
    "favourite of text": lambda folder: change_record(folder, 4, favourite=["x"] * 27),
    "favourite that is not finite": lambda folder: change_record(folder, 4, favourite=[float("nan")] * 27),
    "favourite too large": lambda folder: change_record(folder, 4, favourite=[1e200] * 27),
    "loss that is not finite": lambda folder: change_record(folder, 4, loss=[float("inf")] * 7),
    "depth": lambda folder: add_line(folder, "[" * 100_000),
    "digits": lambda folder: add_line(folder, '{"generation": ' + "5" * 5000 + "}"),
}
BAD_RESULTS = {
    "theta of text": lambda folder: change_result(folder, theta={"feedforward.A110": "x"}),
    "theta too short": lambda folder: change_result(folder, theta={"feedforward.A110": 1.0}),
    "theta of other names": lambda folder: change_result(folder, theta={"x" * 300 + str(k): 1.0 for k in range(27)}),
    "theta that is not finite": lambda folder: change_result(folder, theta={"feedforward.A110": float("nan")}),
    "held out as a list": lambda folder: change_result(folder, held_out=[]),
    "held out without details": lambda folder: change_result(folder, held_out={"loss": 1.0}),
    "depth": lambda folder: (folder / "result.json").write_text('{"theta": ' * 100_000),
    "digits": lambda folder: (folder / "result.json").write_text('{"generations": ' + "5" * 5000 + "}"),
    "a list": lambda folder: (folder / "result.json").write_text("[]"),
}
BAD_NOTES = {
    "status": lambda folder: (folder / "status.json").write_text('{"status": "asleep", "reason": "x"}'),
    "types": lambda folder: (folder / "status.json").write_text('{"status": {}, "reason": 7}'),
}
CASES = [
    (name, harm, verb)
    for harms, verbs in (
        (
            BAD_JOURNALS,
            ("show", "show --json", "resume", "plot", "report", "compare"),
        ),  # the others read only the result
        (BAD_RESULTS, VERBS),
        (BAD_NOTES, ("show", "show --json", "resume", "report", "compare")),
    )
    for name, harm in harms.items()
    for verb in verbs
]


@pytest.mark.parametrize(("name", "harm", "verb"), CASES, ids=[f"{verb}: {name}" for name, _, verb in CASES])
def test_damage_is_one_sentence(folder, call, tmp_path, name, harm, verb):
    """No traceback, and nothing printed as if it had been found."""
    harm(folder)
    first, *more = verb.split()
    said = call(first, folder, *more, *(["--out", tmp_path / "figure"] if verb == "compare" else []))
    assert (said.status, said.out) == (2, "")
    assert said.err.startswith(f"plastica: {folder}")
    assert "is damaged" in said.err
    assert said.err.count("\n") == 1


@pytest.mark.parametrize("verb", ["evaluate", "ablate"])
def test_what_is_evaluated_may_come_from_the_journal(folder, call, verb):
    """Without a result it is the last favourite."""
    without_result(folder)
    change_record(folder, 4, favourite=[0.5, 0.5])
    said = call(verb, folder)
    assert said.status == 2
    assert "journal.jsonl is damaged at line 6" in said.err


@pytest.mark.parametrize("changes", [{"loss": [0.5] * 3}, {"gradient": [[0.5] * 27]}], ids=str)
def test_a_record_that_the_search_cannot_have_made_is_not_replayed(folder, changes):
    """Losses of fewer candidates than were asked for, gradients where none were."""
    without_result(folder)
    change_record(folder, 2, **changes)
    with pytest.raises(UserError, match="generation 2 of the journal does not follow from the config"):
        plastica.resume(folder)


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.just(10**400) | st.just(RED),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=5,
)


def places(value: object) -> list[tuple[object, object]]:
    """(container, key) of everything in a tree of JSON."""
    pairs = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [place for key, inner in pairs for place in ((value, key), *places(inner))]


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(data=st.data())
def test_whatever_is_changed_it_is_a_summary_or_a_sentence(finished, capsys, data):
    """Any value anywhere in journal, result, status or environment: nothing but a UserError, and no NaN, gets out."""
    with tempfile.TemporaryDirectory() as home:
        folder = Path(home) / "run"
        shutil.copytree(finished, folder)
        names = ["journal.jsonl", "result.json", "status.json", "environment.json"]
        file = folder / data.draw(st.sampled_from(names), label="file")
        whole = [json.loads(line) for line in file.read_text().splitlines()] if file.suffix == ".jsonl" else [
            json.loads(file.read_text())
        ]  # fmt: skip
        container, key = data.draw(st.sampled_from(places(whole)), label="place")
        if data.draw(st.booleans(), label="taken out"):
            del container[key]
        else:
            container[key] = data.draw(anything, label="value")
        file.write_text("".join(json.dumps(value) + "\n" for value in whole))
        try:
            summary = plastica.Run.open(folder).summary()
        except UserError as error:
            assert any(word in str(error) for word in ("is damaged", "was edited", "newer version"))  # noqa: PT017
        else:
            json.dumps(summary, allow_nan=False)
            print_summary(summary)
            out = capsys.readouterr().out
            assert "\x1b" not in out
            assert "nan" not in out.split()


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(data=st.data())
def test_whatever_bytes_are_changed_it_is_a_summary_or_a_sentence(finished, data):
    """Any bytes at any place of any file but the config."""
    with tempfile.TemporaryDirectory() as home:
        folder = Path(home) / "run"
        shutil.copytree(finished, folder)
        file = folder / data.draw(st.sampled_from(["journal.jsonl", "result.json", "status.json"]))
        content = file.read_bytes()
        start = data.draw(st.integers(0, len(content)))
        end = min(len(content), start + data.draw(st.integers(0, 30)))
        file.write_bytes(content[:start] + data.draw(st.binary(max_size=30)) + content[end:])
        try:
            json.dumps(plastica.Run.open(folder).summary(), allow_nan=False)
        except UserError as error:
            assert "\n" not in str(error)  # noqa: PT017


CONFIGS = {
    "key": f'"{RED.encode("unicode_escape").decode().replace("x1b", "u001b")}wrong" = 1\n',
    "value": 'seed = "\\u001b[31mone"\n',
    "choice": 'search.name = "\\u001b[31mcma"\n',
}


@pytest.mark.parametrize("verb", VERBS)
@pytest.mark.parametrize("name", CONFIGS)
def test_no_order_to_the_terminal_comes_out_of_a_config(folder, call, verb, name):
    """An unknown key, a value, a choice: their letters arrive, control characters do not."""
    key = CONFIGS[name].partition(" ")[0]
    lines = (folder / "config.toml").read_text().splitlines()
    kept = [line for line in lines if not (name == "value" and line.startswith(key))]
    if name == "choice":
        kept = 'task = "oja"'.splitlines()
    (folder / "config.toml").write_text("\n".join([CONFIGS[name], *kept, ""]))
    first, *more = verb.split()
    said = call(first, folder, *more)
    assert said.status == 2
    assert "[31m" in said.err
    assert "\x1b" not in said.out + said.err
    assert said.err.count("\n") == 1


def test_no_order_to_the_terminal_comes_out_of_a_run(folder, call, tmp_path):
    """The reason of its end, names of outcomes and baselines, what a search said: in words, tables and JSON."""
    (folder / "status.json").write_text(json.dumps({"status": "finished", "reason": f"{RED}all done\r\x9b2J"}))
    change_record(folder, 2, outcomes={f"{RED}ok": 3}, search={"restarted": f"{RED}why"})
    result = json.loads((folder / "result.json").read_text())
    result["held_out"]["details"] |= {f"{RED}[red]rule[/]": result["held_out"]["details"]["learned"]}
    change_result(folder, held_out=result["held_out"])
    for verb in ("show", "show --json", "resume", f"compare --out {tmp_path / 'figure'}"):
        first, *more = verb.split()
        said = call(first, folder, *more)
        assert (said.status, said.err) == (0, "")
        assert not {"\x1b", "\r", "\x9b"} & set(said.out)
    out = call("show", folder).out
    assert "finished ([31mall done 2J)" in out
    assert "[31m[red]rule[/]" in out


def test_a_printed_config_gives_no_orders_either(call):
    """A string of it is the same, written otherwise."""
    address = "tcp://\x9b2J:1"
    said = call("config", "oja", "--set", "engine.name=dask", "--set", f"engine.scheduler={address}")
    assert (said.status, said.err) == (0, "")
    assert "\x9b" not in said.out
    assert tomllib.loads(said.out)["engine"]["scheduler"] == address


def test_a_config_that_was_rewritten_gives_no_orders_either(folder, call):
    """Extended, which the engine is not asked about: a file that is looked at is escaped like one that is printed."""
    config, address = folder / "config.toml", "tcp://\x9b2J:1"
    head, _, tail = config.read_text().partition("[engine]")
    _, gap, tail = tail.partition("\n[")
    config.write_text(f'{head}[engine]\nname = "dask"\nscheduler = "tcp://\\u009b2J:1"\n{gap}{tail}')
    assert call("resume", folder, "--set", "generations=6", "--set", "engine.name=threads", "-q").status == 0
    assert "\x9b" not in config.read_text()
    assert tomllib.loads(config.read_text())["engine"]["scheduler"] == address
    assert tomllib.loads(config.read_text())["generations"] == 6


@pytest.mark.parametrize(
    ("text", "says"),
    [("task = " + "[" * 100_000, "is not valid TOML: it is nested too deeply"),
     ("a." * 3_000 + "a = 1", "nested too deeply"), ("seed = " + "1" * 5000, "is not valid TOML"),
     ("rules.feedforward = {file = '" + "x" * 300 + "', sha256 = 'x'}", "a run's rule is a file of its own")],
    ids=["depth", "dots", "digits", "long name"],
)  # fmt: skip
def test_a_config_that_cannot_be_read_is_a_sentence(folder, call, text, says):
    """Depth, digits and names beyond all bounds."""
    (folder / "config.toml").write_text(f'task = "oja"\n{text}\n' if text[:4] != "task" else text)
    as_version_0_1(folder)
    for verb in ("show", "resume"):
        said = call(verb, folder)
        assert (said.status, said.out) == (2, "")
        assert says in said.err
        assert said.err.count("\n") == 1


def test_a_journal_that_leads_elsewhere_is_not_written_through(finished, call, tmp_path):
    """A link in a folder from elsewhere could name any file of one's own: it stays as it is."""
    folder, victim = tmp_path / "run", tmp_path / "victim"
    shutil.copytree(finished, folder)
    victim.write_text("a secret")
    (folder / "journal.jsonl").unlink()
    (folder / "journal.jsonl").symlink_to(victim)
    for verb in ("resume", "show"):
        said = call(verb, folder)
        assert (said.status, said.out) == (2, "")
        assert "is a symbolic link: put the file itself in its place" in said.err
    assert victim.read_text() == "a secret"


def test_what_cannot_be_deleted_is_explained(finished, call, tmp_path):
    folder = tmp_path / "run"
    shutil.copytree(finished, folder)
    (folder / "result.json").unlink()
    (folder / "failure.json").mkdir()
    said = call("resume", folder, "-q")
    assert said.status == 2
    assert "failure.json cannot be deleted (" in said.err
    assert len(said.err.splitlines()) == 1


def test_a_folder_may_have_any_name(finished, call, tmp_path):
    """No formula is read into it, and a terminal obeys none of it."""
    name = "a\x1b[31mred $\\frac{ 100%"
    folder = tmp_path / name
    shutil.copytree(finished, folder)
    for arguments in (("plot", folder), ("compare", folder, finished, "--out", tmp_path / name / "c")):
        said = call(*arguments)
        assert said.status == 0
        assert "\x1b" not in said.out + said.err
