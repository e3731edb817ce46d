"""The final evaluation: the learned rule beside its baselines, on datasets that no search has seen."""

import numpy as np
import pytest
from small import small

from plastica.analysis.ablation import ablate
from plastica.analysis.held_out import HeldOut, best_scale, by_connection, evaluate_held_out
from plastica.config import load
from plastica.inner.keys import Key

SECTION = HeldOut(count=8, random_rules=4)


def task_of(name="oja", **changes):
    return load(name, small(name) | {"network.updates": 200, "data.batches": 1} | changes).composed


def test_it_has_the_learned_rule_and_four_baselines():
    """The order that theory demands: the known rule beats no plasticity, and its best scale the known rule."""
    task = task_of()
    known = task.known_theta(task.targets)
    seen = []

    def evaluate(thetas, keys):
        seen.extend(keys)
        return task.evaluate(thetas, keys)

    result = evaluate_held_out(task, known, 1, SECTION, evaluate)
    baselines = result["baselines"]
    assert list(baselines) == ["no_plasticity", "random_rules", "known_rule", "known_rule_best_scale"]
    assert result["loss"] == baselines["known_rule"]
    assert baselines["known_rule_best_scale"] <= baselines["known_rule"] < baselines["no_plasticity"]
    assert {key.purpose for key in seen} == {"held-out"}
    assert len(set(seen)) == SECTION.count
    details = result["details"]
    assert sum(details["random_rules"]["outcomes"].values()) == SECTION.count * SECTION.random_rules
    assert sum(details["learned"]["outcomes"].values()) == SECTION.count


def test_the_numbers_are_those_of_the_evaluation():
    """Mean over datasets, its standard error, the median and the mean of every metric."""
    task = task_of()
    theta = 0.5 * task.known_theta(task.targets)
    row = evaluate_held_out(task, theta, 1, SECTION, task.evaluate)["details"]["learned"]
    evaluation = task.evaluate(theta[None], [Key(1, "held-out", 0, k) for k in range(SECTION.count)])
    assert row["loss"] == pytest.approx(evaluation.loss.mean())
    assert row["standard_error"] == pytest.approx(evaluation.loss.std(ddof=1) / np.sqrt(8))
    assert row["median"] == pytest.approx(np.median(evaluation.loss))
    assert row["metrics"] == {name: pytest.approx(values.mean()) for name, values in evaluation.metrics.items()}


def test_one_dataset_is_enough():
    """There is no standard error then, and no warning either."""
    task = task_of()
    result = evaluate_held_out(task, task.known_theta(task.targets), 1, HeldOut(count=1, random_rules=1), task.evaluate)
    assert result["details"]["learned"]["standard_error"] == 0


@pytest.mark.parametrize("name", ["oja", "principal-components"])
def test_the_best_scale_is_found_wherever_the_rule_begins(name):
    """Nothing on a coarse grid of factors is better, and the rule times any factor comes back to the same loss."""
    task = task_of(name, **{"data.batch": 20, "data.batches": 20})
    keys = task.keys(1, "held-out", 40)
    known = task.known_theta(task.targets)

    def loss_at_best(theta):
        return task.evaluate(best_scale(task, theta, by_connection(task), keys, task.evaluate)[None], keys).loss.mean()

    best = loss_at_best(known)
    grid = task.evaluate(np.outer(2.0 ** np.arange(-3, 4), known), keys).loss.mean(axis=1)
    assert best <= 1.1 * grid.min()
    for factor in (0.2, 5.0):
        assert loss_at_best(factor * known) == pytest.approx(best, rel=0.2)


def test_without_a_known_rule_its_baselines_are_empty():
    """A mask that leaves out a term of Oja's rule."""
    task = task_of(**{"rules.feedforward.terms": ["110", "000"]})
    result = evaluate_held_out(task, np.zeros(2), 1, SECTION, task.evaluate)
    assert result["baselines"]["known_rule"] is None
    assert result["baselines"]["known_rule_best_scale"] is None
    assert result["baselines"]["no_plasticity"] == result["loss"]


def test_a_fixed_connection_is_no_part_of_theta():
    """With the lateral rule held fixed, the known rule is Oja's alone, and its scale too."""
    task = task_of("principal-components", **{"rules.lateral.fixed": "anti_hebb"})
    assert task.known_theta(task.targets).shape == (27,)
    result = evaluate_held_out(task, task.known_theta(task.targets), 1, SECTION, task.evaluate)
    assert set(result["details"]["known_rule_best_scale"]["theta"]) == set(task.space.names)


def test_ablation_finds_the_terms_that_matter():
    """Without either of Oja's two terms the loss rises; all other coefficients are zero, and so is their effect."""
    task = task_of()
    known = task.known_theta(task.targets)
    keys = task.keys(1, "held-out", 4)
    result = ablate(task, known, keys, task.evaluate)
    assert result.names == task.space.names
    ranked = result.ranked()
    assert {name for name, *_ in ranked[:2]} == {"feedforward.A110", "feedforward.A021"}
    assert all(increase > 0 for _, _, increase, _ in ranked[:2])
    assert all(increase == 0 for _, _, increase, _ in ranked[2:])
    without = known.copy()
    without[task.space.names.index("feedforward.A110")] = 0
    loss = task.evaluate(np.array([known, without]), keys).loss
    assert result.whole == pytest.approx(loss[0].mean())
    assert result.loss[task.space.names.index("feedforward.A110")] == pytest.approx(loss[1].mean())
