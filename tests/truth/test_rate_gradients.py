"""Exact gradients, from samples by JAX and from averages by the kernels: those of the loss, and the same."""

import jax
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plastica.config import load
from plastica.engines import Threads
from plastica.engines.base import GRADIENT_DATASETS
from plastica.errors import UserError
from plastica.inner.outcome import Outcome
from plastica.inner.rate import adjoint, gradients
from plastica.inner.rate.gradients import _OfWeights, train
from plastica.inner.stepwise import simulation
from plastica.inner.stepwise.exploded import EXPLODED, LONGEST_EXPLODED
from plastica.tasks import Task

TOGETHER = 23  # rules, on three datasets, in the tests of all cases: JAX compiles each shape, which takes longest
FORMS = {"samples": gradients.differentiate, "averages": adjoint.differentiate}
CASES = {
    "one neuron": ("oja", {}),
    "third order": ("oja", {"network.inputs": 5, "data.batch": 23, "rules.feedforward.order": 3}),
    "few terms": ("oja", {"rules.feedforward.terms": ["110", "021", "101"]}),
    "a formula": ("oja", {"rules.feedforward": {"kind": "formula", "change": "a * a * y * (x - exp(b) * y * w)"}}),
    "two rules": ("principal-components", {}),
    "two rules, one fixed": ("principal-components", {"rules.lateral.fixed": "anti_hebb"}),
    "no lateral weights": ("principal-components", {"network.lateral": "none"}),
    "some lateral weights": (
        "principal-components",
        {"network.inputs": 4, "network.outputs": 3, "network.lateral": [[0, 0, 0], [1, 0, 0], [0, 1, 0]]},
    ),
}

REPEATED = ("few terms", "two rules, one fixed", "no lateral weights")  # slow checks: others have all their parts
ALL_CASES = [pytest.param(case, marks=pytest.mark.slow) if case in REPEATED else case for case in CASES]


def make(case: str, updates: int = 15, **changes) -> Task:
    name, changed = CASES[case]
    return load(name, {"network.updates": updates, "data.batches": 3, "data.batch": 40} | changed | changes).composed


def near_known(task: Task, count: int, sd: float, seed: int = 0) -> np.ndarray:
    known = task.known_theta(task.targets)
    known = np.array([1.0, 0.0]) if known is None else known  # the formula of Oja's rule
    return known + sd * np.random.default_rng(seed).standard_normal((count, task.space.size))


def both(task: Task, thetas: np.ndarray, datasets: list, dtype=np.float64, form: str = "averages") -> tuple:
    """Loss [R, D], outcome [R, D] and gradient [R, D, P]."""
    assert datasets[0].plan.reverses
    with jax.enable_x64(dtype == np.float64):
        trials, parts = FORMS[form](task.network, task.rules, task.split(thetas), datasets, task.loss, dtype)
    loss = task.loss.score(trials, datasets)[0]
    return loss, trials.outcome, np.concatenate([parts[c] for c in task.network.connections], axis=-1)


def good_and_bad(task: Task) -> np.ndarray:
    return np.concatenate([near_known(task, 3, 0.05), near_known(task, 3, 0.5), near_known(task, TOGETHER - 6, 20.0)])


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("case", ALL_CASES)
def test_values_are_those_of_the_kernels(case, form):
    """Loss and outcome of good, bad and exploding rules, in both precisions."""
    task = make(case)
    thetas = good_and_bad(task)
    datasets = [task.dataset(key) for key in task.keys(1, "search", 3)]
    kernels = task.score(thetas, datasets)
    assert {Outcome.OK, Outcome.EXPLODED} <= set(kernels.outcome.ravel().tolist())
    for dtype, tolerance in ((np.float64, 2e-4), (np.float32, 4e-4)):
        loss, outcome, _ = both(task, thetas, datasets, dtype, form)
        np.testing.assert_array_equal(outcome, kernels.outcome)
        np.testing.assert_allclose(loss, kernels.loss, rtol=tolerance, atol=tolerance)


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("case", ALL_CASES)
def test_gradients_are_central_differences(case, form):
    """d loss / d theta of every coefficient on every dataset, in float64."""
    task = make(case)
    thetas = np.resize(near_known(task, 2, 0.05), (TOGETHER, task.space.size))
    datasets = [task.dataset(key) for key in task.keys(2, "search", 3)]
    gradient = both(task, thetas, datasets, form=form)[2]
    step = 1e-5
    for p in range(task.space.size):
        shift = step * (np.arange(task.space.size) == p)
        up, down = (both(task, thetas + sign * shift, datasets, form=form)[0] for sign in (1, -1))
        np.testing.assert_allclose(gradient[..., p], (up - down) / (2 * step), rtol=1e-5, atol=1e-7)


