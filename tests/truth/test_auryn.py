"""Recurrent networks beside the authors' own simulator, and neurons beside theory."""

import importlib
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from plastica.inner.keys import Key
from plastica.inner.recurrent.dataset import DrawnNetworks
from plastica.inner.recurrent.network import RecurrentNetwork

PAPERS = Path(__file__).parents[2] / "papers"


@pytest.fixture
def truth(monkeypatch):
    """The script with the rows of the table."""
    monkeypatch.syspath_prepend(PAPERS / "confavreux2023")
    return importlib.import_module("truth")


def test_a_row_of_the_table_has_its_deviation(truth):
    """Of the last rate, or of the end where there is one."""
    row = truth.Row("L HQ10", "fsbi", {}, 20.0, (7.0, 10.0), 10.0, {}, 0.85)
    assert truth._line(row, [replace(row, rates=(7.2, 10.1)), replace(row, rates=(7.0, 10.3))]).endswith("| +2.0 % |")
    row = replace(row, rates=(), ends_s=2.0)
    assert truth._line(row, [replace(row, ends_s=1.9)]).endswith("| 1.900 / 2 | -5.0 % |")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "tolerance"),
    [("T saved rule", 0.03), ("T alpha = -0.2", 0.03), ("S HQ10", 0.05), ("S IE alone", 0.05), ("L HQ10", 0.03)],
)
def test_rates_and_weights_are_those_of_auryn(truth, name, tolerance):
    (row,) = (row for row in truth.ROWS if row.name == name)
    found = truth.measured(row, 1)
    assert found.rates[-1] == pytest.approx(row.rates[-1], rel=tolerance)
    assert found.inhibitory == pytest.approx(row.inhibitory, rel=tolerance)
    assert found.weights == {c: pytest.approx(w, rel=tolerance) for c, w in row.weights.items()}


@pytest.mark.slow
@pytest.mark.parametrize("name", ["T no plasticity", "T alpha = -1 alone", "L EE (0, 0, 1, 1) alone"])
def test_networks_explode_when_they_do_in_auryn(truth, name):
    (row,) = (row for row in truth.ROWS if row.name == name)
    assert truth.measured(row, 1).ends_s == pytest.approx(row.ends_s, rel=0.05)


@pytest.mark.slow
def test_uncoupled_neurons_fire_as_theory_says():
    """1 / (20 ms ln 2 + 5 ms), in the network of Vogels et al."""
    network = RecurrentNetwork(preset="vogels-2011", probability=0.0, learning_s=1.0, scoring_s=1.0)
    dataset = network.dataset(DrawnNetworks(), {}, Key(1, "bench"))
    found = network.run(np.tile([20.0, 20.0, 0.0, 0.0, 0.0, 0.0], (4, 1)), dataset)
    np.testing.assert_allclose(found.binned[-1] / [8000, 2000], 53.0, rtol=0.01)
