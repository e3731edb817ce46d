"""Adam on finite differences: the gradient it computes, where it begins, its schedule and its sentences."""

import numpy as np
import pytest

from plastica.config import load
from plastica.errors import UserError
from plastica.outer import Adam
from plastica.rules.base import Parameter, Space

SPACE = Space([Parameter("c.tau", transform="log", scale=20.0, sd=0.3), Parameter("c.a", scale=1e-3), Parameter("c.b")])


def start(seed=1, **settings):
    return Adam(**settings).start(SPACE, np.random.default_rng(seed))


def bowl(thetas):
    """Least at tau = 30, a = 2e-3, b = -1, in the coordinates of the search."""
    return ((SPACE.encode(thetas) - np.array([np.log(1.5), 2.0, -1.0])) ** 2).sum(axis=1)


def test_it_begins_at_the_best_of_its_random_rules():
    search = start(screen=7)
    drawn = search.ask()
    assert drawn.shape == (7, 3)
    search.tell(bowl(drawn))
    best = drawn[np.argmin(bowl(drawn))]
    np.testing.assert_allclose(search.ask()[:2], [best, best])


def test_it_asks_for_points_to_both_sides_of_each_parameter():
    """Common and single distances, in the search's coordinates: log tau, units of 1e-3, units."""
    search = start(difference=0.2, differences={"c": {"a": 0.5}})
    search.tell(bowl(search.ask()))
    asked = SPACE.encode(search.ask())
    np.testing.assert_allclose(asked[2:5] - asked[1], np.diag([0.2, 0.5, 0.2]), atol=1e-12)
    np.testing.assert_allclose(asked[5:] - asked[1], -np.diag([0.2, 0.5, 0.2]), atol=1e-12)


def test_its_first_step_is_that_of_adam():
    """Adam's first step is the learning rate against the sign of the slope, whatever its size; less for logarithms."""
    search = start(learning_rate=0.3, log_rate=1 / 3)
    search.tell(bowl(search.ask()))
    before = search.ask()
    slope = np.sign(SPACE.encode(before[1]) - np.array([np.log(1.5), 2.0, -1.0]))
    search.tell(bowl(before))
    step = SPACE.encode(search.ask()[1]) - SPACE.encode(before[1])
    np.testing.assert_allclose(step, -slope * [0.1, 0.3, 0.3], rtol=1e-4)


def test_it_finds_the_bottom_and_ends_with_its_schedule():
    search = start(iterations=120)
    while not search.stop():
        search.tell(bowl(search.ask()))
    assert search.stop() == {"iterations of the schedule": 120.0}
    assert bowl(search.ask())[0] < 1e-2


def test_it_gives_up_where_there_is_no_slope():
    search = start()
    for _ in range(6):
        assert not search.stop()
        search.tell(np.full(len(search.ask()), 250.0))
    assert "iterations without any slope" in search.stop()


def test_an_unknown_parameter_is_refused_before_the_run():
    with pytest.raises(
        UserError, match=r"search.differences.inhibitory.alpah: there is no such parameter; the rule has"
    ):
        load("inhibitory-balance", {"search.differences.inhibitory.alpah": 0.1})
    assert load("inhibitory-balance", {"search.differences.inhibitory.alpha": 0.1}).search_section
