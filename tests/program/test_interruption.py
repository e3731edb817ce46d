"""Stopping and going on: by signal, by kill -9 at any instant, by time; the journal is that of an undisturbed run."""

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from processes import command, journal_of
from small import options, small

import plastica
from plastica.conduct import Silent

GENERATIONS = 60
LONG = {"network.updates": 400, "data.count": 6, "generations": GENERATIONS, "search.population": 12}
SETTINGS = {"oja": LONG, "delta-rule": {"generations": GENERATIONS}}  # the latter is slower, as small as it is


@pytest.fixture(scope="session")
def undisturbed(tmp_path_factory, request) -> Path:
    """A run of a task, Oja's unless a test asks for another, that nothing came in the way of."""
    task = getattr(request, "param", "oja")
    folder = tmp_path_factory.mktemp("undisturbed") / "run"
    return plastica.run(task, small(task, **SETTINGS[task], **{"engine.threads": 1}), out=folder).folder.path


def start(folder: Path, *more: object, task: str = "oja", **changes) -> subprocess.Popen:
    arguments = command("run", task, *options(task, **{**SETTINGS[task], **changes}), "--out", folder, *more)
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


@pytest.mark.parametrize(
    ("undisturbed", "kills"), [("oja", (1, 7, 31)), ("delta-rule", (7,))], indirect=["undisturbed"]
)
def test_after_kill_9_at_any_instant_the_journal_is_that_of_an_undisturbed_run(undisturbed, tmp_path, kills):
    """Killed before the first generation, in the midst, and again while it resumes; on two threads, then on one."""
    folder, task = tmp_path / "run", plastica.Run.open(undisturbed).config.task
    process = start(folder, "--threads", 2, task=task)
    for lines in kills:
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
    with pytest.raises(KeyboardInterrupt, match=f"^interrupted; go on with: plastica resume {folder}$"):
        plastica.run("oja", small("oja", **LONG, **{"engine.threads": 1}), out=folder, observer=Interrupts(when))
    run = plastica.Run.open(folder)
    assert run.summary()["status"] == "interrupted"
    assert len(run.records()) == generations
    assert not run.folder.result()
    assert signal.getsignal(signal.SIGINT) is handler
    assert signal.set_wakeup_fd(-1) == -1
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
    go_on = f"there is more to do; go on with: plastica resume {tmp_path / 'run'}"
    assert go_on in said.out
    assert go_on in call("show", tmp_path / "run").out
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
    with pytest.raises(KeyboardInterrupt):
        plastica.resume(folder, observer=Interrupts("generation 2"))
    summary = plastica.Run.open(folder).summary()
    assert (summary["status"], summary["generations"], summary["held_out"]) == ("interrupted", 3, None)
    assert list(summary["theta"].values()) == plastica.Run.open(folder).records()[-1]["favourite"]


def test_a_script_that_asks_for_finished_runs_gets_no_other(undisturbed, tmp_path, monkeypatch):
    """Interrupted in the first of two runs, it begins no second one; started again, it resumes what there is."""
    settings = small("oja", **LONG, **{"engine.threads": 1})
    for generation in (3, 9):  # when it is begun, and when it is resumed
        with monkeypatch.context() as patched:
            patched.setattr("plastica.experiment.Silent", lambda when=f"generation {generation}": Interrupts(when))
            with pytest.raises(KeyboardInterrupt):
                [plastica.run_or_resume("oja", settings, out=tmp_path / name) for name in ("first", "second")]
        assert len(plastica.Run.open(tmp_path / "first").records()) == generation + 1
    assert not (tmp_path / "second").exists()
    plastica.resume(tmp_path / "first", max_seconds=0)
    plastica.run_or_resume("oja", settings, out=tmp_path / "first")
    assert_same_run(tmp_path / "first", undisturbed)


STUCK = """
import hashlib, json, sys
import plastica
from plastica.engines import threads
from plastica.conduct import Silent

folder, settings, where, *interactive = sys.argv[1:]
if interactive:
    sys.ps1 = ">>> "

def native(*arguments):
    print("stuck", flush=True)
    hashlib.pbkdf2_hmac("sha256", b"", b"", 4_000_000 if interactive else 10**9)  # seconds, or a quarter of an hour

class Stuck(Silent):
    def generation(self, run, record):
        native()

if where == "pool":
    threads.score_block = native
plastica.run("oja", json.loads(settings), out=folder, observer=Stuck())
"""


