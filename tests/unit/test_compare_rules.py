"""How a found rule relates to the one that was to be found: angles and formulas."""

import numpy as np
import pytest

from plastica.analysis.compare_rules import angle_deg, angles_to_targets, constants, equations, left_out
from plastica.config import load


@pytest.mark.parametrize(
    ("a", "b", "degrees"),
    [([1, 0], [2, 0], 0), ([1, 0], [0, 3], 90), ([1, 0], [-1, 0], 180), ([1, 1], [1, 0], 45), ([0, 0], [1, 0], 90)],
)
def test_angles(a, b, degrees):
    """In degrees, whatever the lengths; with a zero vector 90."""
    assert angle_deg(np.array(a, float), np.array(b, float)) == pytest.approx(degrees, abs=1e-6)


def test_angles_of_a_population():
    """Along the last axis."""
    degrees = angle_deg(np.array([[[1.0, 0], [0, 1]], [[1, 1], [-1, 0]]]), np.array([1.0, 0]))
    np.testing.assert_allclose(degrees, [[0, 90], [45, 180]], atol=1e-6)


def test_each_connection_has_its_angle():
    """The pair of Oja and anti-Hebb is at zero degrees from itself, each half alone at 90 in the other."""
    task = load("principal-components").composed
    targets = task.known_thetas(task.targets)
    pair = np.concatenate([targets["feedforward"], targets["lateral"]])
    assert angles_to_targets(task, pair) == {
        "feedforward": pytest.approx(0, abs=1e-5),
        "lateral": pytest.approx(0, abs=1e-5),
    }
    half = np.concatenate([targets["feedforward"], 0 * targets["lateral"]])
    assert angles_to_targets(task, half) == {"feedforward": pytest.approx(0, abs=1e-5), "lateral": pytest.approx(90)}


def test_a_target_that_cannot_be_expressed_has_no_angle():
    """A mask without Oja's terms, or a connection that is held fixed, has nothing to be compared with."""
    task = load("oja", {"rules.feedforward.terms": ["110"]}).composed
    assert angles_to_targets(task, np.ones(1)) == {}
    task = load("principal-components", {"rules.lateral.fixed": "anti_hebb"}).composed
    assert set(angles_to_targets(task, np.ones(27))) == {"feedforward"}


def test_formulas_are_of_each_connection_and_leave_out_the_small():
    """Terms below a twentieth of the connection's largest are not printed; a fixed rule is printed too."""
    task = load("principal-components", {"rules.lateral.fixed": "anti_hebb"}).composed
    theta = 10 * task.rules["feedforward"].known("oja")
    theta[0] = 0.4
    assert equations(task, theta) == {"feedforward": "-10.0*w*y**2 + 10.0*x*y", "lateral": "-1.0*x*y"}


def test_what_a_formula_leaves_out_is_counted():
    """Terms that are not zero, and their norm as a share of the norm of all; with a threshold of zero, none."""
    task = load("principal-components", {"rules.lateral.fixed": "anti_hebb"}).composed
    theta = 10 * task.rules["feedforward"].known("oja")
    theta[:2] = 0.3, -0.4
    found = left_out(task, theta)
    assert found["feedforward"] == {"terms": 2, "share_of_norm": pytest.approx(0.5 / np.sqrt(200.25))}
    assert found["lateral"] == {"terms": 0, "share_of_norm": 0.0}
    assert left_out(task, theta, 0.0)["feedforward"]["terms"] == 0
    assert equations(task, theta, 0.0)["feedforward"].count("*w**2") == 0
    assert "0.3" in equations(task, theta, 0.0)["feedforward"]
    assert left_out(task, 0 * theta)["feedforward"] == {"terms": 0, "share_of_norm": 0.0}


def test_what_a_formula_does_not_hold_is_told_beside_it():
    """Time constants, with their unit; a polynomial has none."""
    task = load("inhibitory-balance").composed
    theta = task.known_theta({"inhibitory": "vogels_2011"})
    assert constants(task, theta) == {"inhibitory": {"tau_pre": "20 ms", "tau_post": "20 ms"}}
    assert constants(load("oja").composed, np.ones(27)) == {"feedforward": {}}
    assert left_out(task, theta)["inhibitory"]["terms"] == 0  # times are no terms
