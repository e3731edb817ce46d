"""What every kind of rule keeps: a value of the config, named parameters, and formulas that all readers read alike."""

import json
import pickle
import tomllib

import jax
import numpy as np
import pytest
import sympy
from numba import njit

from plastica.config import load, parse
from plastica.inner.compiled_formula import Formula as Compiled
from plastica.inner.compiled_formula import apply
from plastica.rules import RULES
from plastica.rules.base import KIND, Space
from plastica.rules.equation import are_coefficients, equation, left_side
from plastica.rules.formula import formula
from plastica.rules.perceptron import Perceptron
from plastica.rules.quantities import check_names
from plastica.rules.readers import NUMPY, jax_reader, read, sympy_reader
from plastica.rules.spike_pair import SpikePair
from plastica.rules.spike_perceptron import SpikePerceptron
from plastica.rules.spike_polynomial import SpikePolynomial
from plastica.rules.volterra import Volterra

TRIPLET = formula(  # Pfister & Gerstner 2006, with every function beside it
    on_pre="w - where(y_slow > 0.5, a2*x_post, minimum(a3, abs(x_post))*exp(-w)) + sqrt(1 + x_fast**2)/tau_fast",
    on_post="w + x_pre*(b2 + b3*y_slow) - maximum(0, tanh(b2)) + log(2 + w)**-2",
    traces={"y_slow": {"side": "post", "tau": "tau_slow"}, "x_fast": {"side": "pre", "tau": "tau_fast"}},
    parameters={"b3": {"scale": 0.5}},
    known={"pairs": {"a2": 1.0, "b2": 2.0}},
)
EXAMPLES = {
    "volterra": Volterra(),
    "volterra, fixed": Volterra(fixed="oja"),
    "volterra, of two": Volterra(variables=("w", "x"), terms=("11", "02", "20")),
    "volterra, the most terms": Volterra(order=4),
    "perceptron": Perceptron(),
    "perceptron, frozen": Perceptron(hidden=(4, 3, 2), activation="sigmoid", frozen=True, variables=("x", "w")),
    "formula": formula(change="a*x*y - where(y >= th, b*y**2*w, -c/(1 + w**2))", known={"none": {}}),
    "formula, of spikes": TRIPLET,
    "spike-pair": SpikePair(),
    "spike-polynomial": SpikePolynomial(),
    "spike-polynomial, released": SpikePolynomial(released=True),
    "spike-perceptron": SpikePerceptron(hidden=(5, 3)),
}
every_rule = pytest.mark.parametrize("rule", EXAMPLES.values(), ids=EXAMPLES)


def test_there_is_an_example_of_each_kind():
    """And the word for it is in the comment of the config."""
    assert {rule.kind for rule in EXAMPLES.values()} == set(RULES)
    assert all(kind in KIND for kind in RULES)


@every_rule
def test_it_is_a_value(rule):
    """Frozen, hashable, the same after pickling and after the trip through JSON."""
    again = type(rule).model_validate_json(rule.model_dump_json())
    for other in (pickle.loads(pickle.dumps(rule)), again):
        assert other == rule
        assert hash(other) == hash(rule)
        assert other.parameters() == rule.parameters()
        assert other.formulas == rule.formulas
    with pytest.raises(ValueError, match="frozen"):
        rule.kind = "another"


@every_rule
def test_its_names_are_its_own(rule):
    """Parameters are identifiers, each once, and what formulas hold beside them are traces and quantities."""
    check_names(rule)
    parameters = {parameter.name for parameter in rule.parameters()}
    assert all(name.isidentifier() for name in parameters)
    assert {trace.tau for trace in rule.traces if isinstance(trace.tau, str)} <= parameters
    read_there = {name for tree in rule.formulas.values() for name in tree.names} - parameters
    traces = {trace.name for trace in rule.traces}
    assert read_there <= {"x", "y", "w", "v_post", "e_post", "i_post"} | traces
    assert set(rule.formulas) == ({"on_pre", "on_post"} if traces else {"change"})


def values_for(rule, generator, count=50):
    """Numbers for all names of a rule; time constants are positive."""
    thetas = Space(rule.parameters()).draw(generator, count)
    names = {name for tree in rule.formulas.values() for name in tree.names}
    values = {name: generator.uniform(0.1, 2.0, count) for name in sorted(names)}
    return values | {p.name: thetas[:, k] for k, p in enumerate(rule.parameters()) if p.name in names}


@njit
def compiled(formula, quantities, parameters):
    return apply(formula, quantities, parameters, 0)


def by_numba(rule, tree, values):
    """Compiled for numbers; what a kernel computes comes first, and w is always there."""
    parameters = tuple(parameter.name for parameter in rule.parameters())
    quantities = tuple(dict.fromkeys(["w", *(name for name in tree.names if name not in parameters)]))
    formula = Compiled(tree, quantities, parameters)
    return [
        compiled(
            formula,
            tuple(float(values[name][k]) if name in values else 0.0 for name in quantities),
            np.array([values[name][k] if name in values else 1.0 for name in parameters]),
        )
        for k in range(50)
    ]


