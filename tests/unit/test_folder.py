"""The folder of a run: never overwritten, held by one process at a time, and its files whole or not there."""

import json
import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from threading import Event

import pytest

from plastica.errors import UserError
from plastica.runs import RunFolder, new_folder
from plastica.runs.folder import fingerprint

ROW = {"loss": 0.5, "standard_error": 0.1, "median": 0.4, "outcomes": {"ok": 4}, "metrics": {"angle_deg": 3.0}}
RESULT = {
    "theta": {"feedforward.A110": 1.0},
    "held_out": {
        "loss": 0.5,
        "datasets": 4,
        "baselines": {"no_plasticity": 1.0, "known_rule": None},
        "details": {"learned": {**ROW, "theta": {"feedforward.A110": 1.0}}, "no_plasticity": ROW},
    },
    "theory": {"predicted_hz": None, "stable": True, "why": "alpha < 0 < beta", "presynaptic_hz": 21.0},
    "generations": 3,
}


@pytest.fixture
def folder(tmp_path) -> RunFolder:
    return RunFolder.create(tmp_path / "run", 'task = "oja"\n', {"versions": {"plastica": "0"}})


def test_a_new_folder_holds_config_environment_and_an_empty_journal(folder):
    """All that is needed to begin; it can be opened from its path."""
    opened = RunFolder.open(folder.path)
    assert opened.config.read_text() == 'task = "oja"\n'
    assert opened.environment() == {"versions": {"plastica": "0"}}
    assert opened.journal.read() == []
    assert opened.result() == {}
    assert opened.status() == ("interrupted", "it had not begun")


def test_a_run_is_never_overwritten(folder):
    """A second run in the same folder is refused with two ways out, and leaves it untouched."""
    before = {file.name: file.read_bytes() for file in folder.path.iterdir()}
    with pytest.raises(UserError, match="holds a run already: choose another --out, or resume it with: plastica"):
        RunFolder.create(folder.path, "other = 1", {})
    assert {file.name: file.read_bytes() for file in folder.path.iterdir()} == before


def test_other_peoples_files_are_never_overwritten(tmp_path):
    """Neither a file nor a folder that holds something else; an empty folder is welcome."""
    (tmp_path / "file").write_text("mine")
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "note").write_text("mine")
    (tmp_path / "empty").mkdir()
    for name in ("file", "full"):
        with pytest.raises(UserError, match="exists and is not an empty folder"):
            RunFolder.create(tmp_path / name, "", {})
    RunFolder.create(tmp_path / "empty", "", {})


def test_a_path_below_a_file_cannot_be_a_folder(tmp_path):
    """What the system says becomes part of the sentence."""
    (tmp_path / "file").write_text("mine")
    with pytest.raises(UserError, match=r"cannot be written \(Not a directory\): choose another --out"):
        RunFolder.create(tmp_path / "file" / "run", "", {})


def test_a_name_that_is_too_long_is_no_folder(tmp_path):
    """For the system, names end at 255 letters."""
    with pytest.raises(UserError, match=r"cannot be written \(File name too long\): choose another --out"):
        RunFolder.create(tmp_path / ("x" * 300), "", {})
    with pytest.raises(UserError, match="is not a folder"):
        RunFolder.open(tmp_path / ("x" * 300))


@pytest.mark.parametrize(
    ("content", "says"),
    [(None, "is not a folder: give the folder of a run"), ({}, "is not the folder of a run"),
     ({"config.toml": ""}, "no journal.jsonl"), ({"journal.jsonl": ""}, "no config.toml")],
)  # fmt: skip
def test_what_is_not_a_run_is_not_opened(tmp_path, content, says):
    """A missing folder, an empty one, and those with only half of a run."""
    path = tmp_path / "run"
    if content is not None:
        path.mkdir()
        for name, text in content.items():
            (path / name).write_text(text)
    with pytest.raises(UserError, match=says):
        RunFolder.open(path)


