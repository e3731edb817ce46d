"""What a run takes of memory is known from shapes, before anything is made, and held against what there is."""

import subprocess
import sys
import tracemalloc

import pytest
from small import small

import plastica
from plastica import experiment, memory
from plastica import plan as planning
from plastica.config import load
from plastica.engines.dask_cluster import Dask, Slurm
from plastica.engines.threads import Threads
from plastica.errors import Caution, UserError
from plastica.memory import available_bytes, check_memory, in_words, need_of
from plastica.tasks import TASKS

RATE = [
    ("oja", {}),
    ("oja", {"network.inputs": 100}),
    ("oja", {"network.inputs": 100, "data.batches": 1}),
    ("oja", {"network.inputs": 300, "data.batches": 3}),
    ("oja", {"network.inputs": 5, "rules.feedforward.order": 4}),
    ("oja", {"network.inputs": 40, "data.batch": 7}),
    ("oja", {"network.inputs": 3, "data.batch": 5000}),
    ("principal-components", {}),
    ("principal-components", {"network.inputs": 50}),
    ("principal-components", {"network.inputs": 8, "rules.lateral.order": 3}),
    ("independent-components", {}),
    ("independent-components", {"network.inputs": 40}),
    ("independent-components", {"network.inputs": 3, "data.batch": 5000}),
]
SPIKING = [
    {},
    {"data.sparsify": False},
    {"data.refractory_ms": 0.0},
    {"data.modulation_hz": 0.0},
    {"data.groups": 20},
    {"data.baseline_hz": 100.0, "data.modulation_hz": 1000.0},
]
SHORT = {"network.training_s": 8.0, "network.scoring_s": 2.0, "network.window_s": 1.0}
CASES = [*RATE, *(("inhibitory-balance", SHORT | changes) for changes in SPIKING)]


def drawn(task, key):
    """A dataset, and the most memory while it was made: that of all threads, so other tests' may raise it."""
    tracemalloc.start()
    dataset = task.dataset(key)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return dataset, peak


