"""How a found rule relates to the one that was to be found: angles and formulas."""

import numpy as np
import pytest

from plastica.analysis.compare_rules import angle_deg, angles_to_targets, equations
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