HOLD = """
import sys
from pathlib import Path
from plastica.runs import RunFolder
with RunFolder(Path(sys.argv[1])).locked():
    print("held", flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def holder(folder):
    """Another process that holds the lock of the run."""
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, folder.path], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout.readline() == "held\n"
        yield process
        process.kill()


def test_a_lock_keeps_a_second_process_out(folder, holder):
    """Who comes second is told; when the first is killed, the folder is free again."""
    folder.state("running", "")
    assert folder.status()[0] == "running"
    with (
        pytest.raises(UserError, match="is in use by another process: wait until it ends"),
        folder.locked(),
    ):
        pass
    holder.kill()
    holder.wait()
    assert folder.status() == ("interrupted", "its process ended without notice")
    with folder.locked():
        assert folder.status()[0] == "running"


def test_who_only_looks_keeps_nobody_out(folder):
    """`plastica show` holds the lock for an instant: a resume that begins just then waits for it."""
    with ThreadPoolExecutor(1) as other:
        held, let_go = Event(), Event()

        def look():
            with folder.locked():
                held.set()
                time.sleep(0.2)
                let_go.set()

        looking = other.submit(look)
        held.wait()
        with folder.locked():
            assert let_go.is_set()
        looking.result()


def test_of_two_processes_the_faster_one_has_the_folder(tmp_path, monkeypatch):
    """Both find it free; the second sees, once it has the lock, that the first has begun a run, and leaves it whole."""
    locked = RunFolder.locked

    def late(folder):
        monkeypatch.setattr(RunFolder, "locked", locked)
        RunFolder.create(folder.path, "first = 1", {})
        return locked(folder)

    monkeypatch.setattr(RunFolder, "locked", late)
    with pytest.raises(UserError, match="holds a run already"):
        RunFolder.create(tmp_path / "run", "second = 1", {})
    folder = RunFolder.open(tmp_path / "run")
    assert folder.config.read_text() == "first = 1"
    assert folder.journal.read() == []


def test_the_last_word_is_the_status(folder):
    """finished and interrupted stay what they are when no process holds the folder."""
    for status, reason in (("finished", "tolx = 1e-06"), ("interrupted", "stopped by SIGINT")):
        folder.state(status, reason)
        assert RunFolder.open(folder.path).status() == (status, reason)


def test_a_result_comes_and_goes_whole(folder):
    """Written, read, discarded; discarding twice is no error."""
    folder.write_result(RESULT)
    assert folder.result() == RESULT
    folder.discard_result()
    folder.discard_result()
    assert folder.result() == {}


@pytest.mark.parametrize("name", ["result.json", "status.json", "environment.json"])
def test_a_damaged_file_is_named(folder, name):
    """Half a file is no traceback."""
    (folder.path / name).write_text('{"status": ')
    with pytest.raises(UserError, match=f"{name} is damaged: delete it, then resume"):
        folder.result(), folder.stated(), folder.environment()


def changed(path: str, value: object) -> dict:
    """The result with another value at a dotted path."""
    result = json.loads(json.dumps(RESULT))
    *parents, last = path.split("/")
    table = result
    for parent in parents:
        table = table[parent]
    table[last] = value
    return result


WRONG_RESULTS = [
    *(changed(path, value)
      for path in ("theta", "held_out", "held_out/details", "held_out/details/learned", "held_out/baselines")
      for value in (None, 7, "x", [1])),
    *(changed(path, value)
      for path in ("theta/feedforward.A110", "held_out/loss", "held_out/details/learned/median",
                   "held_out/details/learned/metrics/angle_deg", "held_out/details/no_plasticity/standard_error",
                   "held_out/baselines/no_plasticity", "theory/presynaptic_hz")
      for value in (float("nan"), float("-inf"), 10**400, [0.5], {})),
    changed("held_out/details/learned/outcomes/ok", -3), changed("held_out/datasets", 2.5),
    changed("generations", "three"), changed("theory", 7), {}, {"theta": {}},
]  # fmt: skip


@pytest.mark.parametrize("result", WRONG_RESULTS, ids=lambda result: json.dumps(result)[:60])
def test_a_result_of_another_shape_is_damage(folder, result):
    """Whatever shows it may rely on the shape."""
    (folder.path / "result.json").write_text(json.dumps(result))
    with pytest.raises(UserError, match=r"result\.json is damaged: delete it, then resume"):
        folder.result()


def test_a_result_of_version_0_1_is_read(folder):
    """It did not note for how many generations it is."""
    old = {key: value for key, value in RESULT.items() if key != "generations"}
    folder.write_result(old)
    assert folder.result() == old


@pytest.mark.parametrize(
    "note", [{}, {"status": "finished"}, {"status": "sleeping", "reason": ""}, {"status": 1, "reason": ""}, [],
             {"status": "finished", "reason": None}, {"status": "finished", "reason": ["x"]}]
)  # fmt: skip
def test_a_status_that_there_is_not_is_damage(folder, note):
    """Running, interrupted or finished, and why."""
    (folder.path / "status.json").write_text(json.dumps(note))
    with pytest.raises(UserError, match=r"status\.json is damaged"):
        folder.status()


@pytest.mark.parametrize("environment", ['{"versions": {"numpy": NaN}}', '{"versions": []}', "{}", "[" * 100_000])
def test_an_environment_of_another_shape_is_damage(folder, environment):
    """It is printed as it is."""
    (folder.path / "environment.json").write_text(environment)
    with pytest.raises(UserError, match=r"environment\.json is damaged"):
        folder.environment()


CONFIG = """# mine
task = "oja"
seed = 1
generations = 300