@pytest.mark.parametrize(("name", "settings"), CASES, ids=str)
def test_a_dataset_takes_what_its_footprint_says(name, settings):
    """Exactly, or a little less where its size is chance; and the same of the most that its making takes."""
    task = load(name, settings).composed
    first, *others = task.keys(1, "search", 4)
    task.dataset(first)  # compiles
    dataset, peak = min((drawn(task, key) for key in others), key=lambda pair: pair[1])
    exact = name != "inhibitory-balance"
    assert dataset.nbytes <= task.footprint.dataset <= (1 if exact else 1.35) * dataset.nbytes
    assert peak - 100e3 <= task.footprint.making <= 2.2 * peak


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells the peak of a process by itself")
def test_linear_algebra_needs_memory_of_its_own():
    """Which only the system sees: with many inputs, matrices are what is large."""
    settings = {"network.inputs": 1500, "data.batches": 1}
    program = f"""
from plastica.config import load

def peak():
    return next(int(line.split()[1]) for line in open("/proc/self/status") if line.startswith("VmHWM"))

small, task = (load("oja", settings).composed for settings in ({{"network.inputs": 100}}, {settings}))
small.dataset(small.keys(1, "search", 1)[0])  # loads what is compiled
before = peak()
task.dataset(task.keys(1, "search", 1)[0])
print(1024 * (peak() - before))
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=120)
    making = load("oja", settings).composed.footprint.making
    assert 0.6 * making < int(done.stdout) <= making


def with_memory(monkeypatch, available):
    monkeypatch.setattr(memory, "available_bytes", lambda: available)


@pytest.fixture
def nothing_begins(monkeypatch):
    """Whatever would take the memory fails instead, so that a check that is broken harms nobody."""

    def begun(*arguments, **more):
        raise AssertionError("it began")

    for module, name in ((experiment, "conduct"), (experiment, "evaluate_held_out"), (planning, "_measure")):
        monkeypatch.setattr(module, name, begun)


@pytest.mark.parametrize("name", TASKS)
def test_a_task_as_it_comes_always_fits(monkeypatch, name):
    """Half a gigabyte is enough for all of them, on two threads."""
    with_memory(monkeypatch, int(0.5e9))
    check_memory(load(name), Threads(threads=2))  # nor does it warn: a warning fails a test


def test_a_run_that_is_too_large_does_not_begin(monkeypatch, tmp_path, nothing_begins):
    """The sentence names what is large, how much it needs, what there is, and what to do; there is no folder."""
    with_memory(monkeypatch, int(20e9))
    with pytest.raises(UserError) as caught:
        plastica.run("oja", {"network.inputs": 20000, "engine.threads": 2}, out=tmp_path / "run")
    sentence = str(caught.value)
    for word in ("network.inputs = 20000", "data.batches = 20", "data.count = 20", "20 GB are available", "smaller"):
        assert word in sentence
    assert "\n" not in sentence
    assert list(tmp_path.iterdir()) == []
    for key in ("data.count", "held_out.count"):
        with pytest.raises(UserError, match=f"{key} = 100000000"):
            plastica.run("oja", {key: 100_000_000}, out=tmp_path / "run")
    with pytest.raises(UserError, match=r"network\.training_s = 10000.* TB of memory"):
        plastica.run("inhibitory-balance", {"network.training_s": 10000.0, "data.count": 1000}, out=tmp_path / "run")


def test_other_data_may_be_too_large_too(monkeypatch, tmp_path, request):
    """For an evaluation, and for a plan, which makes a few datasets."""
    plastica.run("oja", small("oja", generations=1), out=tmp_path / "run")
    request.getfixturevalue("nothing_begins")
    with_memory(monkeypatch, int(20e9))
    for begin in (plastica.evaluate, lambda _, settings: planning.plan("oja", settings)):
        with pytest.raises(UserError, match=r"network\.inputs = 20000.* are available here: make one of them smaller"):
            begin(tmp_path / "run", {"network.inputs": 20000})


def test_a_tight_run_begins_with_a_warning(monkeypatch, tmp_path):
    """Above four fifths of what there is; the run goes on."""
    config = load("oja", small("oja", **{"engine.threads": 2}))
    need = need_of(config, 2)
    with_memory(monkeypatch, int((need.kept + 2 * need.working) / 0.9))
    with pytest.warns(Caution, match="which is tight"):
        run = plastica.run("oja", small("oja", generations=1, **{"engine.threads": 2}), out=tmp_path / "run")
    assert run.is_complete


def test_machines_elsewhere_are_not_judged(monkeypatch):
    """Of a scheduler's workers and of SLURM's jobs this machine knows nothing; of its own processes it does."""
    with_memory(monkeypatch, 1)
    config = load("oja")
    for engine in (Dask(scheduler="tcp://host:8786"), Dask(slurm=Slurm(jobs=2))):
        check_memory(config, engine)
    with pytest.raises(UserError):
        check_memory(config, Dask(workers=2))
    with_memory(monkeypatch, None)
    check_memory(config, Threads())


def files(root, texts):
    for name, text in texts.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)


def test_what_is_available_is_the_least_that_anyone_says(tmp_path):
    """The machine, and every control group from this process's own up; file caches give way; "max" is no limit."""
    files(tmp_path, {"proc/meminfo": "MemTotal: 9000 kB\nMemAvailable:    5000 kB\n"})
    assert available_bytes(tmp_path) == 5000 * 1024
    groups = "sys/fs/cgroup"
    files(tmp_path, {
        "proc/self/cgroup": "0::/job/step\n",
        f"{groups}/job/step/memory.max": "max\n",
        f"{groups}/job/step/memory.current": "1\n",
        f"{groups}/job/memory.max": "3000000\n",
        f"{groups}/job/memory.current": "2000000\n",
        f"{groups}/job/memory.stat": "anon 5\ninactive_file 500000\n",
    })  # fmt: skip
    assert available_bytes(tmp_path) == 1_500_000
    files(tmp_path, {f"{groups}/job/memory.current": "9000000\n"})
    assert available_bytes(tmp_path) == 0


def test_control_groups_of_the_first_version_count_too(tmp_path):
    """They have a tree for memory alone; without a limit it is a number beyond any memory."""
    files(tmp_path, {
        "proc/meminfo": "MemAvailable: 5000 kB\n",
        "proc/self/cgroup": "5:cpu:/\n4:memory:/a\n0::/\n",
        "sys/fs/cgroup/memory/a/memory.limit_in_bytes": "1000000",
        "sys/fs/cgroup/memory/a/memory.usage_in_bytes": "400000",
        "sys/fs/cgroup/memory/a/memory.stat": "total_inactive_file 100\n",
        "sys/fs/cgroup/memory/memory.limit_in_bytes": "9223372036854771712",
        "sys/fs/cgroup/memory/memory.usage_in_bytes": "400000",
        "sys/fs/cgroup/memory/memory.stat": "total_inactive_file 0\n",
    })  # fmt: skip
    assert available_bytes(tmp_path) == 600_100


def test_this_machine_says_how_much_it_has():
    """A positive number, with units for people."""
    assert available_bytes() > 1e6
    assert [in_words(x) for x in (2.5e5, 3.21e8, 1.5e9, 2e13)] == ["0.25 MB", "321 MB", "1.5 GB", "20 TB"]
