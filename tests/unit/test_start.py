"""A search that begins at a given rule."""

import numpy as np
import pytest

from plastica.config import load
from plastica.errors import UserError
from plastica.outer import CMAES, LRACMAES, Adam
from plastica.outer.restarts import Restarts
from plastica.rules.base import Parameter, Space

SPACE = Space([Parameter("c.a", sd=1.0), Parameter("c.tau", transform="log", scale=10.0, mean=0.0, sd=0.5)])
GIVEN = {"c": {"a": 3.0, "tau": 25.0}}
SEARCHES = [CMAES, LRACMAES, Adam]


def begun(section, seed=1):
    return section.begin(SPACE, np.random.default_rng(seed))


@pytest.mark.parametrize("kind", SEARCHES)
def test_its_first_favourite_is_the_rule_that_it_is_given(kind):
    np.testing.assert_allclose(begun(kind(start=GIVEN)).ask()[0], [3.0, 25.0])


@pytest.mark.parametrize("kind", [CMAES, LRACMAES])
def test_its_first_steps_are_smaller(kind):
    def spread(**settings):
        return np.std(SPACE.encode(begun(kind(population=50, **settings)).ask()[1:]), axis=0)

    np.testing.assert_allclose(spread(start=GIVEN, start_step=0.1), 0.1 * spread(start=GIVEN, start_step=1.0), rtol=0.5)


def test_what_is_not_named_is_drawn_as_without_a_start():
    drawn, part = begun(CMAES()).ask()[0], begun(CMAES(start={"c": {"a": 3.0}})).ask()[0]
    assert (part[0], part[1]) == (3.0, drawn[1])


def test_only_the_first_attempt_begins_there():
    """The second one begins at a random rule, with the full step."""
    attempts = []

    def begin(generator, attempt):
        attempts.append(attempt)
        return CMAES(population=6).begin(SPACE, generator)

    search = Restarts(most=1, policy="same", patience=2).begin(begin, np.random.default_rng(1), warm_step=0.3)
    for _ in range(6):
        search.tell(np.ones(len(search.ask())))
    assert [(attempt.warm, attempt.step) for attempt in attempts] == [(True, 0.3), (False, 1.0)]


def test_a_parameter_that_there_is_not_is_refused():
    with pytest.raises(UserError, match=r"search\.start\.feedforward\.A999: there is no such parameter"):
        load("oja", {"search.start.feedforward.A999": 1.0})


def test_a_time_constant_must_be_one_that_is_searched():
    with pytest.raises(UserError, match=r"search\.start\.inhibitory\.tau_pre = -5: it lies between"):
        load("inhibitory-balance", {"search.start.inhibitory.tau_pre": -5.0})
