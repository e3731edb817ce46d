"""Searches on a Dask cluster: the same journal whatever happens to workers, schedulers and the program itself."""

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import numpy as np
import psutil
import pytest
from dask_jobqueue import SLURMCluster
from distributed import Client, LocalCluster
from processes import command, journal_of
from small import options, small

import plastica
from plastica.conduct import Silent
from plastica.config import load
from plastica.engines import OnClient
from plastica.engines.base import candidate_blocks
from plastica.engines.dask_engine import DaskEngine
from plastica.errors import UserError
from plastica.tasks import TASKS

GENERATIONS = 40
LONG = {"network.updates": 400, "data.count": 6, "generations": GENERATIONS, "search.population": 40}
FEW = {"generations": 4}  # with a redraw of datasets among them
QUICKLY_S = 30  # until all processes of a run must be gone


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory) -> Path:
    """A run on threads that nothing came in the way of."""
    folder = tmp_path_factory.mktemp("undisturbed") / "run"
    plastica.run("oja", small("oja", **LONG), out=folder)
    return folder


@pytest.fixture(scope="module")
def client():
    """One worker at first; tests ask for as many as they need."""
    with (
        LocalCluster(n_workers=1, threads_per_worker=1, host="127.0.0.1", dashboard_address="127.0.0.1:0") as cluster,
        Client(cluster, set_as_default=False) as client,
    ):
        yield client


def scale(client: Client, workers: int) -> None:
    client.cluster.scale(workers)
    if not come(client, workers, 20):  # one that was killed as it began may not be begun again: all anew
        client.cluster.scale(0)
        assert come(client, 0, 60)
        client.cluster.scale(workers)
    wait_for_workers(client, workers)


def wait_for_workers(client: Client, workers: int) -> None:
    assert come(client, workers, 60), client.nthreads()


def come(client: Client, workers: int, seconds: float) -> bool:
    """Whether there are as many before this time is over."""
    deadline = time.monotonic() + seconds
    while len(client.nthreads()) != workers and time.monotonic() < deadline:
        time.sleep(0.05)
    return len(client.nthreads()) == workers


def assert_same(folder: Path, other: Path) -> None:
    assert journal_of(folder) == journal_of(other)
    assert json.loads((folder / "result.json").read_text()) == json.loads((other / "result.json").read_text())


@pytest.fixture(scope="module")
def on_threads(tmp_path_factory) -> dict[str, Path]:
    """A small run of every task on two threads."""
    home = tmp_path_factory.mktemp("threads")
    for task in TASKS:
        plastica.run(task, small(task, **FEW, **{"engine.threads": 2}), out=home / task)
    return {task: home / task for task in TASKS}


@pytest.mark.parametrize("workers", [2, *(pytest.param(count, marks=pytest.mark.slow) for count in (1, 4))])
def test_any_number_of_workers_gives_the_same_journal(client, on_threads, tmp_path, workers):
    """And the same result, for every task, as two threads give."""
    scale(client, workers)
    for task in TASKS:
        plastica.run(task, small(task, **FEW), out=tmp_path / task, engine=OnClient(client))
        assert_same(tmp_path / task, on_threads[task])


def test_any_order_and_size_of_blocks_gives_the_same_journal(client, undisturbed, tmp_path, monkeypatch):
    """Submitted in a random order, to random workers, of random sizes, with candidates split at random."""
    scale(client, 2)
    random = np.random.default_rng(1)
    results = DaskEngine._results

    def shuffled(engine, jobs):
        order = random.permutation(len(jobs))
        found = dict(zip(order.tolist(), results(engine, [jobs[k] for k in order]), strict=True))
        return [found[k] for k in range(len(jobs))]

    monkeypatch.setattr(DaskEngine, "_results", shuffled)
    monkeypatch.setattr(DaskEngine, "_block_size", lambda engine, *_: int(random.integers(1, 7)))
    monkeypatch.setattr(
        "plastica.engines.dask_engine.candidate_blocks",
        lambda candidates, *_: candidate_blocks(candidates, 1, int(random.integers(1, 4))),
    )
    monkeypatch.setattr(
        "plastica.engines.dask_engine._owners",
        lambda keys, workers: {key: workers[random.integers(len(workers))] for key in keys},
    )
    plastica.run("oja", small("oja", **LONG), out=tmp_path / "run", engine=OnClient(client))
    assert_same(tmp_path / "run", undisturbed)


