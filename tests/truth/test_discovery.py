"""Whole searches in small: from a random rule to Oja's, and to a rule that holds a rate, by the loss alone."""

import numpy as np

import plastica
from plastica.analysis.compare_rules import angles_to_targets

OJA = {
    "seed": 4,
    "engine.threads": 1,
    "generations": 100,
    "network.updates": 200,
    "rules.feedforward.terms": ["000", "001", "010", "011", "020", "021", "100", "101", "110", "111"],
    "data.count": 8,
    "search.population": 20,
    "search.sigma0": 0.3,
    "search.l1": 0.004,
    "search.average": 20,
    "held_out.count": 40,
    "held_out.random_rules": 10,
}
RATE = {
    "seed": 5,
    "engine.threads": 1,
    "generations": 25,
    "network.training_s": 6.0,
    "network.scoring_s": 6.0,
    "network.window_s": 6.0,
    "rules.inhibitory.step": 1e-2,  # in six seconds, large steps show what small ones do in a minute
    "rules.inhibitory.sd": 1.0,
    "rules.inhibitory.tau_scale_ms": 20.0,
    "rules.inhibitory.tau_sd": 0.3,
    "data.count": 2,
    "data.refresh": 1,
    "search.name": "cma",
    "search.population": 12,
    "search.sigma0": 0.5,
    "search.l1": 0.0,
    "search.average": 5,
    "search.restarts.most": 0,
    "held_out.count": 6,
    "held_out.random_rules": 8,
}


def test_a_search_finds_ojas_rule(tmp_path):
    """Among ten terms, from a rule far away: within 15 degrees, with coefficients that cancel, and a loss near zero."""
    run = plastica.run("oja", OJA, out=tmp_path / "run")
    began = angles_to_targets(run.task, np.array(run.records()[0]["favourite"]))["feedforward"]
    summary = run.summary()
    held_out = summary["held_out"]
    assert began > 60
    assert summary["angle_deg"]["feedforward"] < 15
    assert summary["theta"]["feedforward.A110"] > 0.5
    assert held_out["loss"] < 0.02
    assert held_out["baselines"]["no_plasticity"] > 0.5
    assert held_out["baselines"]["random_rules"] > 0.5


def test_a_search_finds_a_rule_that_holds_a_rate(tmp_path):
    """From a rule that silences the neuron, among others that let it burst: on inputs that no candidate saw, the neuron
    fires at 5 Hz, within 1 Hz."""
    run = plastica.run("inhibitory-balance", RATE, out=tmp_path / "run")
    favourite, *candidates = run.records()[0]["loss"]
    held_out = run.summary()["held_out"]
    rates = {name: row["metrics"]["rate_hz"] for name, row in held_out["details"].items()}
    assert favourite > 200
    assert np.median(candidates) > 20
    assert abs(rates["learned"] - 5.0) < 1
    assert held_out["loss"] < 0.5
    assert rates["no_plasticity"] > 50
    assert held_out["baselines"]["random_rules"] > 30
