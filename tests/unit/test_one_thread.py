"""Linear algebra on one thread, whoever asks for it, and the process as it was afterwards."""

import os
import subprocess
import sys
from threading import Barrier, Thread
from types import SimpleNamespace

import pytest
from threadpoolctl import OpenBLASController, threadpool_info, threadpool_limits

from plastica.inner.one_thread import one_thread

BITS = """
import hashlib
from plastica.config import load

task = load("oja", {"network.inputs": 100}).composed
keys = task.keys(1, "search", 1)
stimuli = task.dataset(keys[0]).stimuli
evaluation = task.evaluate(task.known_theta(task.targets), keys)
arrays = stimuli.samples, stimuli.principal, stimuli.variance, evaluation.loss, *evaluation.metrics.values()
print(*(hashlib.sha256(array.tobytes()).hexdigest() for array in arrays))
"""


def blas_threads() -> set[int]:
    return {pool["num_threads"] for pool in threadpool_info() if pool["user_api"] == "blas"}


@pytest.fixture
def two_threads():
    """Whichever thread had set a number before."""
    if hasattr(OpenBLASController, "clear_controlling_thread"):
        OpenBLASController.clear_controlling_thread(force=True)
    with threadpool_limits(limits=2):
        if blas_threads() != {2}:
            pytest.skip("this linear algebra has one thread only")
        yield


def test_a_task_computes_the_same_bits_however_many_threads_linear_algebra_has():
    """From Python, outside any engine: datasets, losses and metrics."""
    said = []
    for threads in ("1", "2"):
        surroundings = os.environ | dict.fromkeys(("OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), threads)
        done = subprocess.run(
            [sys.executable, "-c", BITS], env=surroundings, capture_output=True, text=True, check=True, timeout=120
        )
        said.append(done.stdout.split())
    assert len(said[0]) >= 5
    assert said[0] == said[1]


def test_blocks_may_be_nested(two_threads):
    """What was found at first comes back at last, also after an error."""
    with one_thread():
        with one_thread():
            assert blas_threads() == {1}
        assert blas_threads() == {1}
    assert blas_threads() == {2}
    with pytest.raises(ZeroDivisionError), one_thread():
        _ = 1 / 0
    assert blas_threads() == {2}


def test_blocks_may_overlap_in_several_threads(two_threads):
    """The first to begin is the first to end: the other one keeps its single thread, and gives back what was."""
    assert overlap() == [{1}, {2}]


def test_any_thread_may_set_a_number_afterwards(two_threads):
    """Also while those live that computed."""
    computed, told = Barrier(2, timeout=60), Barrier(2, timeout=60)

    def compute():
        with one_thread():
            pass
        computed.wait()
        told.wait()

    thread = Thread(target=compute)
    thread.start()
    computed.wait()
    with threadpool_limits(limits=1):
        seen = blas_threads()
    told.wait()
    thread.join()
    assert seen == {1}


def test_only_the_first_block_of_a_thread_sets_anything(monkeypatch):
    """Further ones cost nothing; another thread sets its own, and what was given back is set again."""
    said: list[str] = []

    class Limit:
        def __init__(self, limits):
            said.append(f"to {limits}")

        def restore_original_limits(self):
            said.append("back")

    libraries = SimpleNamespace(limit=Limit)
    monkeypatch.setattr("plastica.inner.one_thread._libraries", lambda with_scipy: libraries)
    for _ in range(2):
        with one_thread():
            for _ in range(3):
                with one_thread():
                    pass
            _together(*[two_blocks] * 2)
        assert said == ["to 1"] * 3 + ["back"] * 3
        said.clear()


def two_blocks():
    for _ in range(2):
        with one_thread():
            pass


def overlap():
    began, ended = Barrier(2, timeout=60), Barrier(2, timeout=60)
    seen = []

    def first():
        with one_thread():
            began.wait()
        ended.wait()
        ended.wait()  # alive until the second one has ended: what it set is given back by another thread

    def second():
        with one_thread():
            began.wait()
            ended.wait()
            seen.append(blas_threads())
        ended.wait()

    _together(first, second)
    return [*seen, blas_threads()]


def _together(*targets):
    threads = [Thread(target=target) for target in targets]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
