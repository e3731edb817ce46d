"""The threads of a process: what they make ahead, and for how long."""

import threading
from concurrent.futures import CancelledError
from types import SimpleNamespace

import numpy as np
import pytest

from plastica.engines.base import score_block
from plastica.engines.threads import Threads
from plastica.inner.keys import Key
from plastica.tasks.task import Evaluation

KEYS = [Key(1, "search", 0, index) for index in range(10)]


class Slow(SimpleNamespace):
    """A task whose second dataset is made as long as `go` is not set; it notes which datasets were begun."""

    network, in_jax, made_together = SimpleNamespace(), False, 1

    def dataset(self, key: Key) -> int:
        self.begun.append(key.index)
        if key.index == 1:
            self.reached.set()
            assert self.go.wait(timeout=60)
        if key.index == 5:
            raise ZeroDivisionError
        return key.index

    def datasets(self, keys):
        return [self.dataset(key) for key in keys]

    def score(self, thetas, datasets, gradients):
        return Evaluation(np.full((len(thetas), len(datasets)), datasets), np.zeros((len(thetas), len(datasets)), int))


@pytest.fixture
def slow() -> Slow:
    return Slow(begun=[], reached=threading.Event(), go=threading.Event())


def test_what_is_let_go_of_is_not_made(slow):
    """Of a block of datasets that are begun ahead only the one in hand comes to its end."""
    with Threads(threads=1).start(slow) as engine:
        engine.prepare(KEYS)
        assert engine.evaluate(np.zeros((1, 1)), KEYS[:1]).loss.tolist() == [[0]]
        assert slow.reached.wait(timeout=60)
        engine.prepare(())
        slow.go.set()
    assert slow.begun == [0, 1]


def test_what_is_prepared_is_made_once_and_its_error_is_its_own(slow):
    slow.go.set()
    with Threads(threads=2).start(slow) as engine:
        engine.prepare(KEYS)
        for _ in range(2):
            assert engine.evaluate(np.zeros((1, 1)), [*KEYS[:5], *KEYS[6:]]).loss.tolist() == [
                [0, 1, 2, 3, 4, 6, 7, 8, 9]
            ]
        with pytest.raises(Exception, match="ZeroDivisionError") as caught:
            engine.evaluate(np.zeros((1, 1)), KEYS)
        assert caught.value.key == KEYS[5]
    assert sorted(slow.begun) == list(range(10))


def test_a_key_that_is_given_twice_is_made_once(slow):
    slow.go.set()
    with Threads(threads=2).start(slow) as engine:
        engine.prepare([KEYS[k] for k in (0, 1, 2, 1, 3)])
        for k in range(4):
            assert engine.evaluate(np.zeros((1, 1)), [KEYS[k]]).loss.tolist() == [[k]]
    assert sorted(slow.begun) == [0, 1, 2, 3]


def test_small_datasets_are_made_together(slow):
    """As many at a time as the task says, in blocks of no fewer; one that fails is nobody else's trouble."""
    slow.go.set()
    slow.made_together, asked, each = 4, [], slow.datasets
    slow.datasets = lambda keys: asked.append([key.index for key in keys]) or each(keys)
    with Threads(threads=1).start(slow) as engine:
        engine.prepare(KEYS)
        assert engine.evaluate(np.zeros((1, 1)), KEYS[:4]).loss.tolist() == [[0, 1, 2, 3]]
        assert engine.evaluate(np.zeros((1, 1)), KEYS[6:8]).loss.tolist() == [[6, 7]]
        with pytest.raises(Exception, match="ZeroDivisionError") as caught:
            engine.evaluate(np.zeros((1, 1)), KEYS)
        assert caught.value.key == KEYS[5]
    assert asked == [[0, 1, 2, 3], [5, 6, 7, 8]]  # the others are alone in the rest of a block


def test_a_dataset_that_was_let_go_of_is_no_failure_of_the_task(slow):
    """Whoever waited for it hears so at once: no trial is tried by itself to find which one failed."""

    def gone(key):
        raise CancelledError

    with pytest.raises(CancelledError):
        score_block(slow, np.zeros((3, 1)), KEYS[:2], gone)
