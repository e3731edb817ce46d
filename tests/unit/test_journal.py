"""The journal: what was written whole is never lost, what was not is cut off, and damage is said with its line."""

import json
import os
import subprocess
import sys
import time

import pytest

from plastica.errors import UserError
from plastica.runs.journal import FORMAT, Journal

CONFIG = "f00d"


def record(generation: int, **changes) -> dict:
    """What the outer loop tells of a generation."""
    return {
        "generation": generation, "digest": "beef", "loss": [0.5, 1 / 3], "outcomes": {"ok": 6, "exploded": 0},
        "favourite": [0.1, -2.5], "search": {"sigma": 0.2, "restarts": 1, "restarted": "tolx = 1"}, "seconds": 0.25,
        **changes,
    }  # fmt: skip


@pytest.fixture
def journal(tmp_path) -> Journal:
    """A journal with three records."""
    made = Journal(tmp_path / "journal.jsonl")
    made.create(CONFIG)
    for generation in range(3):
        made.append(record(generation))
    return made


def test_it_gives_back_what_was_appended(journal):
    """One JSON line a record after the header, numbers to the last bit."""
    assert journal.read() == [record(k) for k in range(3)]
    assert journal.config() == CONFIG
    lines = journal.path.read_text().splitlines()
    assert json.loads(lines[0]) == {"format": FORMAT, "config": CONFIG}
    assert len(lines) == 4


def test_a_record_is_on_the_disk_within_a_second(journal, monkeypatch):
    """A sync a second of work, and one on demand; in between any process reads what was appended."""
    synced, now, fsync = [], [0.0], os.fsync
    later = time.monotonic() + 10
    monkeypatch.setattr(os, "fsync", lambda number: (synced.append(len(journal.read())), fsync(number)))
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    for after, syncs in ((0.0, [4]), (0.5, [4]), (1.1, [4, 6]), (1.2, [4, 6])):
        now[0] = later + after
        journal.append(record(len(journal.read())))
        assert synced == syncs
    assert len(Journal(journal.path).read()) == 7
    journal.sync()
    assert synced == [4, 6, 7]


@pytest.mark.parametrize("cut", range(1, 40, 6))
def test_a_torn_last_line_is_not_a_loss(journal, cut):
    """Whatever part of the last line was written, the records before it are read, and repair cuts the rest off."""
    whole = journal.path.read_bytes()
    torn = whole[: whole.rindex(b"\n", 0, -1) + 1 + cut]
    assert not torn.endswith(b"\n")
    journal.path.write_bytes(torn)
    assert [record["generation"] for record in journal.read()] == [0, 1]
    assert journal.path.read_bytes() == torn  # reading changes nothing
    assert len(journal.repair(CONFIG)) == 2
    journal.append(record(2))
    assert journal.path.read_bytes() == whole


def test_zeros_that_a_crash_left_are_not_a_loss(journal):
    """A disk may lose the content of a last line and keep its length."""
    whole = journal.path.read_bytes()
    start = whole.rindex(b"\n", 0, -1) + 1
    for zeroed in (whole[:start] + bytes(len(whole) - start), whole[:start] + bytes(20) + whole[start + 20 :]):
        journal.path.write_bytes(zeroed)
        assert len(journal.read()) == 2
    journal.repair(CONFIG)
    journal.append(record(2))
    assert journal.path.read_bytes() == whole


@pytest.mark.parametrize("head", [b"", b"{", b'{"format": 1'])
def test_a_torn_header_is_written_anew(journal, head):
    """A run that was stopped before its first line begins at its beginning."""
    journal.path.write_bytes(head)
    assert journal.config() == ""
    assert journal.repair(CONFIG) == []
    journal.append(record(0))
    assert journal.read() == [record(0)]
    assert journal.config() == CONFIG


def test_a_journal_of_version_0_1_is_read(journal):
    """Its header has no fingerprint."""
    journal.path.write_text(journal.path.read_text().replace(f',"config":"{CONFIG}"', ""))
    assert journal.path.read_text().startswith('{"format":1}\n')
    assert journal.config() == ""
    assert len(journal.repair(CONFIG)) == 3


