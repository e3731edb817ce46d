"""What every task in the registry keeps: names, shapes, finite losses, datasets that follow from their keys alone."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from small import small

from plastica.config import load
from plastica.inner.keys import Key
from plastica.inner.outcome import Outcome
from plastica.parts import parts_of
from plastica.tasks import TASKS, Task


def small_task(name: str) -> Task:
    return load(name, small(name)).composed


pytestmark = pytest.mark.parametrize("name", TASKS)


def test_it_is_described_in_a_line(name):
    """`plastica tasks` has something to say of it, and its key is its name."""
    preset = TASKS[name]
    assert preset.task.name == name
    assert preset.summary
    assert "\n" not in preset.summary
    assert len(preset.summary) <= 120


def test_each_of_its_parts_has_a_word(name):
    """So that a task of these parts can be kept as data: a copy of another name is found by its parts."""
    parts = parts_of(TASKS[name].task)
    task = parts.preset(name).task
    assert [type(part) for part in (task.network, task.data, task.loss)] == [
        type(part) for part in (TASKS[name].task.network, TASKS[name].task.data, TASKS[name].task.loss)
    ]


def test_names_carry_the_connection(name):
    """`feedforward.A110`: every parameter of every connection has its own name."""
    task = small_task(name)
    names = task.space.names
    assert len(set(names)) == len(names) == task.space.size > 0
    assert {full.partition(".")[0] for full in names} <= set(task.network.connections)
    for connection, part in task.split(np.arange(float(task.space.size))).items():
        own = [names[int(k)] for k in part]
        assert own == [f"{connection}.{p.name}" for p in task.rules[connection].parameters()]


def test_decode_is_the_inverse_of_encode(name):
    """A search moves in its own coordinates; going there and back loses nothing but rounding, within the bounds."""
    space = small_task(name).space

    @given(hnp.arrays(float, (2, space.size), elements=st.floats(-4, 4)))
    def hold(z):
        thetas = space.decode(z)
        assert thetas.shape == z.shape
        np.testing.assert_allclose(space.encode(thetas), z, atol=1e-12)
        np.testing.assert_allclose(space.decode(space.encode(thetas)), thetas, rtol=1e-12)

    hold()


def test_random_rules_follow_from_their_generator(name):
    """`draw` gives [count, P], the same again from the same generator, others from another."""
    space = small_task(name).space
    one, same, other = (space.draw(np.random.default_rng(seed), 4) for seed in (1, 1, 2))
    assert one.shape == (4, space.size)
    np.testing.assert_array_equal(one, same)
    assert (one != other).any()
    assert (one[0] != one[1]).any()


def test_evaluation_has_a_row_a_candidate_and_a_column_a_dataset(name):
    """loss, outcome and every metric are [R, D] and finite, also for candidates that are not."""
    task = small_task(name)
    thetas = np.concatenate([task.space.draw(np.random.default_rng(1), 3), np.full((2, task.space.size), np.nan)])
    thetas[4] = 1e300
    evaluation = task.evaluate(thetas, task.keys(1, "search", 2))
    for values in (evaluation.loss, evaluation.outcome, *evaluation.metrics.values()):
        assert values.shape == (5, 2)
        assert np.isfinite(values).all()
    assert np.isin(evaluation.outcome, list(Outcome)).all()
    assert (evaluation.outcome[3] == Outcome.NONFINITE).all()
    assert (evaluation.outcome[4] != Outcome.OK).all()
    assert evaluation.loss[:3].max() < evaluation.loss[3:].min()


def test_a_dataset_follows_from_its_key(name):
    """The same key gives the same losses bit for bit; another index, generation, purpose or seed gives others."""
    task = small_task(name)
    thetas = task.space.draw(np.random.default_rng(1), 2)
    key = Key(1, "search", 0, 0)
    loss = task.evaluate(thetas, [key]).loss
    np.testing.assert_array_equal(task.evaluate(thetas, [key]).loss, loss)
    for other in (Key(2, "search", 0, 0), Key(1, "held-out", 0, 0), Key(1, "search", 1, 0), Key(1, "search", 0, 1)):
        assert (task.evaluate(thetas, [other]).loss != loss).any(), other
    assert task.dataset(key).nbytes > 0


def test_datasets_are_kept_for_some_generations_and_held_out_ones_are_others(name):
    """All candidates of `refresh` generations see the same datasets; no search can see a held-out one."""
    task = small_task(name)
    refresh = task.data.refresh
    search = [task.keys(1, "search", 3, generation) for generation in range(2 * refresh)]
    assert all(keys == search[0] for keys in search[:refresh])
    assert not set(search[0]) & set(search[refresh])
    assert len(set(search[0])) == 3
    held_out = set(task.keys(1, "held-out", 50))
    assert len(held_out) == 50
    assert not held_out & {key for keys in search for key in keys}


def test_targets_are_rules_that_its_connections_can_express(name):
    """What is to be found lies in the space that is searched, and is no random rule."""
    task = small_task(name)
    targets = task.known_thetas(task.targets)
    assert set(targets) == set(task.targets)
    for connection, theta in targets.items():
        assert theta.shape == (len(task.rules[connection].parameters()),)
        assert np.count_nonzero(theta)
