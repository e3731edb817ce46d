"""What may befall a folder: a disk that is full at any moment, another machine, a processor that rounds otherwise."""

import json
import os
import shutil
import subprocess
from itertools import count
from pathlib import Path

import pytest
from processes import as_version_0_1, command, journal_of
from small import small

import plastica
from plastica.conduct import Silent
from plastica.errors import UserError

SETTINGS = small("oja", **{"generations": 4, "engine.threads": 1})
WRITES = 3 + 1 + 4 + 1 + 2  # config, environment and header; running; a line a generation; their end; result, status


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory) -> Path:
    """A run that nothing came in the way of."""
    return plastica.run("oja", SETTINGS, out=tmp_path_factory.mktemp("undisturbed") / "run").folder.path


def assert_same_run(folder: Path, undisturbed: Path) -> None:
    assert journal_of(folder) == journal_of(undisturbed)
    assert (folder / "result.json").read_text() == (undisturbed / "result.json").read_text()
    assert plastica.Run.open(folder).summary()["status"] == "finished"


class Counts(Silent):
    """How many generations the observer heard of."""

    heard = 0

    def generation(self, run, record):
        self.heard += 1


@pytest.mark.parametrize("room", range(WRITES))
def test_a_full_disk_at_any_write_loses_no_generation_that_was_done(undisturbed, tmp_path, monkeypatch, room):
    """One sentence that names the file; what the observer heard of is kept, and resume makes the same run of it."""
    folder, observer, written, fsync = tmp_path / "run", Counts(), count(), os.fsync

    def full(number):
        if next(written) >= room:
            raise OSError(28, "No space left on device")
        fsync(number)

    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", full)
        patched.setattr("plastica.runs.journal.SYNC_S", 0)
        with pytest.raises(UserError, match=r"cannot be written \(No space left on device\): ") as caught:
            plastica.run("oja", SETTINGS, out=folder, observer=observer)
    assert "\n" not in str(caught.value)
    if room < 3:
        return  # the run had not begun
    assert len(plastica.Run.open(folder).records()) == observer.heard == max(0, min(room - 4, 4))
    plastica.resume(folder)
    assert_same_run(folder, undisturbed)


def test_no_other_write_escapes(tmp_path, monkeypatch):
    """The test above fills the disk at every write there is."""
    written, fsync = [], os.fsync
    monkeypatch.setattr(os, "fsync", lambda number: (written.append(number), fsync(number)))
    monkeypatch.setattr("plastica.runs.journal.SYNC_S", 0)
    plastica.run("oja", SETTINGS, out=tmp_path / "run")
    assert len(written) == WRITES


def torn(undisturbed: Path, target: Path) -> Path:
    """A copy of a run as it was after two generations."""
    shutil.copytree(undisturbed, target)
    lines = (target / "journal.jsonl").read_text().splitlines(keepends=True)
    (target / "journal.jsonl").write_text("".join(lines[:3]))
    (target / "result.json").unlink()
    return target


def test_a_folder_that_was_copied_resumes_elsewhere(undisturbed, tmp_path):
    """Another process, another path, another place to stand."""
    torn(undisturbed, tmp_path / "elsewhere" / "copy")
    done = subprocess.run(
        command("resume", "copy", "-q"), cwd=tmp_path / "elsewhere", capture_output=True, text=True, timeout=120
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert_same_run(tmp_path / "elsewhere" / "copy", undisturbed)


@pytest.mark.parametrize(("change", "resumes"), [(1e-12, True), (1e-3, False)])
def test_a_processor_that_rounds_otherwise_resumes_too(undisturbed, tmp_path, change, resumes):
    """The journal of another kind of processor has other last digits, and so other fingerprints; a journal that
    differs by more does not follow from the config."""
    folder = torn(undisturbed, tmp_path / "run")
    header, *lines = (json.loads(line) for line in (folder / "journal.jsonl").read_text().splitlines())
    for line in lines:
        line["digest"] = "0" * 16
        line["favourite"] = [(1 + change) * value for value in line["favourite"]]
    (folder / "journal.jsonl").write_text("".join(f"{json.dumps(line)}\n" for line in (header, *lines)))
    if resumes:
        assert plastica.resume(folder).summary()["generations"] == 4
        assert journal_of(folder)[3:] == journal_of(undisturbed)[3:]
    else:
        with pytest.raises(UserError, match="generation 0 of the journal does not follow from the config"):
            plastica.resume(folder)


def test_a_journal_of_another_population_is_refused(undisturbed, tmp_path):
    """The same favourite is not enough: there must be as many candidates."""
    folder = torn(undisturbed, tmp_path / "run")
    text = (folder / "config.toml").read_text()
    (folder / "config.toml").write_text(text.replace("population = 6", "population = 7"))
    as_version_0_1(folder)
    with pytest.raises(UserError, match="generation 0 of the journal does not follow from the config"):
        plastica.resume(folder)