@every_rule
def test_readers_agree(rule, generator):
    """numpy, JAX, sympy and compiled code, on fifty random rules at random places."""
    values = values_for(rule, generator)
    for tree in rule.formulas.values():
        wanted = np.broadcast_to(read(tree, NUMPY, values), 50)
        with jax.enable_x64(True):
            by_jax = jax.jit(lambda given, tree=tree: read(tree, jax_reader(), given))(values)
        symbols = {name: sympy.Symbol(name, real=True) for name in tree.names}
        by_sympy = sympy.lambdify(list(symbols.values()), read(tree, sympy_reader(), symbols), "numpy")
        np.testing.assert_allclose(np.broadcast_to(by_jax, 50), wanted, rtol=1e-12, atol=1e-15)
        given = [values[name] for name in symbols]
        np.testing.assert_allclose(np.broadcast_to(by_sympy(*given), 50), wanted, rtol=1e-10, atol=1e-14)
        np.testing.assert_allclose(by_numba(rule, tree, values), wanted, rtol=1e-10, atol=1e-14)


@every_rule
def test_its_equation_is_its_formula(rule, generator):
    """In numbers of three digits: the change, or what the spikes of either side add to the weight."""
    values = {name: float(value[0]) for name, value in values_for(rule, generator).items()}
    theta = Space(rule.parameters()).draw(generator, 1)[0]
    values |= {p.name: float(f"{value:.3g}") for p, value in zip(rule.parameters(), theta, strict=True)}
    rounded = np.array([values[p.name] for p in rule.parameters()])
    printed = equation(rule, rounded)
    for event, tree in rule.formulas.items():
        wanted = read(tree, NUMPY, values) - (values["w"] if event != "change" else 0)
        trains = {"S_pre": event == "on_pre", "S_post": event == "on_post"}
        found = float(printed.subs(values | {train: int(here) for train, here in trains.items()}))
        assert found == pytest.approx(wanted, rel=0.02, abs=0.02 * np.abs(rounded).max(initial=1.0))
    assert left_side(rule) == ("dw / eta" if "change" in rule.formulas else "dw / dt")
    assert sympy.latex(printed)


@every_rule
def test_terms_with_a_small_coefficient_are_left_out(rule, generator):
    """Setting small coefficients to zero is what a threshold does; nothing else moves."""
    theta = Space(rule.parameters()).draw(generator, 1)[0]
    chosen = are_coefficients(rule)
    threshold = float(np.median(np.abs(theta[chosen]))) if chosen.any() else 1.0
    cut = np.where(chosen & (np.abs(theta) <= threshold), 0.0, theta)
    assert equation(rule, theta, threshold) == equation(rule, cut)
    assert not chosen[[p.transform == "log" for p in rule.parameters()]].any()


def test_coefficients_only_multiply():
    """What stands in a denominator, a power, a comparison or a function is no coefficient: without it there is no
    formula, or another."""
    rule = formula(change="a*(b*x + c) - d*y/q + r**x + (s*y)**2 + exp(t*x) + where(y > u, v*x, f*w) + 2*(-g)*h")
    of = dict(zip((p.name for p in rule.parameters()), are_coefficients(rule).tolist(), strict=True))
    assert {name for name, is_one in of.items() if is_one} == {"a", "b", "c", "d", "v", "f", "g", "h"}


@every_rule
def test_a_config_holds_it(rule):
    """`kind` chooses it, the other keys are its own, and the text of the config comes back as the same config."""
    task = "oja" if "change" in rule.formulas else "inhibitory-balance"
    if not rule.parameters():
        pytest.skip("a fixed rule alone leaves nothing to search")
    connection, settings = "feedforward" if task == "oja" else "inhibitory", {}
    if any("v_post" in tree.names for tree in rule.formulas.values()):
        task, connection, settings = "recurrent-stability", "IE", {"network.neuron": "cvaif"}
    table = json.loads(rule.model_dump_json())
    config = load(task, {f"rules.{connection}": table, **settings})
    assert config.composed.rules[connection] == rule
    assert config.toml().count(f'kind = "{rule.kind}"') == 1
    assert (f"[rules.{connection}.parameters]\n" in config.toml()) == (rule.kind == "formula")  # a line each
    for comments in (True, False):
        assert parse(tomllib.loads(config.toml(comments))) == config
    assert [p.name for p in parse(tomllib.loads(config.toml())).composed.space.parameters] == [
        f"{connection}.{p.name}" for p in rule.parameters()
    ]


def test_another_kind_replaces_the_table_and_the_same_keeps_it():
    """The preset's own rule gives the defaults of its own kind; those of another kind are its own."""
    kept = load("inhibitory-balance", {"rules.inhibitory": {"kind": "spike-pair", "sd": 0.7}}).composed.rules
    assert (kept["inhibitory"].step, kept["inhibitory"].sd) == (1e-2, 0.7)
    for order in (1, -1):
        settings = [("rules.lateral.hidden", [3]), ("rules.lateral.kind", "perceptron")][::order]
        rules = load("principal-components", dict(settings)).composed.rules
        assert rules["lateral"] == Perceptron(hidden=(3,))
        assert rules["feedforward"] == Volterra()


def test_configs_without_a_kind_are_those_of_the_preset():
    """As version 0.1 wrote them."""
    text = load("principal-components").toml()
    lines = [line for line in text.splitlines() if not line.startswith("kind = ")]
    assert len(text.splitlines()) - len(lines) == 2
    assert parse(tomllib.loads("\n".join(lines))) == load("principal-components")