@pytest.mark.parametrize("case", ALL_CASES)
def test_averages_give_the_gradients_of_samples(case):
    """Of good, bad and exploding rules, in more than one group of lanes, to the accuracy of the tables (float32)."""
    task = make(case)
    thetas = good_and_bad(task)
    datasets = [task.dataset(key) for key in task.keys(2, "search", 3)]
    found = {form: both(task, thetas, datasets, form=form)[2] for form in FORMS}
    size = np.maximum(1.0, np.abs(found["samples"]).max(axis=-1, keepdims=True))
    difference = np.abs(found["averages"] - found["samples"]) / size
    assert np.median(difference) < 1e-6
    assert difference.max() < 1e-2  # on the edge of explosion


def test_a_task_states_the_gradient_of_its_loss():
    """task.score(..., gradients=2): for the last two candidates, with the parameters in the order of theta."""
    task = make("two rules")
    thetas = near_known(task, 3, 0.05)
    datasets = [task.dataset(key) for key in task.keys(2, "search", 2)]
    evaluation = task.score(thetas, datasets, gradients=2)
    np.testing.assert_allclose(evaluation.gradient, both(task, thetas[1:], datasets)[2], rtol=2e-3, atol=2e-4)
    np.testing.assert_array_equal(evaluation.mean_gradient(), evaluation.gradient.mean(axis=1))
    assert task.score(thetas, datasets).gradient is None


@pytest.mark.parametrize("form", FORMS)
@settings(max_examples=10)
@given(values=st.lists(st.sampled_from([np.nan, np.inf, -np.inf, 1e300, -1e38, 1e5, -3.0, 0.0, 1e-310]), min_size=3))
def test_gradients_are_finite_whatever_the_rule(form, values):
    """Exploded trials have a gradient of limited length, rules that are not finite have none."""
    task = make("one neuron")
    thetas = np.resize(np.array(values), (2, task.space.size))
    datasets = [task.dataset(key) for key in task.keys(1, "search", 2)]
    with np.errstate(over="ignore"):
        loss, outcome, gradient = both(task, thetas, datasets, np.float32, form)
    assert np.isfinite(loss).all()
    assert np.isfinite(gradient).all()
    assert (np.linalg.norm(gradient[outcome != Outcome.OK], axis=-1) <= LONGEST_EXPLODED * (1 + 1e-6)).all()
    assert (gradient[outcome == Outcome.NONFINITE] == 0).all()


@pytest.mark.parametrize("form", FORMS)
def test_the_gradient_of_an_explosion_is_that_of_an_interpolated_lifetime(form):
    """From the sizes of the weights before and after the update by which they left their bounds, in float64: the number
    of updates until the largest reached its bound, had it grown by one factor in between."""
    task, updates = make("two rules", updates=40), 40
    thetas = np.resize(near_known(task, 6, 0.6, seed=3), (TOGETHER, task.space.size))
    datasets = [task.dataset(key) for key in task.keys(2, "search", 3)]
    wide = task.network.model_copy(update={"weight_bound": 1e6})

    def lifetimes(moved, left):
        """[R, D] in updates, where all of them still leave by the same one."""
        sizes = {}
        for k in sorted({*left.ravel().tolist(), *(left.ravel() + 1).tolist()}):
            with jax.enable_x64(True):
                ends = gradients.simulate(wide, task.rules, task.split(moved), datasets, k, np.float64)
            weights = (np.abs(ends.w).max(axis=(-1, -2)), np.abs(ends.lateral).max(axis=(-1, -2)))
            sizes[k] = np.log(np.maximum(*weights))
        before, after = (
            np.vectorize(lambda k, r, d: sizes[k][r, d])(k, *np.indices(left.shape)) for k in (left, left + 1)
        )
        return left + (np.log(task.network.weight_bound) - before) / (after - before)

    with jax.enable_x64(True):
        trials, parts = FORMS[form](task.network, task.rules, task.split(thetas), datasets, task.loss, np.float64)
    gradient = np.concatenate([parts[c] for c in task.network.connections], axis=-1)
    left = np.round(trials.lifetime * updates).astype(int)
    checked = (trials.outcome == Outcome.EXPLODED) & (np.linalg.norm(gradient, axis=-1) < LONGEST_EXPLODED)
    assert checked.sum() > 5
    for p in range(0, task.space.size, 7):
        shift = 1e-6 * (np.arange(task.space.size) == p)
        up, down = (lifetimes(thetas + sign * shift, np.minimum(left, updates - 1)) for sign in (1, -1))
        expected = -EXPLODED / updates * (up - down) / 2e-6
        np.testing.assert_allclose(gradient[checked, p], expected[checked], rtol=1e-3, atol=1e-5)


