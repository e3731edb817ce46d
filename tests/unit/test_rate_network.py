"""The parts of a rate network: its lateral structures, its initial weights, and how a trial's loss is made."""

from dataclasses import replace

import numpy as np
import pytest
from numba import njit
from pydantic import ValidationError

from plastica.inner.keys import Key
from plastica.inner.outcome import Outcome, count_outcomes
from plastica.inner.rate.gaussian import GaussianData, Stimuli
from plastica.inner.rate.kernels import _eight_rows, _four_rows, _two_rows
from plastica.inner.rate.moments import MomentPlan, SamplePlan, Shape, plan_for
from plastica.inner.rate.network import RateDataset, RateNetwork, RateTrials
from plastica.rules.volterra import Volterra
from plastica.tasks.losses.principal_vectors import PrincipalVectors
from plastica.tasks.task import Task

RULES = {"feedforward": Volterra(), "lateral": Volterra(letter="B")}


@pytest.mark.parametrize(
    ("lateral", "edges"),
    [
        ("hierarchical", ((1, 0), (2, 0), (2, 1))),
        ("none", ()),
        (((0, 0, 0), (0, 0, 0), (1, 0, 0)), ((2, 0),)),
        (((0, 0, 0), (0, 0, 0), (0, 0, 0)), ()),
    ],
)
def test_lateral_structures(lateral, edges):
    """Neuron i receives from the j < i that the structure names; without any, there is no lateral connection."""
    network = RateNetwork(inputs=3, outputs=3, lateral=lateral)
    assert network.edges() == edges
    assert network.connections == (("feedforward", "lateral") if edges else ("feedforward",))
    dataset = network.dataset(GaussianData(batches=1), RULES, Key(1, "search"))
    assert {(int(i), int(j)) for i, j in np.argwhere(dataset.lateral)} == set(edges)


def test_a_cycle_is_impossible():
    """Ones on or right of the diagonal are refused."""
    with pytest.raises(ValidationError, match="row 1, column 1, which may close a cycle"):
        RateNetwork(inputs=2, outputs=2, lateral=((1, 0), (1, 0)))


def test_initial_weights_have_the_sizes_of_the_config():
    """Every neuron's weight vector has length `initial_norm`, whatever the number of inputs."""
    network = RateNetwork(inputs=40, outputs=20, initial_norm=0.7, initial_lateral_sd=0.3)
    dataset = network.dataset(GaussianData(batches=1), RULES, Key(1, "search"))
    np.testing.assert_allclose(np.linalg.norm(dataset.w, axis=1), 0.7)
    assert dataset.lateral[np.tril_indices(20, -1)].std() == pytest.approx(0.3, rel=0.15)


def test_without_plasticity_nothing_changes():
    """theta = 0 leaves the weights as they are, to the last bit of float32."""
    network = RateNetwork(inputs=3, outputs=2, updates=5)
    dataset = network.dataset(GaussianData(batches=1), RULES, Key(1, "search"))
    trials = network.simulate(RULES, {c: np.zeros((1, 27)) for c in RULES}, [dataset])
    np.testing.assert_array_equal(trials.w[0, 0], dataset.w.astype(np.float32))
    np.testing.assert_array_equal(trials.lateral[0, 0], dataset.lateral.astype(np.float32))
    assert (trials.lifetime == 1).all()


def test_the_cheaper_plan_is_chosen():
    """Few inputs: by moments; many: by samples; a batch of a few samples: by samples too."""
    assert isinstance(plan_for(Shape(3, 1, (), 2), 200), MomentPlan)
    assert isinstance(plan_for(Shape(100, 1, (), 2), 200), SamplePlan)
    assert isinstance(plan_for(Shape(3, 1, (), 2), 1), SamplePlan)


