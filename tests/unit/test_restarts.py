"""Restarts above ask and tell: when they come, how they grow, what they keep."""

import numpy as np
import pytest

from plastica.outer.cma_es import CMAES
from plastica.outer.restarts import WINDOW, Restarts
from plastica.rules.base import Parameter, Space

SPACE = Space([Parameter(f"p{k}") for k in range(2)])


def search(policy="ipop", most=3, patience=3, seed=1, **changes):
    restarts = Restarts(most=most, policy=policy, patience=patience, **changes)
    section = CMAES(population=6, restarts=restarts)
    return section.begin(SPACE, np.random.default_rng(seed))


def flat(thetas: np.ndarray) -> np.ndarray:
    """Nothing to be gained anywhere, but the favourites differ: an attempt stagnates at once."""
    return 1 + 1e-3 * np.abs(thetas).sum(axis=1)


def sizes(run, generations: int, loss=flat) -> list[int]:
    asked = []
    for _ in range(generations):
        thetas = run.ask()
        asked.append(len(thetas))
        run.tell(loss(thetas))
    return asked


def test_without_restarts_a_search_is_what_it_was():
    """most = 0 adds nothing around the search."""
    assert "restarts" not in CMAES().begin(SPACE, np.random.default_rng(1)).state()


def test_a_population_that_stagnates_begins_again_with_twice_as_many():
    """IPOP: 6, 12, 24, 48 candidates, each beside the attempt's favourite and the best favourite so far."""
    run = search()
    asked = sizes(run, 26)
    assert asked[0] == 7
    assert set(asked) == {6 + 1, 12 + 2, 24 + 2, 48 + 2}
    assert asked == sorted(asked)
    assert run.state()["restarts"] == 3


def test_the_same_policy_keeps_the_population():
    """Only the favourite of before comes along."""
    assert set(sizes(search("same"), 20)) == {7, 8}


def test_bipop_alternates_by_trials_spent():
    """After the first doubling, small populations have their turn while they have spent less."""
    asked = sizes(search("bipop", most=6), 60)
    assert 12 + 2 in asked
    assert any(size < 12 + 2 for size in asked[asked.index(12 + 2) :])


def test_the_reason_is_told_in_the_generation_that_begins_again():
    """state() has `restarted` there, and only there."""
    run = search()
    told = []
    for _ in range(10):
        thetas = run.ask()
        run.tell(flat(thetas))
        told.append(run.state().get("restarted", ""))
    assert [bool(reason) for reason in told].count(True) == run.state()["restarts"]
    assert all("stagnation = 1" in reason for reason in told if reason)
    assert not told[0]


def test_it_stops_when_no_restart_is_left():
    """Before that, an attempt's reason to stop is only a reason to begin again."""
    run = search(most=1)
    for _ in range(6):
        assert run.stop() == {}
        run.tell(flat(run.ask()))
    sizes(run, 8)
    assert list(run.stop()) == ["stagnation"]


def test_the_best_favourite_is_kept_until_a_better_one_has_won():
    """Row 0 stays the favourite of the first attempt while the second is worse over the window, then gives way."""
    run = search("same", most=1, patience=3)
    sizes(run, 6)
    kept = run.ask()[0]
    for _ in range(WINDOW + 1):
        run.tell(np.concatenate([[0.5], np.full(len(run.ask()) - 1, 1.0)]))
        np.testing.assert_array_equal(run.ask()[0], kept)
    for _ in range(2 * WINDOW):
        run.tell(np.concatenate([[0.5], np.full(len(run.ask()) - 1, 0.1)]))
    assert (run.ask()[0] != kept).any()


def test_a_good_attempt_is_never_given_up():
    """`good`: a favourite with at most this loss goes on, however little it improves."""
    run = search(most=3, patience=WINDOW, good=2.0)
    sizes(run, 4 * WINDOW)
    assert run.state()["restarts"] == 0
    run = search(most=3, patience=WINDOW, good=0.5)
    sizes(run, 4 * WINDOW)
    assert run.state()["restarts"] > 0


def test_a_good_attempt_that_has_settled_ends_the_search():
    """It is not restarted, but once it no longer improves the search is over, restarts left or not."""
    run = search(patience=WINDOW, good=2.0, settled=WINDOW)
    sizes(run, 2 * WINDOW - 1)
    assert not run.stop()
    sizes(run, 1)
    assert list(run.stop()) == ["settled"]
    improving = search(patience=WINDOW, good=2.0, settled=WINDOW)
    for generation in range(3 * WINDOW):
        thetas = improving.ask()
        improving.tell(0.99**generation * flat(thetas))
    assert not improving.stop()


@pytest.mark.parametrize("policy", ["same", "ipop", "bipop"])
def test_restarts_are_deterministic(policy):
    """The same generator, the same attempts, bit for bit."""
    one, other = search(policy, seed=4), search(policy, seed=4)
    for _ in range(20):
        a, b = one.ask(), other.ask()
        np.testing.assert_array_equal(a, b)
        one.tell(flat(a))
        other.tell(flat(b))
        assert one.state() == other.state()
