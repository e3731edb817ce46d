"""A network of one's own as one step: populations, datasets, explosions, gradients, memory, the same bits always."""

from dataclasses import dataclass, replace
from functools import partial
from typing import ClassVar

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from pydantic import PositiveInt
from small import small

from plastica.analysis.compare_rules import angles_to_targets
from plastica.config import load
from plastica.engines import Threads
from plastica.inner.keys import Key
from plastica.inner.lanes import LANES
from plastica.inner.outcome import Outcome
from plastica.inner.stepwise.exploded import LONGEST_EXPLODED, usable
from plastica.inner.stepwise.network import StepwiseNetwork
from plastica.inner.stepwise.simulation import differentiate, trial
from plastica.rules.formula import Formula, formula
from plastica.rules.readers import NUMPY, read
from plastica.rules.volterra import Volterra
from plastica.section import Section
from plastica.tasks import Task


class Recurrent(StepwiseNetwork):
    """A recurrent tanh network: the example of the base's docstring."""

    kind: ClassVar[str] = "recurrent"
    connections = ("recurrent",)
    units: PositiveInt = 5
    eta: float = 0.1
    updates: PositiveInt = 12

    def initial(self, drawn):
        return {"recurrent": drawn["w"], "y": jnp.zeros(self.units)}

    def step(self, state, stimulus, rules):
        w, x = state["recurrent"], state["y"]
        y = jnp.tanh(w @ x + stimulus)
        change = rules["recurrent"](x=x, y=y[:, None], w=w)
        return {"recurrent": w + self.eta * change, "y": y}


class Noise(Section):
    count: PositiveInt = 3
    refresh: PositiveInt = 2

    def draw(self, key, network):
        generator = key.generator()
        w = 0.3 * generator.standard_normal((network.units, network.units))
        return {"stimuli": generator.standard_normal((8, network.units)), "w": w}


@dataclass(frozen=True)  # equal to others of its kind: JAX compiles for one of them
class Quiet:
    """Activity shall end small."""

    kind: ClassVar[str] = "quiet"

    def distance(self, state, drawn, numpy):
        return (state["y"] ** 2).sum(axis=-1)

    def score(self, trials, datasets):
        ended = trials.outcome == Outcome.OK
        return np.where(ended, self.distance(trials.state, None, np), 20 - 10 * trials.lifetime), {}


def make(rule=None, **settings) -> Task:
    return Task("quiet", Recurrent(**settings), {"recurrent": rule or Volterra(order=2)}, Noise(), Quiet())


def assert_same(one, other, rows=slice(None), columns=slice(None)) -> None:
    np.testing.assert_array_equal(one.loss, other.loss[rows, columns])
    np.testing.assert_array_equal(one.outcome, other.outcome[rows, columns])


@pytest.mark.parametrize("name", ["a user's", "delta-rule", "associative-memory", "principal-components"])
def test_any_split_of_candidates_and_datasets_gives_the_same_bits(name):
    """One at a time, some, in another order, among others: what a trial comes to is its own."""
    nonlinear = {"network.activation": "tanh"} if name == "principal-components" else {}
    task = make(units=17) if name == "a user's" else load(name, small(name) | nonlinear).composed
    thetas = task.space.draw(np.random.default_rng(1), 2 * LANES + 3)
    datasets = [task.dataset(key) for key in task.keys(1, "search", 3)]
    whole = task.score(thetas, datasets)
    for size in (1, 5, LANES):
        for first in range(0, len(thetas), size):
            rows = slice(first, first + size)
            assert_same(task.score(thetas[rows], datasets[1:2]), whole, rows, slice(1, 2))
    order = np.random.default_rng(2).permutation(len(thetas))
    assert_same(task.score(thetas[order], datasets), whole, order)


@pytest.mark.parametrize("threads", [1, 2, 16])
def test_any_number_of_threads_gives_the_same_bits(threads):
    """Losses and gradients."""
    task = make()
    thetas, keys = task.space.draw(np.random.default_rng(1), 2 * LANES), task.keys(1, "search", 7)
    alone = task.score(thetas, [task.dataset(key) for key in keys], gradients=1)
    with Threads(threads=threads).start(task) as engine:
        found = engine.evaluate(thetas, keys, gradients=1)
    assert_same(found, alone)
    np.testing.assert_array_equal(found.gradient, alone.gradient)