class Kills(Silent):
    """Kills some of two workers at a random moment of every sixth generation."""

    def __init__(self, client: Client, victims: int) -> None:
        self._client, self._random, self._killers, self._victims = client, np.random.default_rng(7), [], victims

    def generation(self, run, record) -> None:
        if record["generation"] % 6 == 1:
            wait_for_workers(self._client, 2)
            pids = list(self._client.run(os.getpid).values())
            moment = self._random.uniform(0, 0.05)
            for victim in self._random.permutation(pids)[: self._victims].tolist():
                self._killers.append(threading.Timer(moment, os.kill, (victim, signal.SIGKILL)))
                self._killers[-1].start()

    def held_out(self, run) -> None:
        for killer in self._killers:
            killer.join()

    @property
    def killed(self) -> int:
        return len(self._killers)


@pytest.mark.parametrize("victims", [1, 2], ids=["one", "all"])
def test_workers_that_are_killed_at_random_change_nothing(client, tmp_path, victims):
    """Their blocks are scored by others, or by those that come in their place, also where nobody was left."""
    scale(client, 2)
    longer = LONG | {"network.inputs": 30, "generations": 18 if victims == 1 else 6}
    plastica.run("oja", small("oja", **longer), out=tmp_path / "threads")
    kills = Kills(client, victims)
    plastica.run("oja", small("oja", **longer), out=tmp_path / "dask", engine=OnClient(client), observer=kills)
    assert kills.killed == (3 if victims == 1 else 2)
    assert_same(tmp_path / "dask", tmp_path / "threads")


def processes_of(process: subprocess.Popen) -> list[psutil.Process]:
    return psutil.Process(process.pid).children(recursive=True)


def start(folder: Path, *more: object, **changes) -> subprocess.Popen:
    """A run on a cluster of its own, in a process group of its own, as a terminal would start it."""
    settings = LONG | {"engine.name": "dask", "engine.workers": 2} | changes
    return subprocess.Popen(
        command("run", "oja", *options("oja", **settings), "--out", folder, *more),
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True,
    )  # fmt: skip


def wait_for_lines(folder: Path, count: int, process: subprocess.Popen) -> None:
    deadline = time.monotonic() + 120
    journal = folder / "journal.jsonl"
    while not (journal.exists() and journal.read_bytes().count(b"\n") >= count):
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < deadline
        time.sleep(0.01)


def assert_all_end(processes: list[psutil.Process]) -> None:
    assert processes
    _, alive = psutil.wait_procs(processes, timeout=QUICKLY_S)
    assert alive == []


@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM"])
def test_an_interrupted_run_leaves_no_process_behind(undisturbed, tmp_path, name):
    """Ctrl-C reaches workers too, SIGTERM the program alone; it ends with 130, and goes on on threads."""
    folder = tmp_path / "run"
    process = start(folder, "--quiet")
    wait_for_lines(folder, 4, process)
    workers = processes_of(process)
    (os.killpg if name == "SIGINT" else os.kill)(process.pid, getattr(signal, name))
    out, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert out == ""
    assert err == f"plastica: interrupted; go on with: plastica resume {folder}\n"
    assert_all_end(workers)
    plastica.resume(folder, {"engine.name": "threads"})
    assert_same(folder, undisturbed)


def test_the_workers_of_a_killed_run_end_by_themselves(tmp_path):
    """kill -9 of the program leaves no process behind either."""
    folder = tmp_path / "run"
    process = start(folder, "--quiet")
    wait_for_lines(folder, 3, process)
    workers = processes_of(process)
    process.kill()
    process.communicate()
    assert_all_end(workers)


