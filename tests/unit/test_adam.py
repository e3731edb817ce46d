"""Adam: the gradients it computes, where it begins, its schedule and its sentences."""

import numpy as np
import pytest

from plastica.config import load
from plastica.errors import UserError
from plastica.outer import Adam
from plastica.outer.restarts import Restarts
from plastica.rules.base import Parameter, Space

SPACE = Space([Parameter("c.tau", transform="log", scale=20.0, sd=0.3), Parameter("c.a", scale=1e-3), Parameter("c.b")])


def start(seed=1, **settings):
    return Adam(**settings).begin(SPACE, np.random.default_rng(seed))


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


def test_the_common_scale_of_coefficients_has_a_step_of_its_own():
    """Against the slope along the scale, at first by the whole rate; time constants have no part in it."""
    plain, scaled = start(), start(scale_rate=0.1)
    for search in (plain, scaled):
        search.tell(bowl(search.ask()))
    before = SPACE.encode(plain.ask()[1])
    for search in (plain, scaled):
        search.tell(bowl(search.ask()))
    slope = 2 * (before - np.array([np.log(1.5), 2.0, -1.0]))[1:] @ before[1:]
    ratio = SPACE.encode(scaled.ask()[1]) / SPACE.encode(plain.ask()[1])
    np.testing.assert_allclose(ratio, [1.0, *np.exp([-0.1 * np.sign(slope)] * 2)], rtol=1e-4)


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
    adam = {"search.name": "adam"}
    with pytest.raises(
        UserError, match=r"search.differences.inhibitory.alpah: there is no such parameter; the rule has"
    ):
        load("inhibitory-balance", adam | {"search.differences.inhibitory.alpah": 0.1})
    assert load(
        "inhibitory-balance", {"search.name": "adam", "search.differences.inhibitory.alpha": 0.1}
    ).search_section


def slope_of_bowl(thetas):
    """d bowl / d theta, by the chain rule."""
    z = SPACE.encode(thetas)
    return 2 * (z - np.array([np.log(1.5), 2.0, -1.0])) / SPACE.slope(thetas)


def tell_exactly(search):
    thetas = search.ask()
    told = search.gradients
    search.tell(bowl(thetas), slope_of_bowl(thetas[-told:]) if told else None)
    return thetas


def test_exact_gradients_take_one_candidate_beside_the_favourite():
    """First the random rules, without a gradient; then the favourite and the point, with that of the point."""
    search = start(gradient="exact", screen=7)
    assert search.gradients == 0
    assert tell_exactly(search).shape == (7, 3)
    assert search.ask().shape == (2, 3)
    assert search.gradients == 1


def test_both_gradients_take_the_same_path_on_a_bowl():
    """Central differences of a parabola are exact: logarithms, scales and all."""
    exact, differences = start(gradient="exact"), start()
    for _ in range(10):
        tell_exactly(exact)
        differences.tell(bowl(differences.ask()))
    np.testing.assert_allclose(exact.ask()[0], differences.ask()[0], rtol=1e-6)


def test_both_gradients_feel_sparsity_alike():
    """The subgradient of l1 * |theta| is its central difference, away from zero; logarithms have none."""
    exact, differences = start(gradient="exact", l1=5.0), start(l1=5.0, difference=1e-4)
    for _ in range(3):
        tell_exactly(exact)
        differences.tell(bowl(differences.ask()))
    np.testing.assert_allclose(exact.ask()[0], differences.ask()[0], rtol=1e-4)
    plain = start(gradient="exact")
    for _ in range(3):
        tell_exactly(plain)
    assert (np.abs(exact.ask()[0] - plain.ask()[0]) > 1e-6).any()


def test_a_gradient_whose_squares_are_beyond_all_numbers_has_a_finite_length():
    """It is clipped as any other; the journal holds no infinite numbers."""
    search = start(gradient="exact", screen=1)
    tell_exactly(search)
    search.tell(bowl(search.ask()), np.full((1, 3), 1e200))
    assert 1e200 < search.state()["slope"] < np.inf
    assert np.isfinite(search.ask()).all()


def test_restarts_pass_gradients_on():
    """With the best favourite of earlier attempts in front, the gradient still belongs to the last candidate."""
    search = start(gradient="exact", iterations=4, restarts=Restarts(most=1, policy="same"))
    sizes = [len(tell_exactly(search)) for _ in range(9)]
    assert sizes == [16, 2, 2, 2, 2, 17, 3, 3, 3]


def test_exact_gradients_need_a_differentiable_task():
    with pytest.raises(UserError, match=r'search.gradient = "exact": the network of inhibitory-balance has no exact'):
        load("inhibitory-balance", {"search.name": "adam", "search.gradient": "exact"})
    assert load("oja", {"search.name": "adam"}).search_section.gradient == "exact"
    assert load("oja", {"search.name": "adam", "search.gradient": "finite-difference"}).search_section


def test_a_search_on_exact_gradients_must_be_told_them():
    search = start(gradient="exact")
    search.tell(bowl(search.ask()))
    with pytest.raises(TypeError, match="was told none"):
        search.tell(bowl(search.ask()))


def test_it_prefers_few_terms_where_the_loss_leaves_some_free():
    """Terms with the error cost nothing once it is gone: without the L1 norm the delta rule is not what is found."""
    adam, usual = (load("delta-rule", {"search.name": name}).search_section for name in ("adam", "cma"))
    assert adam.l1 == usual.l1 > 0