def test_what_explodes_stays_where_it_was():
    """The lifetime is that of the weights within bounds; rules that are not finite are told apart."""
    task = make(Formula(change="a*w"), weight_bound=1.0, eta=1.0)
    dataset = task.dataset(Key(1, "search"))
    thetas = {"recurrent": np.array([[0.0], [1.0], [1e30], [np.nan], [np.inf], [1e300]])}
    trials = task.network.simulate(task.rules, thetas, [dataset])
    largest = np.abs(dataset.drawn["w"]).max()
    doublings = np.floor(np.log2(1 / largest))
    assert trials.lifetime[:, 0].tolist() == [1.0, doublings / 12, 0.0, 1.0, 1.0, 0.0]
    assert trials.outcome[:, 0].tolist() == [
        Outcome.OK, Outcome.EXPLODED, Outcome.EXPLODED, Outcome.NONFINITE, Outcome.NONFINITE, Outcome.EXPLODED,
    ]  # fmt: skip
    np.testing.assert_allclose(trials.state["recurrent"][1, 0], dataset.drawn["w"] * 2**doublings, rtol=1e-6)
    assert np.isfinite(trials.state["recurrent"]).all()


@pytest.mark.parametrize("bound", [3.0, 7.0, 10.0, 1e6])
@pytest.mark.parametrize("start", [0.0, 1e-40, 1.0])
def test_a_weight_may_leave_by_the_least_step_or_the_largest(bound, start):
    """From a bound to the next number, whose logarithms are equal, from zero, or to where a float ends: the lifetime is
    a number, and has a gradient that is one."""
    from plastica.inner.stepwise.course import course

    edge = np.float32(bound)

    def lifetime(step):
        def update(state, t):
            return {"w": jnp.where(t < 2, state["w"], state["w"] + step)}

        return course(update, {"w": jnp.full(2, start * edge)}, 5, ("w",), float(edge))[1]

    for step in (np.nextafter(edge, np.float32(np.inf)) - np.float32(start * edge), 1e38, np.inf, np.nan):
        assert lifetime(step) == np.float32(0.4)
        assert np.isfinite(jax.grad(lifetime)(np.float32(step)))


def test_gradients_are_central_differences():
    """Of every parameter of a rule that is no polynomial, on every dataset, in float64."""
    task = make(Formula(change="a*x*tanh(b*y) - where(w > 0.1, c*w, d*y*y*w)"))
    thetas = 0.5 + 0.1 * np.random.default_rng(1).standard_normal((2, 4))
    drawn = [task.dataset(key).drawn for key in task.keys(1, "search", 2)]

    def both(thetas):
        with jax.enable_x64(True):
            trials, slopes = differentiate(
                task.network, task.rules, {"recurrent": thetas}, drawn, task.loss, trial, np.float64
            )
        return task.loss.score(trials, drawn)[0], slopes["recurrent"]

    slopes, step = both(thetas)[1], 1e-5
    assert (slopes != 0).all()
    for p in range(4):
        shift = step * (np.arange(4) == p)
        up, down = (both(thetas + sign * shift)[0] for sign in (1, -1))
        np.testing.assert_allclose(slopes[..., p], (up - down) / (2 * step), rtol=1e-5, atol=1e-8)


def test_gradients_of_what_explodes_are_of_limited_length():
    """They lead to rules that explode later; and are zero where the rule is not finite."""
    task = make(Formula(change="1e-3*a*w + 1e-3*b*x*y"))
    datasets = [task.dataset(key) for key in task.keys(1, "search", 2)]
    thetas = np.array([[3e3, 1e3], [np.nan, 0.0], [1e33, 1e33]])
    found = task.network.gradient(task.rules, {"recurrent": thetas}, datasets, task.loss)["recurrent"]
    assert (task.network.simulate(task.rules, {"recurrent": thetas}, datasets).lifetime[0] < 1).all()
    assert (found[0, :, 0] > 0).all()
    assert (found[1] == 0).all()
    assert (np.linalg.norm(found, axis=-1) <= LONGEST_EXPLODED * (1 + 1e-6)).all()


def test_a_long_gradient_is_shortened_where_a_trial_exploded_only():
    """To its very length, and without a word where squares are beyond single precision; a short one stays as it is."""
    gradients = np.array([[[3.0, 4.0]], [[3e3, 4e3]], [[3e30, 4e30]], [[3e3, 4e3]], [[3.0, np.inf]], [[3.0, 4.0]]])
    outcome = np.array(
        [[Outcome.EXPLODED]] * 3 + [[Outcome.OK], [Outcome.EXPLODED], [Outcome.NONFINITE]], dtype=np.int8
    )
    with np.errstate(all="raise"):
        found = usable({"recurrent": gradients.astype(np.float32)}, outcome)["recurrent"]
    assert np.linalg.norm(found[:, 0], axis=-1) == pytest.approx([5, LONGEST_EXPLODED, LONGEST_EXPLODED, 5e3, 0, 0])


