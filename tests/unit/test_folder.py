"""The folder of a run: never overwritten, held by one process at a time, and its files whole or not there."""

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
        RunFolder.create(folder.path, "other", {})
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
        RunFolder.create(folder.path, "first", {})
        return locked(folder)

    monkeypatch.setattr(RunFolder, "locked", late)
    with pytest.raises(UserError, match="holds a run already"):
        RunFolder.create(tmp_path / "run", "second", {})
    folder = RunFolder.open(tmp_path / "run")
    assert folder.config.read_text() == "first"
    assert folder.journal.read() == []


def test_the_last_word_is_the_status(folder):
    """finished and interrupted stay what they are when no process holds the folder."""
    for status, reason in (("finished", "tolx = 1e-06"), ("interrupted", "stopped by SIGINT")):
        folder.state(status, reason)
        assert RunFolder.open(folder.path).status() == (status, reason)


def test_a_result_comes_and_goes_whole(folder):
    """Written, read, discarded; discarding twice is no error."""
    folder.write_result({"theta": {"A110": 1.0}})
    assert folder.result() == {"theta": {"A110": 1.0}}
    folder.discard_result()
    folder.discard_result()
    assert folder.result() == {}


@pytest.mark.parametrize("name", ["result.json", "status.json", "environment.json"])
def test_a_damaged_file_is_named(folder, name):
    """Half a file is no traceback."""
    (folder.path / name).write_text('{"status": ')
    with pytest.raises(UserError, match=f"{name} is damaged: delete it, then resume"):
        folder.result(), folder.stated(), folder.environment()


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
