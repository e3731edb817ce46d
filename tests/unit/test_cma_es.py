"""CMA-ES: what its settings do."""

import numpy as np
import pytest

from plastica.outer.base import objective
from plastica.outer.cma_es import CMAES
from plastica.rules.base import Parameter, Space

SPACE = Space([Parameter(f"p{k}") for k in range(4)])


def go_on(section: CMAES, generations: int, loss=lambda thetas: (thetas**2).sum(axis=1), space=SPACE):
    search = section.begin(space, np.random.default_rng(1))
    asked = []
    for _ in range(generations):
        asked.append(search.ask())
        search.tell(loss(asked[-1]))
    return search, asked


def test_the_population_and_the_first_step_are_those_of_the_config():
    """population candidates beside the favourite, spread by sigma0 around a random initial rule."""
    _, asked = go_on(CMAES(population=200, sigma0=0.3), 1)
    assert asked[0].shape == (201, 4)
    assert (asked[0][1:] - asked[0][0]).std() == pytest.approx(0.3, rel=0.1)


def test_l1_draws_coefficients_to_zero():
    """With a flat loss, the penalty alone decides; logarithms of time constants are spared."""
    space = Space([*SPACE.parameters, Parameter("tau", transform="log")])
    flat = lambda thetas: np.ones(len(thetas))  # noqa: E731
    free = go_on(CMAES(population=8, average=1), 60, flat, space)[1][-1][0]
    drawn = go_on(CMAES(population=8, average=1, l1=1.0), 60, flat, space)[1][-1][0]
    assert np.abs(drawn[:4]).sum() < 0.1 * np.abs(free[:4]).sum()


def test_the_objective_is_the_loss_and_the_sum_of_absolute_coefficients():
    """Only of linear parameters."""
    thetas = np.array([[1.0, -2, 5], [0, 0, 5]])
    values = objective(np.array([0.5, 0.25]), thetas, 0.1, np.array([True, True, False]))
    np.testing.assert_allclose(values, [0.5 + 0.3, 0.25])


def test_the_favourite_is_an_average_of_means():
    """average = 1 is the mean itself; more of them follow it with a lag."""
    _, one = go_on(CMAES(population=8, average=1), 10)
    _, five = go_on(CMAES(population=8, average=5), 10)
    np.testing.assert_allclose(five[-1][0], np.mean([thetas[0] for thetas in one[-5:]], axis=0))


@pytest.mark.parametrize(
    ("changes", "reason"),
    [({"tolx": 1.0}, "tolx"), ({"tolfun": 1e6}, "tolfun"), ({"options": {"maxiter": 3}}, "maxiter")],
)
def test_it_stops_for_a_reason(changes, reason):
    """Tolerances of the config, and further options of the package."""
    search, _ = go_on(CMAES(population=8, **changes), 40)
    assert reason in search.stop()
    assert go_on(CMAES(population=8), 5)[0].stop() == {}


def test_other_settings_make_another_search():
    """active and elitist reach the strategy: a search with them asks for other candidates."""
    plain = go_on(CMAES(population=5), 40)[1][-1]
    for changes in ({"active": False}, {"elitist": True}):
        assert (go_on(CMAES(population=5, **changes), 40)[1][-1] != plain).any(), changes


def test_it_may_begin_at_the_centre_of_what_is_drawn():
    """Then the first favourite is the rule around which random initial rules are drawn, whatever the seed."""
    space = Space([Parameter("a", scale=2.0, mean=0.5), Parameter("tau", "ms", "log", 20.0)])
    for seed in (1, 2):
        search = CMAES(start_at="centre").begin(space, np.random.default_rng(seed))
        np.testing.assert_allclose(search.ask()[0], [1.0, 20.0])
    drawn = CMAES().begin(space, np.random.default_rng(1)).ask()[0]
    assert not np.allclose(drawn, [1.0, 20.0])