@pytest.mark.parametrize("batch", [1, 15, 16, 17, 33, 200])
@pytest.mark.parametrize("edges", [(), ((1, 0),)])
def test_a_table_holds_the_averages_of_products(batch, edges):
    """In tiles of eight rows, whatever part of a vector the last samples fill: <x^a>, and of each degree b the averages
    with the products of b inputs, times how often these occur in the power of a sum."""
    samples = np.random.default_rng(batch).standard_normal((2, batch, 3))
    table = MomentPlan(Shape(3, 2, edges, 2), batch).table(samples)
    products = {(): np.ones((2, batch))} | {(j,): samples[:, :, j] for j in range(3)}
    products |= {(j, k): samples[:, :, j] * samples[:, :, k] for j in range(3) for k in range(j, 3)}
    rows = list(products) if edges else [m for m in products if len(set(m)) < 2]
    columns = [[()], [m for m in products if len(m) == 1], [m for m in products if len(m) == 2]]
    tiles, cell = -(-len(rows) // 8), 0
    for chosen in columns:
        for r, row in enumerate(rows):
            for c, column in enumerate(chosen):
                times = 2 if len(set(column)) == 2 else 1
                expected = times * (products[row] * products[column]).mean(axis=1)
                found = table[:, cell + r // 8 * 8 * len(chosen) + c * 8 + r % 8]
                np.testing.assert_allclose(found, expected, rtol=1e-6, atol=1e-7)
        cell += tiles * 8 * len(chosen)
    assert table.shape == (2, cell)


@pytest.mark.parametrize("batch", [1, 7, 8, 33])
@pytest.mark.parametrize("inputs", [2, 15, 16, 20])
@pytest.mark.parametrize("order", [1, 3])
def test_a_table_by_samples_holds_their_powers(batch, inputs, order):
    """In tiles of eight rows, whatever part of a vector the last inputs fill: <x^a>, the samples, x^a of each over the
    batch size, and <x^a x> where there are fewer inputs than samples; zero where there is no row or no sample."""
    samples = np.random.default_rng(batch).standard_normal((2, batch, inputs))
    table = SamplePlan(Shape(inputs, 1, (), order), batch).table(samples)
    powers = np.concatenate([np.ones((2, batch, 1)), *(samples**a for a in range(1, order + 1))], axis=2)
    rows = powers.swapaxes(1, 2) / batch
    matrices = [rows.sum(axis=2, keepdims=True), samples, rows, *([rows @ samples] if inputs < batch else [])]
    padded = [0, 0, -batch % 8, 0]  # columns
    expected = [_in_tiles(np.pad(m, ((0, 0), (0, 0), (0, more)))) for m, more in zip(matrices, padded, strict=False)]
    np.testing.assert_allclose(table, np.concatenate(expected, axis=1), rtol=1e-6, atol=1e-7)


def _in_tiles(matrices):
    """[batches, rows, columns] -> [batches, cells]: eight rows of a column stand side by side."""
    batches, rows, columns = matrices.shape
    padded = np.pad(matrices, ((0, 0), (0, -rows % 8), (0, 0)))
    return padded.reshape(batches, -1, 8, columns).swapaxes(2, 3).reshape(batches, -1)


def test_datasets_together_are_those_one_by_one():
    """Bit for bit."""
    data, network = GaussianData(batch=20, batches=3), RateNetwork(inputs=4, outputs=2)
    keys = [Key(1, "search", 0, k) for k in range(5)]
    for key, made in zip(keys, network.datasets(data, RULES, keys), strict=True):
        alone = network.dataset(data, RULES, key)
        for name in ("w", "lateral", "table"):
            np.testing.assert_array_equal(getattr(made, name), getattr(alone, name))
        np.testing.assert_array_equal(made.stimuli.samples, alone.stimuli.samples)


def test_a_subclass_that_makes_datasets_otherwise_is_asked_for_each():
    """Whoever overrides `dataset` need not know that there is `datasets`."""

    class Doubled(RateNetwork):
        def dataset(self, data, rules, key):
            made = super().dataset(data, rules, key)
            return replace(made, w=2 * made.w)

    rules, data = {"feedforward": Volterra()}, GaussianData(batches=1)
    for network, together in ((RateNetwork(), 218), (Doubled(), 1)):
        task = Task("its own", network, rules, data, PrincipalVectors())
        assert task.made_together == together
        keys = task.keys(1, "search", 3)
        for key, made in zip(keys, task.datasets(keys), strict=True):
            np.testing.assert_array_equal(made.w, task.dataset(key).w)


def trials_at(w: np.ndarray, lateral: np.ndarray, principal: np.ndarray, outcome=Outcome.OK, lifetime=1.0):
    """One candidate, one dataset, with given final weights."""
    inputs = principal.shape[0]
    stimuli = Stimuli(np.zeros((1, 1, inputs)), principal, np.arange(inputs, 0.0, -1))
    plan = plan_for(Shape(inputs, len(w), (), 1), 1)
    dataset = RateDataset(stimuli, w, lateral, np.zeros((1, 1), dtype=np.float32), plan)
    trials = RateTrials(
        np.array([[outcome]], dtype=np.int8), w[None, None], lateral[None, None], np.array([[lifetime]])
    )
    return trials, [dataset]


def test_the_loss_is_the_distance_to_the_nearer_sign():
    """Eq. (9): each neuron's distance to plus or minus its own principal vector, summed."""
    principal = np.eye(3)
    w = np.array([[0.9, 0, 0], [0, -1, 0.5]])
    loss, metrics = PrincipalVectors().score(*trials_at(w, np.zeros((2, 2)), principal))
    np.testing.assert_allclose(loss, [[0.1 + 0.5]])
    for signs in ([[-1], [1]], [[1], [-1]], [[-1], [-1]]):
        np.testing.assert_array_equal(
            PrincipalVectors().score(*trials_at(w * signs, np.zeros((2, 2)), principal))[0], loss
        )
    swapped, _ = PrincipalVectors().score(*trials_at(w[::-1], np.zeros((2, 2)), principal))
    assert swapped > loss
    assert set(metrics) == {"explained_variance", "overlap", "lateral_rms"}


def test_metrics_of_principal_vectors():
    """Explained variance of the span relative to the best, overlap of directions, size of the lateral weights."""
    principal = np.eye(3)  # variances 3, 2, 1
    lateral = np.array([[0, 0], [0.4, 0]])
    perfect = PrincipalVectors().score(*trials_at(np.eye(3)[:2] * 5, lateral, principal))[1]
    assert perfect["explained_variance"] == pytest.approx(1)
    assert perfect["overlap"] == pytest.approx(0)
    assert perfect["lateral_rms"] == pytest.approx(0.2)
    twice = PrincipalVectors().score(*trials_at(np.array([[1.0, 0, 0], [-2, 0, 0]]), lateral, principal))[1]
    assert twice["explained_variance"] == pytest.approx(3 / 5)
    assert twice["overlap"] == pytest.approx(1)
    one = PrincipalVectors().score(*trials_at(np.array([[0.0, 1, 0]]), np.zeros((1, 1)), principal))[1]
    assert one["explained_variance"] == pytest.approx(2 / 3)
    assert "overlap" not in one


@pytest.mark.parametrize(
    ("outcome", "lifetime", "loss"),
    [(Outcome.EXPLODED, 0.25, 35.0), (Outcome.EXPLODED, 0.0, 40.0), (Outcome.NONFINITE, 1.0, 40.0)],
)
def test_failures_cost_what_is_documented(outcome, lifetime, loss):
    """unstable * M * (2 - lifetime), whatever the weights are, and metrics of zero."""
    w = np.full((2, 3), np.nan)
    value, metrics = PrincipalVectors().score(*trials_at(w, w[:, :2], np.eye(3), outcome, lifetime))
    assert value == loss
    assert all(metric == 0 for metric in metrics.values())


def test_a_weight_far_away_costs_no_more_than_an_explosion():
    """No trial that ended well costs more than `unstable * M`."""
    value, _ = PrincipalVectors(unstable=2.0).score(*trials_at(np.full((1, 3), 9.0), np.zeros((1, 1)), np.eye(3)))
    assert value == 2


def test_outcomes_are_counted_by_name():
    """Every name appears, also with none."""
    counts = count_outcomes(np.array([[0, 2], [2, 3]], dtype=np.int8))
    assert counts == {"ok": 1, "silent": 0, "exploded": 2, "nonfinite": 1}


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_rows_by_two_or_four_are_rows_by_eight(dtype):
    """Where registers are few a tile is done in parts: the same sums in the same order."""
    generator = np.random.default_rng(1)
    table, v = generator.random(8 * 5, dtype=dtype), generator.random((5, 16), dtype=dtype)
    eight, four, two = np.zeros((3, 8, 16), dtype)
    _in_one(table, v, eight)
    _in_halves(table, v, four)
    _in_quarters(table, v, two)
    np.testing.assert_array_equal(eight, four)
    np.testing.assert_array_equal(eight, two)
    np.testing.assert_allclose(eight, table.reshape(5, 8).T @ v, rtol=1e-5)


@njit
def _in_one(table, v, out):
    _eight_rows(table, 0, len(v), v, 0, out, 0)


@njit
def _in_halves(table, v, out):
    for k in range(0, 8, 4):
        _four_rows(table, k, len(v), v, 0, out, k)


@njit
def _in_quarters(table, v, out):
    for k in range(0, 8, 2):
        _two_rows(table, k, len(v), v, 0, out, k)
