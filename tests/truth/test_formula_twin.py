"""Rate networks whose rules are any formulas equal their naive twin; polynomials are the same by both ways."""

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from naive import rate_network as naive
from stated import Stated, rate_rule

from plastica.inner.compiled_formula import Formula
from plastica.inner.keys import Key
from plastica.inner.lanes import LANES
from plastica.inner.outcome import Outcome
from plastica.inner.rate.coefficients import VARIABLES, dense_coefficients, order_of
from plastica.inner.rate.formula_kernel import FormulaPlan
from plastica.inner.rate.gaussian import GaussianData
from plastica.inner.rate.moments import MomentPlan, Shape
from plastica.inner.rate.network import RateNetwork
from plastica.inner.rate.trials import RateDataset
from plastica.rules.expression import absolute, exp, log, maximum, minimum, name, sqrt, tanh, where
from plastica.rules.volterra import Volterra
from plastica.tasks.losses.principal_vectors import PrincipalVectors
from plastica.tasks.task import Task

UPDATES = 9
X, Y, W = map(name, VARIABLES)
A, B, C, D = map(name, "abcd")
RULES = {
    "saturating": rate_rule(A * X * tanh(B * Y) - C * Y**2 * W + D * W),
    "branching": rate_rule(where(Y > A, B * X, C * minimum(X, Y)) - D * maximum(W, X * Y)),
    "every function": rate_rule(
        A * exp(-absolute(Y)) * X
        - B * log(1 + Y * Y) * W
        + C * sqrt(absolute(X * Y))
        - D * X / (1 + absolute(W) ** 1.5)
    ),
    "constant": rate_rule(A + tanh(B)),
    "no parameter": rate_rule(0.2 * X * tanh(Y) - 0.1 * tanh(Y) ** 2 * W),
}


def network(inputs, outputs, **settings):
    return RateNetwork(inputs=inputs, outputs=outputs, **{"updates": UPDATES, "eta": 0.2, **settings})


def twin(net, rules, thetas, candidate, dataset):
    changes = {
        c: naive.averaged(lambda x, y, w, c=c: rules[c].at("change", thetas[c][candidate], x=x, y=y, w=w))
        for c in net.connections
    }
    return naive.train(
        changes["feedforward"], changes.get("lateral"), dataset.stimuli.samples.tolist(), dataset.w, dataset.lateral,
        net.edges(), net.updates, net.eta, net.eta_lateral, net.weight_bound,
    )  # fmt: skip


def assert_equals_twin(net, rules, thetas, datasets):
    trials = net.simulate(rules, thetas, datasets)
    for r in range(len(thetas["feedforward"])):
        for d, dataset in enumerate(datasets):
            w, lateral, exploded_at, closest = twin(net, rules, thetas, r, dataset)
            if closest < 1e-3:
                continue  # float32 and float64 may part where a weight grazes its bound
            if exploded_at is None:
                assert trials.outcome[r, d] == Outcome.OK
                np.testing.assert_allclose(trials.w[r, d], w, rtol=2e-3, atol=2e-4)
                np.testing.assert_allclose(trials.lateral[r, d], lateral, rtol=2e-3, atol=2e-4)
            else:
                assert trials.outcome[r, d] == Outcome.EXPLODED
                np.testing.assert_allclose(trials.lifetime[r, d], exploded_at / UPDATES, atol=1e-6)


def drawn(rules, count, seed, sd=0.5):
    generator = np.random.default_rng(seed)
    return {c: sd * generator.standard_normal((count, len(rule.parameters()))) for c, rule in rules.items()}


@pytest.mark.parametrize("kind", RULES)
@pytest.mark.parametrize(("inputs", "outputs", "batch"), [(3, 1, 11), (4, 3, 8)])
def test_any_formula_equals_the_twin(kind, inputs, outputs, batch):
    """One neuron and several, feedforward and lateral rules of different kinds, batches that fill no whole tiles."""
    net = network(inputs, outputs)
    rules = {"feedforward": RULES[kind], "lateral": RULES["saturating"]}
    rules = {connection: rules[connection] for connection in net.connections}
    data = GaussianData(batch=batch, batches=2)
    datasets = [net.dataset(data, rules, Key(1, "search", index=i)) for i in range(2)]
    if kind != "constant" or outputs > 1:
        assert isinstance(datasets[0].plan, FormulaPlan)
    assert_equals_twin(net, rules, drawn(rules, 3, seed=2), datasets)


@given(st.integers(0, 10**6))
@example(7)
def test_explosions_come_at_the_same_update(seed):
    net = network(3, 2, weight_bound=1.5, initial_norm=1.0)
    rules = {"feedforward": RULES["saturating"], "lateral": RULES["saturating"]}
    datasets = [net.dataset(GaussianData(batch=5, batches=2), rules, Key(seed, "search"))]
    assert_equals_twin(net, rules, drawn(rules, 3, seed, sd=1.5), datasets)


def test_explosions_do_happen_early_and_late():
    """The test above is not empty."""
    net = network(3, 2, weight_bound=1.5, initial_norm=1.0)
    rules = {"feedforward": RULES["saturating"], "lateral": RULES["saturating"]}
    datasets = [net.dataset(GaussianData(batch=5, batches=2), rules, Key(i, "search")) for i in range(6)]
    lifetimes = set(net.simulate(rules, drawn(rules, 20, 3, sd=1.5), datasets).lifetime.ravel().tolist())
    assert len(lifetimes) > 4


