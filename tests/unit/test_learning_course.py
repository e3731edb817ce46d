"""What becomes of a network in the course of its training: of kernels, and of networks that JAX steps through."""

from dataclasses import replace

import numpy as np
import pytest
from small import small

from plastica.analysis.learning_course import learning_course
from plastica.config import load
from plastica.inner.stepwise.simulation import _group


@pytest.mark.parametrize(
    ("name", "settings"), [("oja", {}), ("delta-rule", {}), ("oja", {"network.activation": "tanh"})]
)
def test_each_point_is_a_training_that_ends_there(name, settings):
    """Bit for bit; JAX compiles at most once for all points."""
    task = load(name, small(name, **settings)).composed
    thetas = np.stack([task.space.zero, task.known_theta(task.targets)])
    keys = task.keys(1, "held-out", 2)
    compiled = _group._cache_size()
    course = learning_course(task, thetas, keys)
    assert _group._cache_size() <= compiled + (1 if task.in_jax else 0)
    assert (course.updates[0], course.updates[-1]) == (1, task.network.updates)
    for point in (0, 3, -1):
        shorter = task.network.model_copy(update={"updates": int(course.updates[point])})
        evaluation = replace(task, network=shorter).evaluate(thetas, keys)
        for metric, value in {"loss": evaluation.loss, **evaluation.metrics}.items():
            np.testing.assert_array_equal(course.values[metric][:, point], value.mean(axis=1))