def python(*arguments: object) -> subprocess.Popen:
    return subprocess.Popen(
        [sys.executable, *map(str, arguments)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


@pytest.mark.parametrize("sent", ["SIGKILL", "SIGSTOP"])
def test_a_scheduler_that_vanishes_ends_the_run_in_a_sentence(undisturbed, tmp_path, sent):
    """Killed, or alive and mute: exit status 2 within the stated time; the run goes on on another engine."""
    address = f"tcp://127.0.0.1:{free_port()}"
    host, port = "127.0.0.1", address.rpartition(":")[2]
    scheduler = python("-m", "distributed.cli.dask_scheduler", "--host", host, "--port", port, "--no-dashboard")
    worker = python(
        "-m", "distributed.cli.dask_worker", address, "--nthreads", 1, "--no-dashboard", "--death-timeout", 5
    )
    folder = tmp_path / "run"
    process = start(folder, "--quiet", **{"engine.workers": 0, "engine.scheduler": address, "engine.timeout_s": 15})
    try:
        wait_for_lines(folder, 4, process)
        scheduler.send_signal(getattr(signal, sent))
        _, err = process.communicate(timeout=90)
    finally:
        for one in (process, scheduler, worker):
            one.kill()
            one.communicate()
    assert process.returncode == 2
    assert len(err.splitlines()) == 1
    assert "have not answered for 15 s" in err
    assert "plastica resume DIR --set engine.name=threads" in err
    assert plastica.Run.open(folder).summary()["status"] == "interrupted"
    done = subprocess.run(
        command("resume", folder, "--set", "engine.name=threads", "--quiet"), capture_output=True, text=True
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert_same(folder, undisturbed)


def test_a_scheduler_that_falls_mute_as_results_are_fetched_is_noticed(client, tmp_path, monkeypatch):
    """The blocks have ended, and then nobody says what came out of them."""

    async def never(*_, **__):
        await asyncio.sleep(3600)

    def run() -> None:
        with pytest.raises(UserError, match="have not answered for 1 s"):
            plastica.run("oja", small("oja"), out=tmp_path / "run", engine=OnClient(client, timeout_s=1.0))
        said.append(True)

    said: list[bool] = []
    monkeypatch.setattr(client, "_gather", never)
    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    thread.join(QUICKLY_S)
    assert said


def test_a_scheduler_that_is_not_there_is_a_sentence(call, tmp_path):
    """Nobody listens, or somebody who says nothing."""
    with socket.socket() as mute:
        mute.bind(("127.0.0.1", 0))
        mute.listen()
        for port in (free_port(), mute.getsockname()[1]):
            settings = ["--set", "engine.name=dask", "--set", "engine.timeout_s=1.5"]
            address = f"tcp://127.0.0.1:{port}"
            said = call("run", "oja", *settings, "--set", f"engine.scheduler={address}", "--out", tmp_path / str(port))
            assert said.status == 2
            assert f'engine.scheduler = "{address}": no scheduler answered there within 1.5 s' in said.err
            assert len(said.err.splitlines()) == 1


def test_workers_with_other_versions_are_refused(client, tmp_path):
    """They might compute other numbers: one sentence says which library, and what to do."""
    scale(client, 1)
    client.run(_age)
    try:
        with pytest.raises(UserError, match=r"numpy is 1\.0 on a worker, .* here\): install the same versions"):
            plastica.run("oja", small("oja"), out=tmp_path / "run", engine=OnClient(client))
    finally:
        client.run(_renew)


def _age() -> None:
    from plastica.engines import dask_worker

    dask_worker._true_versions = dask_worker._versions
    dask_worker._versions = lambda: dask_worker._true_versions() | {"numpy": "1.0"}


def _renew() -> None:
    from plastica.engines import dask_worker

    dask_worker._versions = dask_worker._true_versions


def test_slurm_jobs_are_what_the_config_says(tmp_path, monkeypatch):
    """The script that is submitted, as many jobs as asked for; where there is no sbatch, a sentence."""
    settings = {
        "queue": "compute",
        "account": "neuro",
        "walltime": "04:00:00",
        "cores": 16,
        "memory": "16GB",
        "jobs": 8,
    }
    section = load(
        "oja", {"engine.name": "dask"} | {f"engine.slurm.{k}": v for k, v in settings.items()}
    ).engine_section
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(UserError, match=r"engine\.slurm: there is no sbatch on this machine"):
        section._slurm()
    (tmp_path / "sbatch").write_text("#!/bin/sh\n")
    (tmp_path / "sbatch").chmod(0o755)
    scaled = []
    monkeypatch.setattr(SLURMCluster, "scale", lambda cluster, jobs: scaled.append(jobs))
    with section._slurm() as cluster:
        script = cluster.job_script()
    assert scaled[0] == 8  # then 0, at its end
    for line in ("-p compute", "-A neuro", "-t 04:00:00", "--cpus-per-task=16"):
        assert f"#SBATCH {line}" in script
    assert "--nworkers 16" in script
    assert "--nthreads 1" in script


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ({"engine.workers": 2, "engine.scheduler": "tcp://a:1"}, "workers and scheduler are both given: choose one"),
        ({"engine.scheduler": "a:1"}, 'scheduler = "a:1": write an address such as tcp://host:8786'),
        ({"engine.slurm.jobs": 1, "engine.slurm.maximum_jobs": 2}, "jobs and maximum_jobs are both given"),
        ({"engine.slurm.minimum_jobs": 1}, "minimum_jobs = 1 is more than maximum_jobs = 0"),
        ({"engine.slurm.walltime": "2h"}, 'engine.slurm.walltime = "2h": write hours:minutes:seconds'),
        ({"engine.slurm.memory": "lots"}, 'engine.slurm.memory = "lots": write a number and a unit, such as 16GB'),
        ({"engine.threads": 2}, "engine.threads = 2: there is no such key"),
    ],
)
def test_contradictions_are_sentences(settings, says):
    with pytest.raises(UserError) as error:
        load("oja", {"engine.name": "dask", **settings})
    assert says in str(error.value)
    assert str(error.value).startswith("engine.")


def test_only_the_engine_may_change_on_resume(undisturbed):
    with pytest.raises(UserError, match=r"--set search\.l1=.*: only engine\.\* may change when a run is resumed"):
        plastica.resume(undisturbed, {"engine.threads": 1, "search.l1": 0.5})


@pytest.mark.parametrize("engine", ["threads", "dask"])
def test_a_trial_that_fails_stops_the_run_and_is_kept(client, undisturbed, tmp_path, engine):
    """An error in a task: its theta and dataset are in failure.json; once it is mended, the run goes on."""
    scale(client, 1)
    carrier = OnClient(client) if engine == "dask" else None
    folder = tmp_path / "run"

    client.run(_poison) if engine == "dask" else _poison()
    try:
        with pytest.raises(UserError, match=r"a trial failed \(ValueError: poisoned\): its theta and dataset are in"):
            plastica.run("oja", small("oja", **LONG), out=folder, engine=carrier)
    finally:
        client.run(_heal) if engine == "dask" else _heal()
    failure = json.loads((folder / "failure.json").read_text())
    assert failure["error"] == "ValueError: poisoned"
    assert "in poisoned" in failure["trace"]
    assert failure["key"] == {"seed": 1, "purpose": "search", "generation": 3, "index": 2}
    assert failure["theta"]["feedforward.A000"] > 0
    assert plastica.Run.open(folder).summary()["status"] == "interrupted"
    plastica.resume(folder, engine=carrier)
    assert not (folder / "failure.json").exists()
    assert_same(folder, undisturbed)


def _poison() -> None:
    """One dataset of the fourth draw fails, for candidates with a positive first coefficient."""
    from plastica.inner.keys import Key
    from plastica.tasks.task import Task

    def poisoned(task, thetas, datasets, gradients=0):
        bad = task.dataset(Key(1, "search", 3, 2))
        if (thetas[:, 0] > 0).any() and any((dataset.w == bad.w).all() for dataset in datasets):
            raise ValueError("poisoned")
        return Task.healthy(task, thetas, datasets, gradients)

    Task.healthy, Task.score = Task.score, poisoned


def _heal() -> None:
    from plastica.tasks.task import Task

    Task.score = Task.healthy
