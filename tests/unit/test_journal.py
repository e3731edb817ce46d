"""The journal: what was written whole is never lost, what was not is cut off, and damage is said with its line."""

import json
import os
import subprocess
import sys

import pytest

from plastica.errors import UserError
from plastica.runs.journal import FORMAT, Journal


@pytest.fixture
def journal(tmp_path) -> Journal:
    """A journal with three records."""
    made = Journal(tmp_path / "journal.jsonl")
    made.create()
    for generation in range(3):
        made.append({"generation": generation, "loss": [0.5, 1 / 3]})
    return made


def test_it_gives_back_what_was_appended(journal):
    """One JSON line a record after the header, numbers to the last bit."""
    assert journal.read() == [{"generation": k, "loss": [0.5, 1 / 3]} for k in range(3)]
    lines = journal.path.read_text().splitlines()
    assert json.loads(lines[0]) == {"format": FORMAT}
    assert len(lines) == 4


def test_a_record_is_on_the_disk_when_append_returns(journal, monkeypatch):
    """Every record is synced."""
    synced = []
    fsync = os.fsync
    monkeypatch.setattr(os, "fsync", lambda number: (synced.append(journal.path.stat().st_size), fsync(number)))
    journal.append({"generation": 3})
    assert synced == [journal.path.stat().st_size]


@pytest.mark.parametrize("cut", range(1, 40, 6))
def test_a_torn_last_line_is_not_a_loss(journal, cut):
    """Whatever part of the last line was written, the records before it are read, and repair cuts the rest off."""
    whole = journal.path.read_bytes()
    torn = whole[: whole.rindex(b"\n", 0, -1) + 1 + cut]
    assert not torn.endswith(b"\n")
    journal.path.write_bytes(torn)
    assert [record["generation"] for record in journal.read()] == [0, 1]
    assert journal.path.read_bytes() == torn  # reading changes nothing
    assert len(journal.repair()) == 2
    journal.append({"generation": 2, "loss": [0.5, 1 / 3]})
    assert journal.path.read_bytes() == whole


@pytest.mark.parametrize("head", [b"", b"{", b'{"format": 1'])
def test_a_torn_header_is_written_anew(journal, head):
    """A run that was stopped before its first line begins at its beginning."""
    journal.path.write_bytes(head)
    assert journal.repair() == []
    journal.append({"generation": 0})
    assert journal.read() == [{"generation": 0}]


@pytest.mark.parametrize("text", ['{"generation":', "7", "[]", "\x00\x00", '{"generation":5}', '{"loss":1}', ""])
def test_damage_in_the_middle_names_the_line(journal, text):
    """Line 3 is the second record: the sentence says so, and which lines can be kept."""
    lines = journal.path.read_text().splitlines()
    lines[2] = text
    journal.path.write_text("\n".join(lines) + "\n")
    before = journal.path.read_bytes()
    for action in (journal.read, journal.repair):
        with pytest.raises(UserError, match=r"journal\.jsonl is damaged at line 3: .*head -n 2"):
            action()
    assert journal.path.read_bytes() == before


@pytest.mark.parametrize("header", ["{}", "[1]", '{"format": "one"}', "nonsense"])
def test_a_damaged_header_is_line_one(journal, header):
    """The header is what tells that this is a journal."""
    lines = journal.path.read_text().splitlines()
    journal.path.write_text("\n".join([header, *lines[1:]]) + "\n")
    with pytest.raises(UserError, match=r"damaged at line 1: it should be the header"):
        journal.read()


def test_a_newer_format_says_to_upgrade(journal):
    """A later version may write what this one cannot read."""
    text = journal.path.read_text().replace(f'"format":{FORMAT}', f'"format":{FORMAT + 1}')
    journal.path.write_text(text)
    with pytest.raises(UserError, match=f"has format {FORMAT + 1}, written by a newer version .*: upgrade plastica"):
        journal.read()


def test_a_missing_journal_is_named(tmp_path):
    """No traceback for a file that is not there."""
    with pytest.raises(UserError, match=r"journal\.jsonl cannot be read"):
        Journal(tmp_path / "journal.jsonl").read()


def test_not_a_number_is_never_written(journal):
    """JSON has no NaN: a record that holds one is an error of the program, and the journal stays as it was."""
    before = journal.path.read_bytes()
    with pytest.raises(ValueError, match="not JSON compliant"):
        journal.append({"generation": 3, "loss": [float("nan")]})
    assert journal.path.read_bytes() == before


FILL = """
import resource, sys
from pathlib import Path
import signal
from plastica.errors import UserError
from plastica.runs.journal import Journal
journal = Journal(Path(sys.argv[1]))
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
size = journal.path.stat().st_size
resource.setrlimit(resource.RLIMIT_FSIZE, (size + 20, size + 20))
try:
    journal.append({"generation": 3, "loss": [0.5] * 100})
except UserError as error:
    print(error)
"""


def test_a_full_disk_loses_nothing(journal):
    """A line that finds no room is taken back whole; the sentence says that the others are kept."""
    before = journal.path.read_bytes()
    said = subprocess.run(
        [sys.executable, "-c", FILL, journal.path], capture_output=True, text=True, check=True, timeout=60
    ).stdout
    assert "journal.jsonl cannot be written (File too large): free some space, then resume the run" in said
    assert journal.path.read_bytes() == before
    journal.append({"generation": 3})
    assert len(journal.read()) == 4


def test_a_disk_that_fails_to_sync_loses_nothing(journal, monkeypatch):
    """The same where the error comes late, from the sync."""
    before = journal.path.read_bytes()

    def full(number):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", full)
        with pytest.raises(UserError, match=r"No space left on device\): free some space"):
            journal.append({"generation": 3})
    assert journal.path.read_bytes() == before