[search]
name = "cma"
sigma0 = 0.2

[engine]
threads = 2
"""


@pytest.mark.parametrize(
    ("before", "after", "is_edited"),
    [("# mine\n", "", False), ("sigma0 = 0.2", "sigma0    = 2e-1 # step", False),
     ("threads = 2", "threads = 1", False), ("generations = 300", "generations = 400", False),
     ("task", "\ufefftask", False), ("seed = 1", "seed = 2", True), ("sigma0 = 0.2", "sigma0 = 0.3", True),
     ('name = "cma"\n', "", True), ("[engine]", "[held_out]\ncount = 3\n[engine]", True)],
)  # fmt: skip
def test_an_edited_config_is_noticed_by_what_it_says(tmp_path, before, after, is_edited):
    """Layout and comments decide nothing, nor does what may change when a run is resumed."""
    folder = RunFolder.create(tmp_path / "run", CONFIG.removeprefix("# mine\n") if "task" in before else CONFIG, {})
    assert not folder.is_edited()
    text = folder.config.read_text()
    assert before in text
    folder.config.write_text(text.replace(before, after, 1))
    assert folder.is_edited() is is_edited


def test_the_fingerprint_is_the_same_everywhere():
    """A folder is opened by later versions, and on other machines."""
    assert fingerprint(CONFIG) == "df637879b5d90e798d200e19e933239daf774df3c9c6a155a1f63a577241b20e"


def test_an_extended_run_is_an_interrupted_one(folder):
    """Its config has the new number and all else; its result is gone, its journal untouched."""
    folder.config.write_text(CONFIG)
    folder.write_result(RESULT)
    folder.state("finished", "all generations done")
    journal, before = folder.journal.path.read_bytes(), fingerprint(CONFIG)
    folder.extend(400, CONFIG.replace("generations = 300", "generations = 400"))
    assert "generations = 400\n" in folder.config.read_text()
    assert fingerprint(folder.config.read_text()) == before
    assert folder.result() == {}
    assert folder.status() == ("interrupted", "extended to 400 generations")
    assert folder.journal.path.read_bytes() == journal


def test_a_link_in_the_place_of_a_part_is_not_followed(folder, tmp_path):
    """A stranger's folder can have one wherever a file is about to be written."""
    (tmp_path / "mine").write_text("mine")
    (folder.path / ".status.json.part").symlink_to(tmp_path / "mine")
    folder.state("finished", "")
    assert folder.stated() == ("finished", "")
    assert (tmp_path / "mine").read_text() == "mine"


@pytest.mark.parametrize("fails", ["fsync", "open"])
def test_a_full_disk_keeps_the_old_file(folder, monkeypatch, fails):
    """A file is replaced whole or stays what it was, and nothing half-written lies about."""
    folder.state("running", "")

    def full(*args, **options):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(*{"fsync": (os, "fsync", full), "open": ("pathlib.Path.open", full)}[fails])
        with pytest.raises(UserError, match=r"status\.json cannot be written \(No space left on device\): free some"):
            folder.state("finished", "")
    assert folder.stated() == ("running", "")
    assert {file.name for file in folder.path.iterdir()} - {".lock"} == {
        "config.toml", "environment.json", "journal.jsonl", "status.json",
    }  # fmt: skip


def test_new_folders_are_numbered(tmp_path, monkeypatch):
    """runs/<task>-<date>-<n>, the first that is free."""
    monkeypatch.chdir(tmp_path)
    today = date.today().isoformat()
    assert str(new_folder("oja")) == f"runs/oja-{today}-1"
    new_folder("oja").mkdir(parents=True)
    assert str(new_folder("oja")) == f"runs/oja-{today}-2"
    assert str(new_folder("pair")) == f"runs/pair-{today}-1"
