"""What every engine in the registry keeps: it carries, and changes no bit of the result."""

import numpy as np
import pytest
from small import one_a_network, small
from threadpoolctl import threadpool_info, threadpool_limits

from plastica.config import load
from plastica.engines import ENGINES
from plastica.engines.base import BLOCK_DATASETS, blocks, candidate_blocks
from plastica.tasks import TASKS


@pytest.fixture(scope="module", params=one_a_network())
def case(request):
    """A small task, a population, keys, and what they evaluate to without any engine."""
    task = load(request.param, small(request.param)).composed
    thetas = task.space.draw(np.random.default_rng(1), 5)
    keys = task.keys(1, "search", 7)
    with threadpool_limits(limits=1):
        return task, thetas, keys, task.evaluate(thetas, keys)


def assert_same(one, other) -> None:
    np.testing.assert_array_equal(one.loss, other.loss)
    np.testing.assert_array_equal(one.outcome, other.outcome)
    assert one.metrics.keys() == other.metrics.keys()
    for name, values in one.metrics.items():
        np.testing.assert_array_equal(values, other.metrics[name])


@pytest.mark.parametrize("name", ENGINES)
def test_it_changes_nothing(case, name, start):
    """The result is that of the task alone, bit for bit: at once, again, and from datasets that were prepared."""
    task, thetas, keys, alone = case
    with start(name, task) as engine:
        assert_same(engine.evaluate(thetas, keys), alone)
        engine.prepare(keys)
        assert_same(engine.evaluate(thetas, keys), alone)
        assert_same(engine.evaluate(thetas, keys), alone)
        engine.prepare(keys[:2])
        assert_same(engine.evaluate(thetas, keys), alone)


@pytest.mark.parametrize("name", ENGINES)
def test_the_order_of_datasets_is_the_order_of_keys(case, name, start):
    """Columns follow their keys, in whatever order these are given and however many there are."""
    task, thetas, keys, alone = case
    order = [3, 0, 6, 1, 5, 2, 4]
    with start(name, task) as engine:
        engine.prepare([keys[k] for k in order[::2]])
        mixed = engine.evaluate(thetas, [keys[k] for k in order])
        single = engine.evaluate(thetas, keys[:1])
    np.testing.assert_array_equal(mixed.loss, alone.loss[:, order])
    np.testing.assert_array_equal(single.loss, alone.loss[:, :1])


@pytest.mark.parametrize("name", ENGINES)
def test_exact_gradients_travel_too(case, name, start):
    """At the last candidates of the population; where a task has none, there is nothing to test."""
    task, thetas, keys, alone = case
    if not task.differentiable:
        pytest.skip("not differentiable")
    expected = task.gradient(thetas[-2:], [task.dataset(key) for key in keys])
    with start(name, task) as engine:
        found = engine.evaluate(thetas, keys, gradients=2)
    assert_same(found, alone)
    assert found.gradient.shape == (2, len(keys), task.space.size)
    np.testing.assert_array_equal(found.gradient, expected)


@pytest.mark.parametrize("threads", [1, 2, 16])
def test_any_number_of_threads_gives_the_same_bits(case, threads):
    """One thread, two, or more than there are datasets."""
    task, thetas, keys, alone = case
    with ENGINES["threads"](threads=threads).start(task) as engine:
        engine.prepare(keys)
        assert_same(engine.evaluate(thetas, keys), alone)


@pytest.mark.parametrize("name", ["oja", "principal-components"])
def test_candidates_that_travel_apart_are_the_same(name):
    """More threads than datasets: each carries some lanes of the population."""
    task = load(name, small(name)).composed
    thetas, keys = task.space.draw(np.random.default_rng(1), 40), task.keys(1, "search", 2)
    assert len(candidate_blocks(len(thetas), len(keys), 6)) == 3
    with ENGINES["threads"](threads=6).start(task) as engine:
        assert_same(engine.evaluate(thetas, keys), task.evaluate(thetas, keys))


@pytest.mark.parametrize("workers", [1, 2, 16])
@pytest.mark.parametrize("count", [1, 2, 5, 7, 40])
def test_blocks_hold_every_key_once_and_no_worker_idles(workers, count):
    """Blocks are small enough to bound memory, and there are enough for all workers."""
    task = TASKS["oja"].task
    keys = task.keys(1, "search", count)
    made = list(blocks(keys, workers))
    assert [key for block in made for key in block] == keys
    assert all(1 <= len(block) <= BLOCK_DATASETS for block in made)
    assert len(made) >= min(workers, count) / 2
    assert list(blocks([], workers)) == []


def test_linear_algebra_runs_on_one_thread_meanwhile():
    """Its sums, and so the datasets, would otherwise depend on how many threads the machine has for them."""
    with ENGINES["threads"]().start(TASKS["oja"].task):
        pools = [pool for pool in threadpool_info() if pool["user_api"] == "blas"]
        assert pools
        assert all(pool["num_threads"] == 1 for pool in pools)
