"""Where a candidate travels, and with whom, never changes its numbers; whatever its theta, it ends with a name."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from plastica.inner.lanes import LANES
from plastica.inner.outcome import Outcome
from plastica.inner.rate.gaussian import GaussianData
from plastica.inner.rate.network import RateNetwork
from plastica.rules.volterra import Volterra
from plastica.tasks.losses.principal_vectors import PrincipalVectors
from plastica.tasks.task import Task

RULES = {"feedforward": Volterra(), "lateral": Volterra(letter="B")}
DATA = {
    "moments": GaussianData(batch=30, batches=2),
    "samples": GaussianData(batch=2, batches=2),
}


def network_task(plan: str, outputs: int = 2, inputs: int = 3, **settings) -> Task:
    network = RateNetwork(inputs=inputs, outputs=outputs, updates=20, **settings)
    rules = {connection: RULES[connection] for connection in network.connections}
    return Task("pair", network, rules, DATA[plan], PrincipalVectors())


def datasets(task: Task, count: int = 2) -> list:
    return [task.dataset(key) for key in task.keys(1, "search", count)]


def simulate(task: Task, thetas: np.ndarray, made: list):
    return task.network.simulate(task.rules, task.split(thetas), made)


def test_the_small_batch_takes_the_other_plan():
    """The two settings above do lead to the two plans."""
    names = {plan: type(datasets(network_task(plan), 1)[0].plan).__name__ for plan in DATA}
    assert names == {"moments": "MomentPlan", "samples": "SamplePlan"}


@pytest.mark.parametrize("plan", DATA)
@pytest.mark.parametrize("count", [1, 2, LANES, LANES + 1, 40])
@pytest.mark.parametrize("inputs", [3, 30])
def test_a_candidate_does_not_depend_on_the_size_of_its_population(plan, count, inputs):
    """The first `count` of 40 candidates alone equal, bit for bit, the same among all 40: long sums, too."""
    task = network_task(plan, inputs=inputs)
    thetas = task.space.draw(np.random.default_rng(5), 40)
    together = task.score(thetas, datasets(task))
    alone = task.score(thetas[:count], datasets(task))
    np.testing.assert_array_equal(alone.loss, together.loss[:count])
    np.testing.assert_array_equal(alone.outcome, together.outcome[:count])
    for metric, values in together.metrics.items():
        np.testing.assert_array_equal(alone.metrics[metric], values[:count])


@pytest.mark.parametrize("plan", DATA)
@given(order=st.permutations(range(20)), ill=st.sampled_from([1e30, np.nan, np.inf, 5.0]))
def test_a_candidate_does_not_depend_on_its_neighbours(plan, order, ill):
    """In any order, and beside neighbours that explode, every candidate ends as it does elsewhere, bit for bit."""
    task = network_task(plan)
    made = datasets(task)
    thetas = task.space.draw(np.random.default_rng(6), 20)
    before = simulate(task, thetas, made)
    crowd = np.concatenate([thetas[list(order)], np.full((7, task.space.size), ill)])
    after = simulate(task, crowd[::-1], made)
    positions = np.empty(20, dtype=int)
    positions[list(order)] = 26 - np.arange(20)  # where the reversed crowd has candidate order[k]
    for name in ("outcome", "lifetime", "w", "lateral"):
        ok = before.outcome == Outcome.OK
        np.testing.assert_array_equal(getattr(before, name)[ok], getattr(after, name)[positions][ok])
    np.testing.assert_array_equal(before.outcome, after.outcome[positions])


@pytest.mark.parametrize("plan", DATA)
def test_subnormal_coefficients_are_zeros(plan):
    task = network_task(plan)
    thetas = np.full((2, task.space.size), 1e-40) * [[1.0], [-1.0]]
    packed = task.network.packed(task.rules, task.split(thetas))[1]
    assert not packed.any()
    made = datasets(task)
    np.testing.assert_array_equal(simulate(task, thetas, made).w, simulate(task, 0 * thetas, made).w)


ORDER_4 = {"feedforward": Volterra(order=4), "lateral": Volterra(letter="B", order=4)}
LARGE = {"weight_bound": 1e6, "initial_norm": 1e6}
CHAIN = {"outputs": 2, "weight_bound": 1e6, "initial_norm": 0.5, "initial_lateral_sd": 5e5}
BEYOND = {"weight_bound": 1.0, "initial_norm": 1e6}  # they begin out of bounds


@pytest.mark.parametrize(
    ("rules", "settings", "scale"),
    [(RULES, {"outputs": 3}, 1.0), *((ORDER_4, settings, 1e4) for settings in (LARGE, CHAIN, BEYOND))],
    ids=["usual", "averages beyond float32", "by lateral weights", "by initial weights"],
)
@given(seed=st.integers(0, 10**6))
def test_a_rule_of_few_terms_ends_as_it_does_among_rules_of_all(rules, settings, scale, seed):
    """Averages that no rule reads are not computed: that changes no bit, also where they would be too large."""
    network = RateNetwork(inputs=24, updates=20, **settings)
    used = {connection: rules[connection] for connection in network.connections}
    task = Task("pair", network, used, GaussianData(batch=12, batches=2, scale=(scale, scale)), PrincipalVectors())
    generator = np.random.default_rng(seed)
    few = task.space.draw(generator, LANES)
    few *= generator.random(few.shape) < 0.2 / task.space.size
    few *= 1 if scale == 1 else 1e-30
    few[0] = 0
    few[0, task.space.names.index("feedforward.A001")] = -1 / network.eta  # no weight is left after an update
    every = task.space.draw(generator, LANES)
    made = [task.dataset(key) for key in task.keys(seed, "search", 20)]
    alone, among = simulate(task, few, made), simulate(task, np.concatenate([every, few]), made)
    np.testing.assert_array_equal(alone.outcome, among.outcome[LANES:])
    np.testing.assert_array_equal(alone.lifetime, among.lifetime[LANES:])
    ok = alone.outcome == Outcome.OK
    np.testing.assert_array_equal(alone.w[ok], among.w[LANES:][ok])
    np.testing.assert_array_equal(alone.lateral[ok], among.lateral[LANES:][ok])


@pytest.mark.parametrize("plan", DATA)
def test_a_dataset_does_not_depend_on_its_neighbours(plan):
    """Datasets together or one at a time: the same, bit for bit."""
    task = network_task(plan)
    thetas = task.space.draw(np.random.default_rng(7), 3)
    keys = task.keys(3, "search", 3)
    together = task.evaluate(thetas, keys)
    np.testing.assert_array_equal(
        together.loss, np.concatenate([task.evaluate(thetas, [k]).loss for k in keys], axis=1)
    )


anything = st.floats(allow_nan=True, allow_infinity=True, width=64)


@pytest.mark.parametrize("plan", DATA)
@given(thetas=hnp.arrays(float, (3, 54), elements=st.one_of(anything, st.floats(-1, 1))))
def test_any_theta_ends_finite_and_named(plan, thetas):
    """NaN, infinite and huge coefficients: a finite loss within the documented bounds, and the right name."""
    task = network_task(plan)
    evaluation = task.score(thetas, datasets(task))
    worst = task.loss.unstable * task.network.outputs
    assert np.isfinite(evaluation.loss).all()
    nonfinite = ~np.isfinite(thetas).all(axis=1)
    assert (evaluation.outcome[nonfinite] == Outcome.NONFINITE).all()
    assert (evaluation.loss[nonfinite] == 2 * worst).all()
    assert np.isin(evaluation.outcome[~nonfinite], [Outcome.OK, Outcome.EXPLODED]).all()
    exploded = evaluation.outcome == Outcome.EXPLODED
    assert ((evaluation.loss[exploded] > worst) & (evaluation.loss[exploded] <= 2 * worst)).all()
    assert (evaluation.loss[evaluation.outcome == Outcome.OK] <= worst).all()


@pytest.mark.parametrize("plan", DATA)
def test_an_explosion_at_once_costs_twice_and_later_ones_less(plan):
    """`unstable * M * (2 - lifetime)`: weights that grow slower explode later, which is better."""
    task = network_task(plan, outputs=1)
    hebb = task.rules["feedforward"].known("hebb")
    losses = task.score(np.array([1e38 * hebb, 1000 * hebb, 20 * hebb]), datasets(task)).loss
    assert (losses[0] == 2 * task.loss.unstable).all()
    assert (losses[0] >= losses[1]).all()
    assert (losses[1] > losses[2]).all()
