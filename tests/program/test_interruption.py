"""Stopping and going on: by signal, by kill -9 at any instant, by time; the journal is that of an undisturbed run."""

import contextlib
import json
import os
import shutil
import signal
import subprocess
import time
from pathlib import Path

import pytest
from processes import command, journal_of
from small import options, small

import plastica
from plastica.experiment import Silent

GENERATIONS = 60
LONG = {"network.updates": 400, "data.count": 6, "generations": GENERATIONS, "search.population": 12}


@pytest.fixture(scope="session")
def undisturbed(tmp_path_factory) -> Path:
    """A run that nothing came in the way of."""
    folder = tmp_path_factory.mktemp("undisturbed") / "run"
    plastica.run("oja", small("oja", **LONG, **{"engine.threads": 1}), out=folder)
    return folder


def start(folder: Path, *more: object, **changes) -> subprocess.Popen:
    arguments = command("run", "oja", *options("oja", **{**LONG, **changes}), "--out", folder, *more)
    return subprocess.Popen(arguments, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def wait_for_lines(folder: Path, count: int, process: subprocess.Popen) -> None:
    """Until the journal has `count` lines, the header among them."""
    deadline = time.monotonic() + 120
    while process.poll() is None and time.monotonic() < deadline:
        with contextlib.suppress(FileNotFoundError):
            if (folder / "journal.jsonl").read_bytes().count(b"\n") >= count:
                return
        time.sleep(0.002)
    raise AssertionError(f"the process ended, or took too long, before line {count}")


def assert_same_run(folder: Path, undisturbed: Path) -> None:
    assert journal_of(folder) == journal_of(undisturbed)
    assert json.loads((folder / "result.json").read_text()) == json.loads((undisturbed / "result.json").read_text())
    assert plastica.Run.open(folder).summary()["status"] == "finished"


def test_after_kill_9_at_any_instant_the_journal_is_that_of_an_undisturbed_run(undisturbed, tmp_path):
    """Killed before the first generation, in the midst, and again while it resumes; on two threads, then on one."""
    folder = tmp_path / "run"
    process = start(folder, "--threads", 2)
    for lines in (1, 7, 31):
        wait_for_lines(folder, lines, process)
        process.kill()
        process.communicate()
        assert process.returncode == -signal.SIGKILL
        assert plastica.Run.open(folder).summary()["status"] == "interrupted"
        process = subprocess.Popen(command("resume", folder), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    _, err = process.communicate(timeout=120)
    assert (process.returncode, err) == (0, "")
    assert_same_run(folder, undisturbed)


@pytest.mark.parametrize("kept", [0.0, 0.001, 0.03, 0.5, 0.731, 0.999, 1.0])
def test_a_journal_torn_anywhere_is_completed_to_the_same_journal(undisturbed, tmp_path, kept):
    """Whatever fraction of its bytes reached the disk, resume makes the rest again, and the same result."""
    folder = tmp_path / "run"
    shutil.copytree(undisturbed, folder)
    (folder / "result.json").unlink()
    (folder / "status.json").write_text('{"status": "running", "reason": ""}')
    content = (folder / "journal.jsonl").read_bytes()
    (folder / "journal.jsonl").write_bytes(content[: round(kept * len(content))])
    assert plastica.Run.open(folder).summary()["status"] == "interrupted"
    plastica.resume(folder)
    assert_same_run(folder, undisturbed)


@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM"])
def test_a_signal_finishes_the_line_in_hand(tmp_path, name):
    """Status interrupted, exit 130, and the command that goes on; every line is whole."""
    folder = tmp_path / "run"
    process = start(folder, "--quiet", generations=10**6)
    wait_for_lines(folder, 4, process)
    process.send_signal(getattr(signal, name))
    out, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert out == ""
    assert err == f"plastica: interrupted; go on with: plastica resume {folder}\n"
    content = (folder / "journal.jsonl").read_bytes()
    assert content.endswith(b"}\n")
    summary = plastica.Run.open(folder).summary()
    assert (summary["status"], summary["reason"]) == ("interrupted", f"stopped by {name}")
    assert summary["generations"] == content.count(b"\n") - 1 >= 3
    assert summary["held_out"] is None
    resumed = plastica.resume(folder, max_seconds=0).summary()
    assert resumed["generations"] == summary["generations"]
    assert resumed["held_out"]["loss"] > 0


class Interrupts(Silent):
    """Sends a signal to this process when it hears of something."""

    def __init__(self, when: str) -> None:
        self._when = when

    def started(self, run, estimate):
        self._send("started")

    def generation(self, run, record):
        self._send(f"generation {record['generation']}")

    def held_out(self, run):
        self._send("held_out")

    def _send(self, now: str) -> None:
        if now == self._when:
            os.kill(os.getpid(), signal.SIGINT)


@pytest.mark.parametrize(
    ("when", "generations"),
    [("started", 1), ("generation 3", 4), (f"generation {GENERATIONS - 1}", GENERATIONS), ("held_out", GENERATIONS)],
)
def test_a_signal_at_any_stage_leaves_a_run_that_resumes_to_the_same_end(undisturbed, tmp_path, when, generations):
    """Before the first generation, after one, after the last, during the final evaluation."""
    folder = tmp_path / "run"
    handler = signal.getsignal(signal.SIGINT)
    run = plastica.run("oja", small("oja", **LONG, **{"engine.threads": 1}), out=folder, observer=Interrupts(when))
    assert run.summary()["status"] == "interrupted"
    assert len(run.records()) == generations
    assert not run.folder.result()
    assert signal.getsignal(signal.SIGINT) is handler
    plastica.resume(folder)
    assert_same_run(folder, undisturbed)


def test_a_search_ends_after_its_time_and_goes_on_later(undisturbed, tmp_path):
    """max_seconds: finished, with a result, for the reason of time; resumed twice, the journal is the same."""
    folder = tmp_path / "run"
    run = plastica.run("oja", small("oja", **LONG, **{"engine.threads": 1}), out=folder, max_seconds=0)
    assert (run.summary()["status"], run.summary()["reason"]) == ("finished", "time limit")
    assert run.summary()["generations"] == 0
    assert run.summary()["held_out"]["loss"] > 0
    done = plastica.resume(folder, max_seconds=0.02).summary()
    assert done["reason"] == "time limit"
    assert 1 <= done["generations"] < GENERATIONS
    plastica.resume(folder)
    assert_same_run(folder, undisturbed)


def test_max_seconds_of_the_command_line(call, tmp_path):
    """The option ends an endless search in time, with exit status 0 and its result."""
    began = time.monotonic()
    said = call(
        "run", "oja", *options("oja", **LONG), "--generations", 10**7, "--max-seconds", 0.1, "--out", tmp_path / "run"
    )  # fmt: skip
    assert said.status == 0
    assert "finished (time limit)" in said.out
    assert time.monotonic() - began < 30


def test_a_folder_in_use_is_left_alone(tmp_path, call):
    """A second process is told in one sentence and exits with 2; show works meanwhile and says running."""
    folder = tmp_path / "run"
    process = start(folder, "--quiet", generations=10**6)
    wait_for_lines(folder, 3, process)
    said = call("resume", folder)
    assert said.status == 2
    assert (
        said.err
        == f"plastica: {folder} is in use by another process: wait until it ends, or stop it before you go on\n"
    )
    assert json.loads(call("show", folder, "--json").out)["status"] == "running"
    process.kill()
    process.communicate()


def test_a_result_that_was_outgrown_is_not_shown(tmp_path):
    """A run that ended in time and is interrupted when it goes on has no result until it ends again."""
    folder = tmp_path / "run"
    plastica.run("oja", small("oja", **LONG), out=folder, max_seconds=0)
    summary = plastica.resume(folder, observer=Interrupts("generation 2")).summary()
    assert (summary["status"], summary["generations"], summary["held_out"]) == ("interrupted", 3, None)
    assert list(summary["theta"].values()) == plastica.Run.open(folder).records()[-1]["favourite"]