def test_memory_of_a_long_course_is_that_of_its_states():
    """Reverse differentiation through 3,000 steps of 40 units keeps a state for each, and nothing else."""
    from plastica.inner.stepwise import simulation

    task = make(units=40, updates=3000)
    formulas = simulation.formulas_of(task.network.connections, task.rules)
    drawn = jax.tree.map(
        lambda a: jax.ShapeDtypeStruct((1, *a.shape), np.float32), task.dataset(Key(1, "search")).drawn
    )
    parameters = {"recurrent": jax.ShapeDtypeStruct((1, task.space.size), np.float32)}
    lowered = simulation._differentiate.lower(trial, task.network, formulas, task.loss, parameters, drawn)
    state = 4 * (40 * 40 + 40)
    assert lowered.compile().memory_analysis().temp_size_in_bytes < 1.5 * 3000 * state


def test_a_rule_that_reads_what_there_is_not_is_refused():
    """Before anything is computed."""
    with pytest.raises(ValueError, match=r"rules\.recurrent\.change reads e, and this network offers x, y, w"):
        make(Formula(change="a*e*x")).check()


class WithThird(Recurrent):
    """Offers a quantity that no other network has."""

    quantities: ClassVar = {"change": ("x", "y", "w", "third")}

    def step(self, state, stimulus, rules):
        return super().step(state, stimulus, {c: partial(rule, third=stimulus) for c, rule in rules.items()})


def test_a_quantity_that_the_rule_takes_for_a_parameter_is_refused():
    """It would be searched, in silence, and the network's value never be read."""
    task = replace(make(), network=WithThird(), rules={"recurrent": formula(change=lambda x, third, a: a * third * x)})
    with pytest.raises(
        ValueError,
        match=r"^rules\.recurrent takes third for a parameter, and this network offers that as a quantity: "
        r'add it to the quantities of the rule \(quantities = \["third"\]\), or name the parameter otherwise$',
    ):
        task.check()
    listed = formula(change=lambda x, third, a: a * third * x, quantities=["third"])
    assert [parameter.name for parameter in listed.parameters()] == ["a"]
    replace(task, rules={"recurrent": listed}).check()


def test_what_it_takes_of_memory_is_measured_on_a_dataset():
    """Bytes of a dataset as it is, and the settings that make it large."""
    task = make()
    footprint = task.footprint
    assert footprint.dataset == task.dataset(Key(1, "search")).nbytes == 8 * (8 * 5 + 25)
    assert footprint.trial >= 8 * (25 + 5)
    assert footprint.grows_with == ("network.updates = 12", "network.units = 5")
    assert make(units=50).footprint.dataset == 8 * (8 * 50 + 50 * 50)


@pytest.mark.parametrize("name", ["delta-rule", "associative-memory"])
def test_shapes_are_those_of_what_is_drawn(name):
    """So that no dataset is made to see how large it is."""
    task = load(name).composed
    drawn = task.dataset(Key(1, "search")).drawn
    shapes = task.data.shapes(task.network)
    assert jax.tree.map(np.shape, drawn) == shapes
    assert task.footprint.dataset == task.dataset(Key(1, "search")).nbytes


@pytest.mark.parametrize(("activity", "name"), [(0.2, "covariance"), (0.5, "hopfield"), (0.3, None)])
def test_the_rule_to_be_found_is_that_of_the_activity(activity, name):
    """The covariance rule of another activity is another rule; where it has no name, there is no angle to it."""
    task = load("associative-memory", {"network.activity": activity}).composed
    assert task.targets == ({"recurrent": name} if name else {})
    assert set(angles_to_targets(task, task.space.zero)) == set(task.targets)
    for connection, theta in task.known_thetas(task.targets).items():
        rule = task.rules[connection]
        values = dict(zip((p.name for p in rule.parameters()), theta, strict=True))
        change = read(rule.formulas["change"], NUMPY, {"x": 2.0, "y": 3.0, "w": 1.0, **values})
        assert change == pytest.approx((2.0 - activity) * (3.0 - activity))


def test_a_network_without_a_step_says_so():
    """And one without a beginning."""

    class Nothing(StepwiseNetwork):
        connections = ("w",)

    with pytest.raises(NotImplementedError, match="Nothing has no `step`: give it one"):
        Nothing().step({}, 0.0, {})
    with pytest.raises(NotImplementedError, match="Nothing has no `initial`: give it one"):
        Nothing().initial({})


def test_a_loss_without_a_distance_leaves_no_exact_gradients():
    """`Task.differentiable` asks the network and the loss."""

    class Scored:
        kind: ClassVar[str] = "scored"
        score = Quiet.score

    task = make()
    assert task.differentiable
    assert not Task("quiet", task.network, task.rules, task.data, Scored()).differentiable
