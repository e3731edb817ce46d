"""The final evaluation: the learned rule beside its baselines, on datasets that no search has seen."""

from itertools import product

import numpy as np
import pytest
from direct import Direct
from small import small

from plastica.analysis.ablation import ablate
from plastica.analysis.calibration import calibrated, side_by_side
from plastica.analysis.held_out import HeldOut, evaluate_held_out
from plastica.config import load
from plastica.inner.keys import Key

SECTION = HeldOut(count=8, random_rules=4, selection=5)


def task_of(name="oja", **changes):
    return load(name, small(name) | {"network.updates": 200, "data.batches": 1} | changes).composed


def test_it_has_the_learned_rule_and_four_baselines():
    """The order that theory demands: the known rule beats no plasticity, and nothing is calibrated on held-out data."""
    task = task_of()
    known = task.known_theta(task.targets)
    engine = Direct(task)
    result = evaluate_held_out(task, known, 1, SECTION, engine)
    baselines = result["baselines"]
    assert list(baselines) == ["no_plasticity", "random_rules", "known_rule", "known_rule_calibrated"]
    assert result["loss"] == baselines["known_rule"] < baselines["no_plasticity"]
    assert baselines["known_rule_calibrated"] < baselines["no_plasticity"]
    *calibration, (together, held_out) = engine.seen
    assert held_out == tuple(Key(1, "held-out", 0, k) for k in range(SECTION.count))
    assert together == 4 + SECTION.random_rules
    assert {keys for _, keys in calibration} == {tuple(Key(1, "selection", 0, k) for k in range(SECTION.selection))}
    details = result["details"]
    assert sum(details["random_rules"]["outcomes"].values()) == SECTION.count * SECTION.random_rules
    assert sum(details["learned"]["outcomes"].values()) == SECTION.count


def test_differences_are_paired_over_datasets():
    """Learned minus baseline, dataset by dataset: the mean, and the standard error of just that."""
    task = task_of()
    theta = 0.5 * task.known_theta(task.targets)
    result = evaluate_held_out(task, theta, 1, SECTION, Direct(task))
    keys = task.keys(1, "held-out", SECTION.count)
    for name, row in result["difference"].items():
        if name == "random_rules":
            rules = task.space.draw(Key(1, "baseline").generator(), SECTION.random_rules)
        else:
            rules = np.array([list(result["details"][name]["theta"].values())])
        paired = task.evaluate(theta, keys).loss[0] - task.evaluate(rules, keys).loss.mean(axis=0)
        assert row["mean"] == pytest.approx(paired.mean())
        assert row["standard_error"] == pytest.approx(paired.std(ddof=1) / np.sqrt(len(keys)))


def test_the_numbers_are_those_of_the_evaluation():
    """Mean over datasets, its standard error, the median and the mean of every metric."""
    task = task_of()
    theta = 0.5 * task.known_theta(task.targets)
    row = evaluate_held_out(task, theta, 1, SECTION, Direct(task))["details"]["learned"]
    evaluation = task.evaluate(theta[None], [Key(1, "held-out", 0, k) for k in range(SECTION.count)])
    assert row["loss"] == pytest.approx(evaluation.loss.mean())
    assert row["standard_error"] == pytest.approx(evaluation.loss.std(ddof=1) / np.sqrt(8))
    assert row["median"] == pytest.approx(np.median(evaluation.loss))
    assert row["metrics"] == {name: pytest.approx(values.mean()) for name, values in evaluation.metrics.items()}


def test_one_dataset_is_enough():
    """There is no standard error then, and no warning either."""
    task = task_of()
    result = evaluate_held_out(task, task.known_theta(task.targets), 1, HeldOut(count=1, random_rules=1), Direct(task))
    assert result["details"]["learned"]["standard_error"] == 0


@pytest.mark.parametrize("name", ["oja", "principal-components"])
def test_a_calibrated_rule_is_the_best_of_its_form(name):
    """On the datasets of the calibration it is no worse than the rule as published and than any point of a grid with a
    factor for each coefficient; and it is found wherever the rule begins."""
    task = task_of(name, **{"data.batch": 20, "data.batches": 20})
    keys = task.keys(1, "selection", 40)
    known = task.known_theta(task.targets)

    def loss_at_best(theta):
        return task.evaluate(calibrated(task, theta, keys, 1, Direct(task)), keys).loss.mean()

    best = loss_at_best(known)
    free = np.flatnonzero(known)
    grid = np.tile(known, (5 ** len(free), 1))
    grid[:, free] *= np.array(list(product(2.0 ** np.arange(-2, 3), repeat=len(free))))
    assert best <= task.evaluate(grid, keys).loss.mean(axis=1).min()
    for factor in (0.2, 5.0):
        assert loss_at_best(factor * known) == pytest.approx(best, rel=0.02)


@pytest.mark.parametrize("few", [0, 2])
def test_forms_side_by_side_are_calibrated_as_alone(few):
    """To the last bit, in one population a generation; one that has nothing to calibrate is among them."""
    task = task_of("principal-components")
    keys = task.keys(1, "selection", 4)
    rules = [*task.baselines.values(), task.targets]
    forms = [task.known_theta(rules[0]), task.space.zero, task.known_theta(rules[1])]
    engine = Direct(task)
    together = side_by_side(task, forms, keys, 1, engine, None, 5, few)
    alone = [calibrated(task, form, keys, 1, Direct(task), None, 5, few) for form in forms]
    np.testing.assert_array_equal(together, alone)
    assert [candidates for candidates, _ in engine.seen[:6]] == [50, *[32] * 5]
    assert len(engine.seen) == 6 or few


def test_a_rule_without_coefficients_is_calibrated_to_itself():
    """No plasticity at all has nothing to calibrate."""
    task = task_of()
    assert not calibrated(task, task.space.zero, task.keys(1, "selection", 2), 1, Direct(task)).any()


def test_without_a_known_rule_its_baselines_are_empty():
    """A mask that leaves out a term of Oja's rule."""
    task = task_of(**{"rules.feedforward.terms": ["110", "000"]})
    result = evaluate_held_out(task, np.zeros(2), 1, SECTION, Direct(task))
    assert result["baselines"]["known_rule"] is None
    assert result["baselines"]["known_rule_calibrated"] is None
    assert result["baselines"]["no_plasticity"] == result["loss"]


def test_a_fixed_connection_is_no_part_of_theta():
    """With the lateral rule held fixed, the known rule is Oja's alone, and its scale too."""
    task = task_of("principal-components", **{"rules.lateral.fixed": "anti_hebb"})
    assert task.known_theta(task.targets).shape == (27,)
    result = evaluate_held_out(task, task.known_theta(task.targets), 1, SECTION, Direct(task))
    assert set(result["details"]["known_rule_calibrated"]["theta"]) == set(task.space.names)


def test_ablation_finds_the_terms_that_matter():
    """Without either of Oja's two terms the loss rises; all other coefficients are zero, and so is their effect."""
    task = task_of()
    known = task.known_theta(task.targets)
    keys = task.keys(1, "held-out", 4)
    result = ablate(task, known, keys, Direct(task))
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
