"""A run folder that version 0.1 made: whatever has changed since, it opens, and goes on."""

import json
import shutil
from pathlib import Path

import pytest

import plastica

KEPT = Path(__file__).parents[1] / "data" / "version_0_1"


@pytest.fixture
def folder(tmp_path) -> Path:
    shutil.copytree(KEPT, tmp_path / "run")
    return tmp_path / "run"


def test_it_opens_and_shows_what_it_found(folder, call):
    summary = json.loads(call("show", folder, "--json").out)
    assert (summary["status"], summary["generations"], summary["versions"]["plastica"]) == ("finished", 6, "0.1.0")
    assert summary["held_out"]["loss"] == json.loads((KEPT / "result.json").read_text())["held_out"]["loss"]
    assert call("show", folder).status == 0


@pytest.mark.parametrize("verb", ["plot", "evaluate", "ablate"])
def test_it_is_drawn_and_evaluated(folder, call, verb):
    said = call(verb, folder)
    assert (said.status, said.err) == (0, "")


def test_it_goes_on_where_it_stopped(folder):
    """Its own records stay, byte by byte, and more follow."""
    before = (folder / "journal.jsonl").read_text()
    run = plastica.resume(folder, {"generations": 8})
    assert (folder / "journal.jsonl").read_text().startswith(before)
    assert run.summary()["generations"] == 8
    assert run.summary()["held_out"]["loss"] > 0