def stuck(folder: Path, where: str, *more: str) -> subprocess.Popen:
    """A run whose main thread, or a thread of whose pool, is in native code that hears nothing."""
    program = [sys.executable, "-c", STUCK, folder, json.dumps(small("oja")), where, *more]
    process = subprocess.Popen(program, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert process.stdout.readline().startswith("stuck")  # two threads of a pool may say so at once
    return process


@pytest.mark.parametrize("names", [("SIGINT", "SIGINT"), ("SIGTERM", "SIGINT")], ids="-".join)
@pytest.mark.parametrize(("where", "generations"), [("main", 1), ("pool", 0)])
def test_a_second_signal_ends_the_program_whatever_runs(tmp_path, where, generations, names):
    """The first one waits for the generation; the second ends native code too, and what was journalled goes on."""
    folder = tmp_path / "run"
    process = stuck(folder, where)
    for name in names:
        time.sleep(0.3)
        assert process.poll() is None
        process.send_signal(getattr(signal, name))
    _, err = process.communicate(timeout=20)
    assert (process.returncode, err) == (130, f"plastica: interrupted; go on with: plastica resume {folder}\n")
    summary = plastica.Run.open(folder).summary()
    assert (summary["status"], summary["reason"]) == ("interrupted", "its process ended without notice")
    assert summary["generations"] == generations
    assert plastica.resume(folder).summary()["status"] == "finished"


def test_signals_once_more_and_again_do_not_save_it(tmp_path):
    """Whoever keeps pressing Ctrl-C ends the program no later: nothing that it breaks off makes it wait anew."""
    process = stuck(tmp_path / "run", "pool")
    for _ in range(6):
        process.send_signal(signal.SIGINT)
        time.sleep(0.1)
    process.communicate(timeout=20)
    assert process.returncode == 130


LATE = """
import atexit, sys, time
from contextlib import contextmanager
from plastica import cli
from plastica.display import watching

def linger():
    print("late", flush=True)
    time.sleep(1)

@contextmanager
def lingering(quiet, observer=watching.observer):
    with observer(quiet) as inner:
        try:
            yield inner
        finally:
            linger()

where = sys.argv.pop(1)
if where == "display":
    watching.observer = lingering
else:
    atexit.register(linger)
cli.main()
"""


@pytest.mark.parametrize("where", ["display", "exit"])
def test_a_signal_that_comes_late_changes_no_status(tmp_path, where):
    """After the run is over in order, while its display is put away or Python's own end goes on."""
    folder = tmp_path / "run"
    arguments = ("run", "oja", *options("oja", generations=10**6), "--out", folder, "--quiet")
    program = [sys.executable, "-c", LATE, where, *map(str, arguments)]
    process = subprocess.Popen(program, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    wait_for_lines(folder, 3, process)
    process.send_signal(signal.SIGTERM)
    assert process.stdout.readline() == "late\n"
    process.send_signal(signal.SIGTERM)
    _, err = process.communicate(timeout=60)
    assert (process.returncode, err) == (130, f"plastica: interrupted; go on with: plastica resume {folder}\n")
    assert plastica.Run.open(folder).summary()["reason"] == "stopped by SIGTERM"


def test_an_interactive_session_outlives_its_signals(tmp_path):
    """It may hold what its user does not want to lose: the run ends there as soon as native code does."""
    process = stuck(tmp_path / "run", "main", "interactive")
    for _ in range(2):
        process.send_signal(signal.SIGINT)
        time.sleep(0.1)
    _, err = process.communicate(timeout=60)
    assert err.endswith(f"KeyboardInterrupt: interrupted; go on with: plastica resume {tmp_path / 'run'}\n")
    assert plastica.Run.open(tmp_path / "run").summary()["reason"] == "stopped by SIGINT"


def test_a_run_that_nobody_reads_any_more_goes_on_to_its_end(undisturbed, tmp_path):
    """`plastica run ... | head -1`: the output stops, and nothing else."""
    folder = tmp_path / "run"
    with start(folder, "--threads", 1) as process:
        assert process.stdout.readline().startswith("oja, seed 1")
        process.stdout.close()
        assert process.wait(timeout=120) == 0
        assert process.stderr.read() == ""
    assert_same_run(folder, undisturbed)
