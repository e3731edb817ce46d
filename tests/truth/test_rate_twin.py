"""The kernels of the rate network equal their naive twin, whatever the rule, the network and the way to average."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from hypothesis import assume, example, given
from hypothesis import strategies as st
from naive import rate_network as naive

from plastica.inner.keys import Key
from plastica.inner.outcome import Outcome
from plastica.inner.rate.gaussian import GaussianData
from plastica.inner.rate.moments import MomentPlan, SamplePlan, Shape
from plastica.inner.rate.network import RateDataset, RateNetwork
from plastica.rules.volterra import Volterra

UPDATES = 9


@dataclass(frozen=True)
class Case:
    """A network, its rules and datasets, with the averages computed in one of the two ways."""

    network: RateNetwork
    rules: dict[str, Volterra]
    thetas: dict[str, np.ndarray]
    datasets: list[RateDataset]

    def simulate(self) -> Any:
        return self.network.simulate(self.rules, self.thetas, self.datasets)

    def twin(self, candidate: int, dataset: RateDataset) -> tuple:
        rules = []
        for connection in ("feedforward", "lateral"):
            rule = self.rules.get(connection, Volterra(order=1))
            theta = self.thetas.get(connection, np.zeros((candidate + 1, len(rule.parameters()))))[candidate]
            coefficients = np.zeros((rule.order + 1,) * 3)
            for parameter, value in zip(rule.parameters(), theta, strict=True):
                coefficients[tuple(int(digit) for digit in parameter.name[1:])] = value
            rules.append(naive.polynomial(coefficients.tolist()))
        network = self.network
        return naive.train(
            *rules, dataset.stimuli.samples.tolist(), dataset.w, dataset.lateral, network.edges(),
            network.updates, network.eta, network.eta_lateral, network.weight_bound,
        )  # fmt: skip


def case(seed, inputs, outputs, orders, batch, plan, mask=None, sd=0.1, candidates=2, norm=0.3, bound=10.0) -> Case:
    """A case with random thetas; `plan` is MomentPlan or SamplePlan; an empty mask is no lateral structure."""
    network = RateNetwork(
        inputs=inputs, outputs=outputs, updates=UPDATES, initial_norm=norm, weight_bound=bound,
        lateral="hierarchical" if mask is None else mask or "none",
    )  # fmt: skip
    every = {"feedforward": Volterra(order=orders[0]), "lateral": Volterra(letter="B", order=orders[1])}
    rules = {connection: every[connection] for connection in network.connections}
    generator = np.random.default_rng(seed)
    thetas = {c: sd * generator.standard_normal((candidates, len(rule.parameters()))) for c, rule in rules.items()}
    data = GaussianData(batch=batch, batches=2)
    shape = Shape(inputs, outputs, network.edges(), max(rule.order for rule in rules.values()))
    chosen = SamplePlan(shape, batch) if plan is SamplePlan else MomentPlan(shape, batch)
    datasets = []
    for index in range(2):
        made = network.dataset(data, rules, Key(seed, "search", index=index))
        table = chosen.table(made.stimuli.samples)
        datasets.append(RateDataset(made.stimuli, made.w, made.lateral, table, chosen))
    return Case(network, rules, thetas, datasets)


def assert_equals_twin(made: Case, candidates: int = 2) -> None:
    trials = made.simulate()
    for r in range(candidates):
        for d, dataset in enumerate(made.datasets):
            w, lateral, exploded_at, closest = made.twin(r, dataset)
            assume(closest > 1e-3)  # float32 and float64 may part where a weight grazes its bound
            if exploded_at is None:
                assert trials.outcome[r, d] == Outcome.OK
                assert trials.lifetime[r, d] == 1
                np.testing.assert_allclose(trials.w[r, d], w, rtol=2e-3, atol=2e-4)
                np.testing.assert_allclose(trials.lateral[r, d], lateral, rtol=2e-3, atol=2e-4)
            else:
                assert trials.outcome[r, d] == Outcome.EXPLODED
                np.testing.assert_allclose(trials.lifetime[r, d], exploded_at / UPDATES, atol=1e-6)


@st.composite
def masks(draw, outputs):
    """A lateral structure: any set of ones left of the diagonal, as an M x M mask."""
    return tuple(tuple(draw(st.sampled_from([0, 1])) if j < i else 0 for j in range(outputs)) for i in range(outputs))


@st.composite
def cases(draw, plan):
    inputs = draw(st.integers(1, 4))
    outputs = draw(st.integers(1, inputs))
    mask = draw(st.one_of(st.none(), st.just(()), masks(outputs)))
    return case(
        draw(st.integers(0, 10**6)), inputs, outputs, (draw(st.integers(1, 4)), draw(st.integers(1, 4))),
        draw(st.integers(1, 13)), plan, mask,
    )  # fmt: skip


@given(cases(MomentPlan))
@example(case(1, 4, 3, (2, 2), 8, MomentPlan, mask=((0, 0, 0), (0, 0, 0), (1, 0, 0))))
@example(case(2, 3, 1, (4, 1), 11, MomentPlan))
def test_moments_equal_the_twin(made):
    """Averages by degree: orders 1 to 4 in any mixture, any lateral structure."""
    assert_equals_twin(made)


@given(cases(SamplePlan))
@example(case(3, 4, 3, (2, 1), 13, SamplePlan, mask=((0, 0, 0), (1, 0, 0), (0, 1, 0))))
@example(case(4, 4, 2, (2, 2), 3, SamplePlan))  # more inputs than samples
@example(case(5, 3, 2, (1, 4), 9, SamplePlan))
def test_samples_equal_the_twin(made):
    """Averages over the samples: batches that do not fill whole tiles, and fewer samples than inputs."""
    assert_equals_twin(made)


@given(st.integers(0, 10**6), st.sampled_from([MomentPlan, SamplePlan]))
def test_explosions_come_at_the_same_update(seed, plan):
    """Large coefficients pass the bound at the very update at which the twin does."""
    made = case(seed, 3, 2, (2, 2), 5, plan, sd=0.6, norm=1.0, bound=1.5, candidates=3)
    assert_equals_twin(made, candidates=3)


def test_explosions_do_happen_early_and_late():
    """The test above is not empty: its trials explode at several different updates, and some do not."""
    lifetimes = set()
    for seed in range(6):
        trials = case(seed, 3, 2, (2, 2), 5, MomentPlan, sd=0.6, norm=1.0, bound=1.5, candidates=3).simulate()
        lifetimes |= set(np.round(trials.lifetime * UPDATES).astype(int).ravel().tolist())
    assert len(lifetimes) >= 4
    assert UPDATES in lifetimes


@given(st.integers(0, 10**6), st.integers(1, 4))
def test_the_two_plans_agree(seed, order):
    """Which way is the cheaper one is no concern of the result."""
    by_moments, by_samples = (case(seed, 3, 2, (order, order), 6, plan).simulate() for plan in (MomentPlan, SamplePlan))
    assume((by_moments.outcome == Outcome.OK).all())
    np.testing.assert_array_equal(by_moments.outcome, by_samples.outcome)
    np.testing.assert_allclose(by_moments.w, by_samples.w, rtol=2e-3, atol=2e-4)