def test_descent_leads_out_of_explosions():
    """The loss of an exploded trial is flat; its gradient still says how to explode later, and then not at all."""
    task = make("one neuron", updates=60)
    theta = task.space.zero[None].copy()
    theta[0, list(task.space.names).index("feedforward.A110")] = 3.0  # Hebb's rule: nothing holds it
    datasets = [task.dataset(key) for key in task.keys(1, "search", 4)]
    assert (both(task, theta, datasets)[1] == Outcome.EXPLODED).all()
    for _ in range(40):
        slope = both(task, theta, datasets)[2].mean(axis=1)
        theta -= 0.1 * slope / np.linalg.norm(slope)
    assert (both(task, theta, datasets)[1] == Outcome.OK).all()


def test_memory_is_bounded_by_the_weights_of_each_update():
    """1,000 updates of 100 inputs on 20 datasets: beyond its arguments, less than 100 MB, as the compiler counts it."""
    task = load("oja", {"network.updates": 1000, "network.inputs": 100}).composed
    float32 = np.float32
    shapes = {"w": (20, 1, 100), "lateral": (20, 1, 1), "samples": (20, 20, 200, 100), "principal": (20, 100, 100)}
    drawn = {name: jax.ShapeDtypeStruct(shape, float32) for name, shape in shapes.items()}
    formulas = simulation.formulas_of(task.network.connections, task.rules)
    parameters = {"feedforward": jax.ShapeDtypeStruct((1, task.space.size), float32)}
    loss = _OfWeights(task.loss)
    lowered = simulation._differentiate.lower(train, task.network, formulas, loss, parameters, drawn)
    assert lowered.compile().memory_analysis().temp_size_in_bytes < 100e6


def test_any_number_of_threads_gives_the_same_bits():
    """Blocks of gradients have one shape, however many threads carry them; the last block may be smaller."""
    task = make("one neuron")
    thetas, keys = near_known(task, 3, 0.05), task.keys(1, "search", GRADIENT_DATASETS + 3)
    found = []
    for threads in (1, 2, 16):
        with Threads(threads=threads).start(task) as engine:
            found.append(engine.evaluate(thetas, keys, gradients=1))
    assert found[0].gradient.shape == (1, len(keys), task.space.size)
    for other in found[1:]:
        np.testing.assert_array_equal(other.gradient, found[0].gradient)
        np.testing.assert_array_equal(other.loss, found[0].loss)


def test_a_device_that_is_not_there_is_a_sentence():
    """Asked for only when gradients are; kernels need none."""
    task = make("one neuron")
    thetas, keys = near_known(task, 1, 0.05), task.keys(1, "search", 1)
    if jax.default_backend() != "cpu":
        pytest.skip("there is a GPU here")
    with Threads(device="gpu").start(task) as engine:
        engine.evaluate(thetas, keys)
        with pytest.raises(UserError, match=r'engine.device = "gpu": JAX finds no such device here; use "cpu"'):
            engine.evaluate(thetas, keys, gradients=1)


@pytest.mark.skipif(jax.default_backend() == "cpu", reason="needs a GPU")
def test_a_gpu_computes_the_same():
    """Within the accuracy of float32; of many inputs, which JAX differentiates."""
    task = make("one neuron", **{"network.inputs": 40})
    thetas, keys = near_known(task, 2, 0.05), task.keys(1, "search", 3)
    found = {}
    for device in ("cpu", "gpu"):
        with Threads(device=device).start(task) as engine:
            found[device] = engine.evaluate(thetas, keys, gradients=2).gradient
    np.testing.assert_allclose(found["gpu"], found["cpu"], rtol=1e-3, atol=1e-4)
