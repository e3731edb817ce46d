"""Bad rules do no harm: whatever theta and the options, a finite loss and a named outcome, at a bounded cost."""

import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from small import one_a_network, small
from threadpoolctl import threadpool_limits

from plastica.config import load
from plastica.errors import UserError
from plastica.inner.outcome import Outcome
from plastica.section import Section
from plastica.tasks import TASKS
from plastica.tasks.losses.familiarity import Familiarity
from plastica.tasks.losses.nearest_source import NearestSource
from plastica.tasks.losses.population_rate import ENDED, PopulationRate
from plastica.tasks.losses.principal_vectors import PrincipalVectors
from plastica.tasks.losses.recall_error import RecallError
from plastica.tasks.losses.target_rate import OFFSET_HZ, TargetRate
from plastica.tasks.losses.teacher_distance import TeacherDistance

TINIEST, LARGEST = 5e-324, np.finfo(float).max
LANDMARKS = [np.nan, np.inf, 0.0, TINIEST, 1e-310, 1e-45, 1e-38, 1e-20, 1.0, 1e4, 1e19, 3.5e38, 1e154, LARGEST]


def signed(numbers):
    return st.builds(lambda number, sign: sign * number, numbers, st.sampled_from([1.0, -1.0]))


# A coordinate is a landmark, any number at all, of any size, or an ordinary one; each is drawn on its own.
extremes = st.one_of(
    signed(st.sampled_from(LANDMARKS)),
    st.floats(),
    signed(st.integers(-300, 307).map(lambda power: 10.0**power)),
    st.floats(-1, 1),
)

sizes = st.integers(-10, 10).map(lambda power: 10.0**power)  # what validation is likely to let through


def bound_of_vectors(task):
    worst = task.loss.unstable * task.network.outputs
    return 2 * worst, worst


def bound_of_rate(task):
    network = task.network
    most_hz = 1e3 / max(network.refractory_ms, network.dt_ms) + 1 / network.window_s
    return 2 * (max(task.loss.target_hz**2 / OFFSET_HZ, most_hz),)


def bound_of_population(task):
    return 2 * ENDED, ENDED * (1 + np.exp(-1))


def bound_of_unstable(task):
    return 2 * task.loss.unstable, task.loss.unstable


# What a loss promises never to exceed, for each kind of loss: (any trial, one that ended well).
def bound_of_familiarity(task):
    """Rates up to where a trial explodes; more where it ends, at once if the rule is not finite."""
    return 43.0, max(1.0, (task.network.exploded_hz - task.loss.novel_hz) / (100 - task.loss.novel_hz))


BOUNDS = {
    PrincipalVectors: bound_of_vectors,
    NearestSource: bound_of_vectors,
    TargetRate: bound_of_rate,
    PopulationRate: bound_of_population,
    Familiarity: bound_of_familiarity,
    TeacherDistance: bound_of_unstable,
    RecallError: bound_of_unstable,
}


def assert_sound(task, thetas, evaluation):
    """Finite numbers within the documented bounds, outcomes that have a name, and NONFINITE just where theta is not."""
    for values in (evaluation.loss, *evaluation.metrics.values()):
        assert np.isfinite(values).all()
    assert np.isin(evaluation.outcome, list(Outcome)).all()
    unsound = ~np.isfinite(thetas).all(axis=1)
    np.testing.assert_array_equal(evaluation.outcome == Outcome.NONFINITE, np.tile(unsound[:, None], (1, 2)))
    most, most_if_ok = BOUNDS[type(task.loss)](task)
    assert evaluation.loss.min() >= 0
    assert evaluation.loss.max() <= most
    assert evaluation.loss[evaluation.outcome == Outcome.OK].max(initial=0) <= most_if_ok


@pytest.mark.parametrize("name", one_a_network())
def test_bad_rules_have_named_outcomes_and_leave_their_neighbours_alone(name):
    """Random rules among bad ones, in any lane, come out as without them, bit for bit."""
    task = load(name, small(name)).composed
    datasets = [task.dataset(key) for key in task.keys(1, "search", 2)]
    good = task.space.draw(np.random.default_rng(1), 4)
    alone = task.score(good, datasets)

    @settings(max_examples=80)
    @given(st.data())
    def hold(data):
        bad = data.draw(
            hnp.arrays(float, (data.draw(st.integers(1, 20)), task.space.size), elements=extremes, fill=extremes)
        )
        thetas = np.concatenate([good, bad])
        order = np.array(data.draw(st.permutations(range(len(thetas)))))
        evaluation = task.score(thetas[order], datasets)
        assert_sound(task, thetas[order], evaluation)
        where = np.argsort(order)[: len(good)]
        np.testing.assert_array_equal(evaluation.loss[where], alone.loss)
        np.testing.assert_array_equal(evaluation.outcome[where], alone.outcome)
        for metric, values in alone.metrics.items():
            np.testing.assert_array_equal(evaluation.metrics[metric][where], values)

    hold()  # fmt: skip