def assert_damaged_at(journal, number: int, line: str) -> None:
    lines = journal.path.read_text().splitlines()
    lines[number - 1] = line
    journal.path.write_text("\n".join(lines) + "\n")
    before = journal.path.read_bytes()
    for action in (journal.read, lambda: journal.repair(CONFIG)):
        with pytest.raises(UserError, match=rf"journal\.jsonl is damaged at line {number}: .*head -n {number - 1}"):
            action()
    assert journal.path.read_bytes() == before


@pytest.mark.parametrize("text", ['{"generation":', "7", "[]", "\x00\x00", '{"generation":5}', '{"loss":1}', ""])
def test_damage_in_the_middle_names_the_line(journal, text):
    """Line 3 is the second record: the sentence says so, and which lines can be kept."""
    assert_damaged_at(journal, 3, text)


WRONG = [
    *({name: None} for name in record(0) if name != "search"), {"search": []}, {"search": {"sigma": None}},
    {"generation": 7}, {"generation": True}, {"generation": 1.0}, {"generation": -1}, {"digest": 5},
    {"loss": []}, {"loss": {}}, {"loss": 0.5}, {"loss": "0.5"}, {"loss": ["0.5"]}, {"loss": [None]}, {"loss": [True]},
    {"loss": [float("nan")]}, {"loss": [float("inf")]}, {"loss": [1e300]}, {"loss": [10**400]}, {"loss": [[0.5]]},
    {"favourite": []}, {"favourite": "0.1"}, {"favourite": [0.1, "x"]}, {"favourite": [0.1, float("-inf")]},
    {"gradient": 1.0}, {"gradient": [1.0]}, {"gradient": [[float("nan")]]}, {"gradient": None},
    {"outcomes": {"ok": -1}}, {"outcomes": {"ok": 0.5}}, {"outcomes": {"ok": 10**30}}, {"outcomes": 7},
    {"search": {"sigma": float("nan")}}, {"search": {"restarted": ["x"]}}, {"seconds": float("inf")}, {"seconds": -1},
    {"seconds": "1"},
]  # fmt: skip


@pytest.mark.parametrize("number", [3, 4])
@pytest.mark.parametrize("changes", WRONG, ids=lambda changes: str(changes)[:40])
def test_a_record_of_another_shape_is_damage(journal, number, changes):
    """Also in the last line: it was written whole, so it is not a line that a crash cut off."""
    assert_damaged_at(journal, number, json.dumps(record(number - 2) | changes))


@pytest.mark.parametrize("name", list(record(0)))
def test_a_record_that_lacks_a_key_is_damage(journal, name):
    """Each of them is needed."""
    assert_damaged_at(journal, 4, json.dumps({key: value for key, value in record(2).items() if key != name}))


@pytest.mark.parametrize("text", ["9" * 5000, "1e999", "[" * 100_000, "NaN"], ids=lambda text: text[:8])
def test_numbers_and_depths_that_nothing_can_read_are_damage(journal, text):
    """Neither Python's limit on digits nor that on recursion ends the program."""
    assert_damaged_at(journal, 4, json.dumps(record(2)).replace("0.25", text))


def test_what_a_later_version_adds_is_left_out(journal):
    """The same format may hold more."""
    journal.append(record(3, mood="bright"))
    assert journal.read()[3] == record(3)


@pytest.mark.parametrize(
    "header",
    ["{}", "[1]", '{"format": "one"}', '{"format": true}', '{"format": 0}', '{"format": 1, "config": 7}', "nonsense"],
)
def test_a_damaged_header_is_line_one(journal, header):
    """The header is what tells that this is a journal."""
    lines = journal.path.read_text().splitlines()
    journal.path.write_text("\n".join([header, *lines[1:]]) + "\n")
    for action in (journal.read, journal.config):
        with pytest.raises(UserError, match=r"damaged at line 1: it should be the header"):
            action()


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
    journal.append(record(3))
    assert len(journal.read()) == 4


def test_a_disk_that_fails_to_sync_loses_nothing(journal, monkeypatch):
    """The same where the error comes late, from the sync."""
    before = journal.path.read_bytes()

    def full(number):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", full)
        patched.setattr("plastica.runs.journal.SYNC_S", 0)
        for fails in (lambda: journal.append({"generation": 3}), journal.sync):
            with pytest.raises(
                UserError, match=r"No space left on device\): free some space.* but those of the last sec"
            ):
                fails()
            assert journal.path.read_bytes() == before