def by_samples(net, rules, dataset):
    """The same dataset for the kernel that reads formulas sample by sample, whatever the rules are."""
    names = [tuple(p.name for p in rules[c].parameters()) for c in net.connections]
    formulas = tuple(Formula(rules[c].formulas["change"], VARIABLES, n) for c, n in zip(rules, names, strict=True))
    shape = Shape(net.inputs, net.outputs, net.edges(), 1)
    batch = dataset.stimuli.samples.shape[1]
    plan = FormulaPlan(shape, batch, formulas, tuple(map(len, names)))
    return RateDataset(dataset.stimuli, dataset.w, dataset.lateral, plan.table(dataset.stimuli.samples), plan)


def test_a_polynomial_is_the_same_by_moments_and_by_samples(monkeypatch):
    """A formula that is a polynomial takes the fast kernel, and equals itself read sample by sample."""
    rules = {"feedforward": rate_rule((X - A * W * Y) * Y / (1 + B * B)), "lateral": Volterra(letter="B")}
    net = network(4, 3)
    datasets = [net.dataset(GaussianData(batch=50, batches=2), rules, Key(4, "search", index=i)) for i in range(2)]
    assert isinstance(datasets[0].plan, MomentPlan)
    thetas = {"feedforward": np.array([[1.0, 0.3], [0.5, -2.0]]), "lateral": 0.02 * drawn(rules, 2, 5)["lateral"]}
    fast = net.simulate(rules, thetas, datasets)
    monkeypatch.setattr("plastica.inner.rate.network.order_of", lambda rules: None)
    slow = net.simulate(rules, thetas, [by_samples(net, rules, dataset) for dataset in datasets])
    np.testing.assert_allclose(fast.w, slow.w, rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(fast.lateral, slow.lateral, rtol=1e-4, atol=1e-5)
    assert (fast.outcome == Outcome.OK).all()


def test_ojas_rule_is_the_same_in_any_words():
    """As a Volterra rule and as a formula: the same coefficients, hence the same numbers bit for bit."""
    stated = rate_rule(A * X * Y - B * Y**2 * W)
    assert order_of([stated, Volterra(terms=("110",))]) == 2
    dense = dense_coefficients(stated, np.array([[2.0, 3.0]]), 2)
    np.testing.assert_array_equal(
        dense, dense_coefficients(Volterra(), 0 * np.zeros((1, 27)) + dense.reshape(1, 27), 2)
    )
    assert np.count_nonzero(dense) == 2
    net = network(3, 1, updates=50)
    results = []
    for rule, theta in ((stated, [2.0, 3.0]), (Volterra(), dense.ravel())):
        rules = {"feedforward": rule}
        dataset = net.dataset(GaussianData(batch=40, batches=2), rules, Key(6, "search"))
        results.append(net.simulate(rules, {"feedforward": np.array([theta])}, [dataset]).w)
    np.testing.assert_array_equal(*results)


def test_only_polynomials_have_coefficients():
    assert order_of([Volterra(), RULES["saturating"]]) is None
    assert order_of([rate_rule(X**5)]) is None
    with pytest.raises(ValueError, match="a rule of the kind stated is no polynomial in x, y, w"):
        dense_coefficients(RULES["saturating"], np.zeros((1, 4)), 2)


@given(order=st.permutations(range(20)), ill=st.sampled_from([1e30, np.nan, np.inf, -5.0]))
def test_a_candidate_does_not_depend_on_its_neighbours(order, ill):
    """In any order, alone and beside neighbours that explode, every candidate ends as it does elsewhere."""
    rules = {"feedforward": RULES["every function"], "lateral": RULES["saturating"]}
    task = Task("any", network(3, 2), rules, GaussianData(batch=9, batches=2), PrincipalVectors())
    made = [task.dataset(key) for key in task.keys(1, "search", 2)]
    thetas = 0.5 * np.random.default_rng(6).standard_normal((20, task.space.size))
    before = task.score(thetas, made)
    crowd = np.concatenate([thetas[list(order)], np.full((7, task.space.size), ill)])
    after = task.score(crowd, made)
    np.testing.assert_array_equal(after.loss[:20], before.loss[list(order)])
    np.testing.assert_array_equal(task.score(thetas[order[0]][None], made).loss, before.loss[order[0]][None])
    assert np.isfinite(after.loss).all()
    assert (after.outcome[20:] != Outcome.OK).all() or np.isfinite(ill)


anything = st.one_of(st.floats(), st.floats(-1, 1))


@given(st.lists(st.lists(anything, min_size=4, max_size=4), min_size=1, max_size=LANES + 1))
def test_any_theta_ends_finite_and_named(thetas):
    rules = {"feedforward": RULES["every function"]}
    task = Task("any", network(3, 1), rules, GaussianData(batch=5, batches=2), PrincipalVectors())
    evaluation = task.score(np.array(thetas), [task.dataset(key) for key in task.keys(1, "search", 2)])
    assert np.isfinite(evaluation.loss).all()
    nonfinite = ~np.isfinite(np.array(thetas)).all(axis=1)
    np.testing.assert_array_equal(evaluation.outcome == Outcome.NONFINITE, nonfinite[:, None].repeat(2, axis=1))


def test_what_a_network_does_not_offer_is_refused():
    """One sentence that lists what is asked and what is offered."""
    net, data = network(3, 1), GaussianData()
    error = Stated((("change", X * name("e")),), ("a",))
    with pytest.raises(ValueError, match=r"rules\.feedforward\.change reads e, and this network offers x, y, w: write"):
        net.check(data, {"feedforward": error})
    spikes = Stated((("on_pre", W), ("on_post", W)), ())
    with pytest.raises(ValueError, match="feedforward states on_pre, on_post, and this network asks for change"):
        net.check(data, {"feedforward": spikes})
    net.check(data, {"feedforward": RULES["branching"]})