@pytest.mark.parametrize("name", TASKS)
@pytest.mark.parametrize("value", [*LANDMARKS, *(-number for number in LANDMARKS)])
def test_one_extreme_coordinate_at_a_time(name, value):
    """Each parameter in turn, time constants too, and all of them at once; the others are those of a random rule."""
    task = load(name, small(name)).composed
    thetas = np.tile(task.space.draw(np.random.default_rng(1), 1), (task.space.size + 1, 1))
    np.fill_diagonal(thetas, value)
    thetas[-1] = value
    assert_sound(task, thetas, task.evaluate(thetas, task.keys(1, "search", 2)))


LENGTHS = {"warmup_s", "training_s", "scoring_s", "window_s", "dt_ms"}  # a user who asks for a longer trial gets it


def options_of(name: str) -> list[str]:
    """The dotted keys of all numbers that are not counts."""
    config, keys = load(name), []

    def walk(section: Section, path: str) -> None:
        for field in type(section).model_fields:
            value = getattr(section, field)
            if isinstance(value, Section):
                walk(value, f"{path}.{field}")
            elif isinstance(value, float) and field not in LENGTHS:
                keys.append(f"{path}.{field}")

    for part in ("network", "rules", "data", "loss"):
        walk(getattr(config, part), part)
    return keys


def refused_or_sound(name: str, changes: dict[str, float]) -> None:
    try:
        task = load(name, small(name) | changes).composed
    except UserError:
        return
    thetas = task.space.draw(np.random.default_rng(1), 4)
    assert_sound(task, thetas, task.evaluate(thetas, task.keys(1, "search", 2)))


@pytest.mark.parametrize("name", one_a_network())
def test_an_extreme_option_is_refused_or_does_no_harm(name):
    """Each in turn: what validation lets through has finite losses, without a warning."""
    for key in options_of(name):
        for value in LANDMARKS:
            refused_or_sound(name, {key: value})
            refused_or_sound(name, {key: -value})


@pytest.mark.parametrize("name", one_a_network())
def test_extreme_options_are_refused_or_do_no_harm_together(name):
    """Up to three options anywhere."""

    @settings(max_examples=150)
    @given(st.dictionaries(st.sampled_from(options_of(name)), st.one_of(extremes, sizes), min_size=1, max_size=3))
    def hold(changes):
        refused_or_sound(name, changes)

    hold()


@pytest.mark.parametrize("name", ["oja", "principal-components"])
@pytest.mark.parametrize("value", [1e-8, 1e-4, 1e4])
def test_extreme_spectra_do_no_harm(name, value):
    """Hardly any variance, as much as there may be, and one input that has all of it."""
    for changes in (
        {"data.scale": [value, value]},
        {"data.spectrum": [value] + [1.0] * 19},
        {"data.spectrum": [value] * 20},
    ):
        task = load(name, small(name) | {"network.inputs": 20} | changes).composed
        thetas = task.space.draw(np.random.default_rng(1), 4)
        assert_sound(task, thetas, task.evaluate(thetas, task.keys(1, "search", 2)))


@pytest.mark.slow
@pytest.mark.parametrize("name", TASKS)
def test_the_cost_of_a_trial_is_bounded(name):
    """By construction: every loop of the kernels runs over the steps, synapses and coefficients of the config, none
    until something converges. What theta can change is how soon a loop ends, how often weights are swept, and how many
    denormal numbers a processor meets: in all less than ten times the processor time of a known rule."""
    task = load(name, small(name) | {key: value for key, value in LONGER.items() if key in small(name)}).composed
    datasets = [task.dataset(key) for key in task.keys(1, "search", 2)]
    generator = np.random.default_rng(1)
    known = np.tile(task.known_theta(task.targets), (16, 1))
    shape = (16, task.space.size)
    populations = [
        *(np.full(shape, value) for value in (0.0, TINIEST, 1e-40, 1e-20, 1e-6, 1e300)),
        *(known * factor for factor in (1e-3, 0.1, 3.0, 100.0, -1.0)),
        *(generator.choice([-1, 1], shape) * 10.0 ** generator.uniform(-45, 5, shape) for _ in range(20)),
    ]
    with threadpool_limits(limits=1):
        ordinary = seconds(task, known, datasets)
        worst = max(seconds(task, thetas, datasets) for thetas in populations)
    assert worst < 10 * ordinary


LONGER = {"network.updates": 400, "network.training_s": 5.0}


def seconds(task, thetas, datasets) -> float:
    """Processor time of this thread, which other processes do not touch: the least of three."""
    times = []
    for _ in range(3):
        started = time.thread_time()
        task.score(thetas, datasets)
        times.append(time.thread_time() - started)
    return min(times)
