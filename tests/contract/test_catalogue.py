"""What every rule of the catalogue keeps: formulas that all readers read, published numbers, factors, and a source."""

import json
from itertools import product

import jax
import numpy as np
import pytest
import sympy
from numba import njit

from plastica.analysis.resemblance import Found, resemblance
from plastica.config import load
from plastica.errors import UserError
from plastica.inner.compiled_formula import Formula as Compiled
from plastica.inner.compiled_formula import apply
from plastica.inner.keys import Key
from plastica.inner.neuron.network import SpikingNeuron
from plastica.inner.neuron.vogels_input import VogelsInput
from plastica.inner.pair_form import pair_form
from plastica.inner.rate.gaussian import GaussianData
from plastica.inner.rate.network import RateNetwork
from plastica.inner.spiking_rules import time_constants, within_limits
from plastica.inner.stepwise.taught_neuron import Lessons, TaughtNeuron
from plastica.rules import RULES
from plastica.rules.catalogue import CATALOGUE, entry_of
from plastica.rules.described import described
from plastica.rules.equation import are_coefficients, equation, left_side
from plastica.rules.formula import Formula, formula_of
from plastica.rules.perceptron import Perceptron
from plastica.rules.quantities import TRACES, WORDS, check_names
from plastica.rules.readers import NUMPY, jax_reader, read, sympy_reader
from plastica.rules.spike_pair import SpikePair, postsynaptic, vogels_2011
from plastica.rules.volterra import USUAL, Volterra

# Every rule once more, by hand: the change of a weight with the published numbers.
RATES = {
    "oja": lambda x, y, w: x * y - y * y * w,
    "hebb": lambda x, y: x * y,
    "anti_hebb": lambda x, y: -x * y,
    "hebb_decay": lambda x, y, w: x * y - w,
    "anti_hebb_decay": lambda x, y, w: -x * y - w,
    "instar": lambda x, y, w: y * (x - w),
    "outstar": lambda x, y, w: x * (y - w),
    "bcm_fixed_threshold": lambda x, y: x * y * (y - 1),
    "delta": lambda x, e: e * x,
    "covariance": lambda x, y: (x - 1 / 5) * (y - 1 / 5),
    "hopfield": lambda x, y: (2 * x - 1) * (2 * y - 1) / 4,
    "hyvarinen_oja": lambda x, y: x * (9 / 5 * y - y**3),
    "none": lambda: 0.0,
    "bcm_sliding": lambda x, y, y2_mean: x * (y**2 - y * y2_mean),
    "law_cooper": lambda x, y, y2_mean: x * (y**2 / y2_mean - y),
    "sanger": lambda x, y, w, x_earlier: y * (x - (x_earlier + y * w)),
    "foldiak": lambda x, y: 0.1**2 - x * y,
    "apex": lambda x, y, w: -y * (x + y * w),
    "minor_component": lambda x, y, w: -y * (x - y * w),
    "yuille": lambda x, y, w, w2_sum: x * y - w * w2_sum,
    "subtractive_normalization": lambda x, y, x_average: x * y - x_average * y,
    "sejnowski_covariance": lambda x, y, x_mean, y_mean: (y - y_mean) * (x - x_mean),
    "presynaptic_gating": lambda x, y: x * (y - 1),
    "postsynaptic_gating": lambda x, y: y * (x - 1),
    "hebb_soft_bound": lambda x, y, w: (1 - w) * x * y,
    "artola_brocher_singer": lambda x, y: np.select([y > 1, y > 0.5], [x, -x], 0.0),
    "nonlinear_pca": lambda x, y, w: np.tanh(y) * (x - np.tanh(y) * w),
    "homeostatic_scaling": lambda y, w: w * (1 - y),
}
# After a presynaptic and after a postsynaptic spike; r and o are traces of either side, q and p the slow ones.
SPIKES = {
    "vogels_2011": (lambda o: 1e-3 * (o - 2 * 5 * 0.02), lambda r: 1e-3 * r),
    "postsynaptic": (lambda: -3e-3 * 5 / 21, lambda: 3e-3),
    "presynaptic": (lambda o: 1e-3 * (o - 5 * 0.02), lambda: 0.0),
    "song_2000": (lambda o: -0.00525 * o, lambda r: 0.005 * r),
    "bi_poo": (lambda o: -0.273 * o, lambda r: 0.777 * r),
    "anti_hebbian_stdp": (lambda o: 0.005 * o, lambda r: -0.005 * r),
    "symmetric_istdp": (lambda o: 0.005 * o, lambda r: 0.005 * r),
    "woodin_2003": (lambda o, p: 0.005 * o - 0.002 * p, lambda r, q: 0.005 * r - 0.002 * q),
    "luz_shamir_2012": (
        lambda w, o: -0.00105 * w**0.01 * o,
        lambda w, r: 0.001 * np.where(w < 1, abs(1 - w), 0) ** 0.01 * r,
    ),
    "kempter_1999": (lambda o: 0.001 - 0.005 * o, lambda r: 0.005 * r - 0.001),
    "triplet_visual_cortex": (
        lambda o, q: -o * 7e-3 - o * q * 2.3e-4,
        lambda r, p: r * 5e-10 + r * p * 6.2e-3,
    ),
    "triplet_hippocampus": (lambda o, q: -o * 1.6e-3 - o * q * 1.4e-3, lambda r, p: r * 6.1e-3 + r * p * 6.7e-3),
    "triplet_minimal": (lambda o: -7.1e-3 * o, lambda r, p: 6.5e-3 * r * p),
    "van_rossum_2000": (lambda w, o: -0.003 * w * o, lambda r: 0.007 * r),
    "rubin_2001": (lambda w, o: -0.005 * w * o, lambda w, r: 0.005 * (1 - w) * r),
    "gutig_2003": (
        lambda w, o: -0.00525 * np.sqrt(w) * o,
        lambda w, r: 0.005 * np.sqrt(np.where(w < 1, abs(1 - w), 0)) * r,
    ),
    "morrison_2007": (lambda w, o: -0.011 * w * o, lambda w, r: 0.1 * w**0.4 * r),
}
LETTERS = {"r": "x_pre", "o": "x_post", "q": "x_slow", "p": "y_slow"}
TAUS = {  # ms, by trace
    "vogels_2011": {"x_pre": 20, "x_post": 20},
    "presynaptic": {"x_post": 20},
    "bi_poo": {"x_pre": 16.8, "x_post": 33.7},
    "woodin_2003": {"x_pre": 20, "x_post": 20, "x_slow": 50, "y_slow": 50},
    "triplet_visual_cortex": {"x_pre": 16.8, "x_post": 33.7, "x_slow": 101, "y_slow": 125},
    "triplet_hippocampus": {"x_pre": 16.8, "x_post": 33.7, "x_slow": 946, "y_slow": 27},
    "triplet_minimal": {"x_pre": 16.8, "x_post": 33.7, "y_slow": 114},
    "postsynaptic": {},
}
POLYNOMIALS = [name for name in RATES if CATALOGUE[name].terms(CATALOGUE[name].variables) is not None]
GENERAL = [name for name in SPIKES if pair_form(formula_of(CATALOGUE[name])) is None]
every_entry = pytest.mark.parametrize("entry", CATALOGUE.values(), ids=CATALOGUE)


def by_hand(entry, values):
    """{event: change of the weight}."""
    if entry.name in RATES:
        functions = {"change": RATES[entry.name]}
    else:
        functions = dict(zip(("on_pre", "on_post"), SPIKES[entry.name], strict=True))
    changes = {}
    for event, function in functions.items():
        words = function.__code__.co_varnames[: function.__code__.co_argcount]
        changes[event] = np.broadcast_to(function(*(values[LETTERS.get(word, word)] for word in words)), 50)
    return changes


def drawn(entry, generator):
    """Fifty values of all that an entry reads; weights, traces and averages of squares are not negative."""
    words = [*entry.reads, *(trace.name for trace in entry.traces)]
    draw = {word: generator.uniform(-2, 2, 50) for word in words}
    return {word: abs(value) if word not in ("x", "y", "e") else value for word, value in draw.items()}


def test_there_are_enough_and_each_was_written_by_hand():
    """At least 25, over rates and spikes; this file has every one, and a time constant for each trace."""
    assert len(CATALOGUE) >= 25
    assert {*RATES, *SPIKES} == set(CATALOGUE)
    assert not set(RATES) & set(SPIKES)
    for name in SPIKES:
        entry = CATALOGUE[name]
        usual = dict.fromkeys((trace.name for trace in entry.traces), 20)
        assert {trace.name: trace.tau for trace in entry.held_traces} == TAUS.get(name, usual)


@every_entry
def test_its_formulas_are_those_of_the_literature(entry, generator):
    """As an expression of its parameters, and held fixed: the same numbers as by hand."""
    values = drawn(entry, generator)
    for event, wanted in by_hand(entry, values).items():
        before = values["w"] if event != "change" else 0.0
        for tree in (entry.formulas[event], entry.held[event]):
            found = read(tree, NUMPY, {**entry.parameters, **values}) - before
            np.testing.assert_allclose(np.broadcast_to(found, 50), wanted, rtol=1e-9, atol=1e-12)


@njit
def compiled(formula, quantities, parameters):
    return apply(formula, quantities, parameters, 0)


@every_entry
def test_all_readers_read_it(entry, generator):
    """JAX and sympy as numpy does; and compiled code, where there is more than sums and products."""
    values = {**drawn(entry, generator), **{name: np.full(50, value) for name, value in entry.parameters.items()}}
    for event, tree in entry.formulas.items():
        given = {word: values[word] for word in tree.names}
        wanted = np.broadcast_to(read(tree, NUMPY, given), 50)
        with jax.enable_x64(True):
            np.testing.assert_allclose(np.broadcast_to(read(tree, jax_reader(), given), 50), wanted, rtol=1e-9)
        symbols = {word: sympy.Symbol(word, real=True) for word in tree.names}
        by_sympy = sympy.lambdify(list(symbols.values()), read(tree, sympy_reader(), symbols), "numpy")
        np.testing.assert_allclose(np.broadcast_to(by_sympy(*given.values()), 50), wanted, rtol=1e-9, atol=1e-12)
        if any(word in str(entry.change or getattr(entry, event)) for word in ("tanh", "where", "maximum", "**mu")):
            formula = Compiled(tree, ("w", *(word for word in given if word != "w")), ())
            first = [value[:1] for word, value in given.items() if word != "w"]
            places = (float(values["w"][0]) if "w" in values else 0.0, *(float(value[0]) for value in first))
            assert compiled(formula, places, np.zeros(1)) == pytest.approx(wanted[0], rel=1e-9)


@every_entry
def test_it_says_where_it_is_from(entry):
    """A title, a source with its year, and equations for what no network offers."""
    assert entry.title
    assert entry.name == "none" or any(str(year) in entry.source for year in range(1900, 2027))
    assert set(entry.further) == {word for word in entry.reads if word not in WORDS}
    for quantity, text in entry.further.items():
        assert quantity in text
        assert "=" in text


@every_entry
def test_its_factors_only_multiply(entry, generator):
    """The change is a sum of one part for each factor, in proportion to it, and no part is zero; none is negative as
    published, and constants are above zero, so that their logarithms can be searched."""
    values, nothing = drawn(entry, generator), dict.fromkeys(entry.factors, 0.0)
    factors = {name: float(generator.uniform(0.5, 2)) for name in entry.factors}
    for tree, before in [(tree, 0.0 if entry.change else values["w"]) for tree in entry.formulas.values()]:

        def change(given, tree=tree, before=before):
            return read(tree, NUMPY, {**values, **entry.constants, **given}) - before

        parts = [change({**nothing, name: factors[name]}) for name in factors]
        np.testing.assert_allclose(change(factors), sum(parts, change(nothing)), atol=1e-12)
        np.testing.assert_allclose(change(nothing), 0.0, atol=1e-15)
        for name, part in zip(factors, parts, strict=True):
            np.testing.assert_allclose(change({**nothing, name: 2 * factors[name]}), 2 * part, atol=1e-12)
    assert all(value > 0 for value in entry.parameters.values())


@every_entry
def test_it_is_a_rule_whose_numbers_can_be_searched(entry):
    """`formula_of` gives a rule of the config: its factors are coefficients, the rest are logarithms, and its own known
    rule is the entry as published."""
    rule = formula_of(entry)
    check_names(rule)
    assert Formula.model_validate_json(rule.model_dump_json()) == rule
    names = [parameter.name for parameter in rule.parameters()]
    assert set(names) == set(entry.parameters)
    assert dict(zip(names, rule.known(entry.name), strict=True)) == pytest.approx(entry.parameters)
    logarithms = [parameter.name for parameter in rule.parameters() if parameter.transform == "log"]
    assert set(logarithms) == set(entry.constants)
    assert {name for name, one in zip(names, are_coefficients(rule), strict=True) if one} == set(entry.factors)
    assert rule.formulas == entry.formulas


@every_entry
def test_any_kind_of_rule_is_held_at_it(entry):
    """`fixed` means the same in all kinds: no parameters, the entry's formulas and time constants."""
    for kind in RULES.values():
        rule = kind(fixed=entry.name)
        assert (rule.parameters(), rule.formulas, rule.traces) == ((), entry.held, entry.held_traces)
        assert kind.model_validate_json(rule.model_dump_json()) == rule
        assert left_side(rule) == ("dw / eta" if entry.change else "dw / dt")
        assert equation(rule, np.zeros(0)) == equation(Formula(fixed=entry.name), np.zeros(0))


@every_entry
def test_it_is_at_no_angle_to_itself(entry):
    """Nor at another scale; its factors are found again."""
    if entry.name == "none":
        return
    rule = formula_of(entry)
    theta = np.array([entry.parameters[p.name] * (3 if p.name in entry.factors else 1) for p in rule.parameters()])
    found = resemblance(Found(rule, theta), entry)
    assert found.angle_deg < 1e-4
    assert found.angle_free_deg < 1e-4
    assert found.factors == pytest.approx(
        {name: 3 * value for name, value in entry.factors.items()}, rel=1e-4, abs=1e-8
    )


def test_an_unknown_name_is_answered_with_a_near_one():
    with pytest.raises(
        ValueError, match="ojo is not a known rule: did you mean oja\\? `plastica rules` lists them all"
    ):
        entry_of("ojo")
    with pytest.raises(ValueError, match=r"^zzzz is not a known rule: `plastica rules` lists them all$"):
        entry_of("zzzz")


def test_it_can_be_told_as_plain_data():
    """One object by name, with all that an entry says."""
    told = json.loads(json.dumps(described(), allow_nan=False))
    assert list(told) == list(CATALOGUE)
    assert told["oja"]["equation"] == "-1.0*w*y**2 + 1.0*x*y"
    assert told["song_2000"]["parameters"]["tau_pre"] == {"value": 20.0, "unit": "ms", "is_factor": False}
    assert told["song_2000"]["parameters"]["a"] == {"value": 0.005, "unit": "1/spike", "is_factor": True}
    assert told["sanger"]["further"]["x_earlier"].startswith("x_earlier_j = sum_k")


# What families can express.


@pytest.mark.parametrize("name", POLYNOMIALS)
def test_a_polynomial_holds_its_coefficients_and_nothing_else(name):
    """At every order that suffices, in the variables that it reads; a lower order is refused."""
    entry = CATALOGUE[name]
    variables = entry.variables or ("w",)
    terms = entry.terms(variables)
    lowest = max([1, *(max(powers) for powers in terms)])
    for order in range(lowest, lowest + 2):
        rule = Volterra(order=order, variables=variables)
        theta = dict(zip((p.name for p in rule.parameters()), rule.known(name), strict=True))
        wanted = {f"A{''.join(map(str, powers))}": value for powers, value in terms.items()}
        assert {term: value for term, value in theta.items() if value} == wanted
    if lowest > 1:
        with pytest.raises(ValueError, match=f"the {name} rule needs order {lowest}"):
            Volterra(order=1, variables=variables).known(name)


@pytest.mark.parametrize("name", POLYNOMIALS)
def test_masks_keep_it_or_refuse_it(name):
    """With exactly its terms it can be expressed; without one of them it can't."""
    entry = CATALOGUE[name]
    terms = tuple("".join(map(str, powers)) for powers in entry.terms(entry.variables)) if entry.variables else ()
    if terms:
        order, variables = max(int(digit) for term in terms for digit in term), entry.variables
        kept = Volterra(order=order, terms=terms, variables=variables)
        assert np.count_nonzero(kept.known(name)) == len(terms)
        every = ("".join(digits) for digits in product("01234"[: order + 1], repeat=len(variables)))
        others = tuple(term for term in every if term != terms[0])
        with pytest.raises(ValueError, match="leaves out"):
            Volterra(order=order, terms=others, variables=variables).known(name)


def test_families_refuse_what_they_cannot_express():
    """In one sentence each, with the reason."""
    refused = [
        (Volterra(), "song_2000", "the song_2000 rule is no polynomial"),
        (Volterra(), "nonlinear_pca", "the nonlinear_pca rule is no polynomial"),
        (Volterra(), "delta", "the delta rule needs e among the variables"),
        (Volterra(), "sanger", "the sanger rule needs x_earlier among the variables"),
        (Volterra(), "ojo", "did you mean oja"),
        (SpikePair(), "oja", "the oja rule is no spike-pair rule"),
        (SpikePair(), "rubin_2001", "the rubin_2001 rule is no spike-pair rule"),
        (SpikePair(), "triplet_minimal", "no spike-pair rule"),
        (Perceptron(), "oja", "the oja rule is no perceptron"),
    ]
    for rule, name, sentence in refused:
        with pytest.raises(ValueError, match=sentence):
            rule.known(name)


def test_rules_of_old_names_have_the_numbers_that_they_had():
    """Bit for bit, for runs that hold them: what multiplies out is not left with the rounding of a product."""
    np.testing.assert_array_equal(SpikePair().known("vogels_2011"), vogels_2011())
    np.testing.assert_array_equal(SpikePair().known("postsynaptic"), postsynaptic())
    covariance = Volterra(order=1, terms=("000", "100", "010", "110")).known("covariance")
    assert covariance.tolist() == [0.04, -0.2, -0.2, 1.0]
    assert Volterra(order=3, terms=("110", "130")).known("hyvarinen_oja").tolist() == [1.8, -1.0]


@pytest.mark.parametrize("name", [name for name in SPIKES if name not in GENERAL])
def test_a_spike_pair_rule_acts_as_the_entry_does(name, generator):
    """All six parameters, by the numbers of the entry."""
    entry, rule = CATALOGUE[name], SpikePair()
    theta = dict(zip((p.name for p in rule.parameters()), rule.known(name), strict=True))
    values = {**drawn(entry, generator), **{trace.name: generator.uniform(0, 2, 50) for trace in TRACES}}
    for event, wanted in by_hand(entry, values).items():
        found = read(rule.formulas[event], NUMPY, {**theta, **values}) - values["w"]
        np.testing.assert_allclose(np.broadcast_to(found, 50), wanted, atol=1e-12)
    assert {t.name: theta[t.tau] for t in rule.traces if t.name in [own.name for own in entry.traces]} == {
        trace.name: trace.tau for trace in entry.held_traces
    }


# Held fixed, in a network.


def simulated(network, data, rule, theta):
    (connection,) = network.connections
    dataset = network.dataset(data, {connection: rule}, Key(1, "search"))
    network.check(data, {connection: rule})
    return network.simulate({connection: rule}, {connection: theta[None]}, [dataset])


@pytest.mark.parametrize("name", [name for name in RATES if set(CATALOGUE[name].reads) <= set(USUAL)])
def test_held_fixed_a_rate_network_trains_as_with_its_theta(name):
    """`fixed` takes the rule out of the search and leaves the training the same: bit for bit by the kernels of
    polynomials; what is no polynomial is left to JAX here, as kernels of its own take long to compile."""
    polynomial = name in POLYNOMIALS
    network = RateNetwork(updates=10, eta=0.01, initial_norm=2.0, activation="linear" if polynomial else "tanh")
    free = Volterra(order=3) if polynomial else formula_of(CATALOGUE[name])
    one, two = (
        simulated(network, GaussianData(batches=2), rule, theta)
        for rule, theta in ((free, free.known(name)), (Volterra(fixed=name), np.zeros(0)))
    )
    np.testing.assert_allclose(one.w, two.w, rtol=0 if polynomial else 1e-6)
    assert (one.w != simulated(network, GaussianData(batches=2), Volterra(fixed="none"), np.zeros(0)).w).any() or (
        name == "none"
    )


@pytest.mark.slow
@pytest.mark.parametrize("name", ["artola_brocher_singer", "nonlinear_pca"])
def test_held_fixed_by_the_kernels_for_any_formula(name):
    free = formula_of(CATALOGUE[name])
    one, two = (
        simulated(RateNetwork(updates=10), GaussianData(batches=2), rule, theta)
        for rule, theta in ((free, free.known(name)), (Volterra(fixed=name), np.zeros(0)))
    )
    np.testing.assert_allclose(one.w, two.w, rtol=1e-6)


def test_held_fixed_where_there_is_an_error():
    free = Volterra(order=1, variables=("x", "e"))
    one, two = (
        simulated(TaughtNeuron(updates=10), Lessons(), rule, theta)
        for rule, theta in ((free, free.known("delta")), (Formula(fixed="delta"), np.zeros(0)))
    )
    np.testing.assert_allclose(one.state["feedforward"], two.state["feedforward"], atol=1e-6)


NEURON = SpikingNeuron(training_s=0.4, scoring_s=0.3, window_s=0.2)


@pytest.mark.parametrize("name", [pytest.param(n, marks=[pytest.mark.slow] if n in GENERAL else []) for n in SPIKES])
def test_held_fixed_a_spiking_network_trains_as_with_its_theta(name):
    """Weights and spikes, bit for bit; formulas that are not Eq. (14) have kernels of their own, slow to compile."""
    free = formula_of(CATALOGUE[name])
    one, two = (
        simulated(NEURON, VogelsInput(), rule, theta)
        for rule, theta in ((free, free.known(name)), (SpikePair(fixed=name), np.zeros(0)))
    )
    np.testing.assert_array_equal(one.weights, two.weights)
    assert one.spikes == two.spikes
    assert (one.weights != NEURON.dataset(VogelsInput(), {"inhibitory": free}, Key(1, "search")).initial_weights).any()


@pytest.mark.parametrize("name", GENERAL)
def test_held_fixed_its_time_constants_reach_the_kernels(name):
    """Behind the parameters, of which there are none."""
    rule = SpikePair(fixed=name)
    NEURON.check(VogelsInput(), {"inhibitory": rule})
    packed = within_limits(rule, np.zeros((3, 0)))
    pre, post = time_constants(rule)
    taus = {trace.name: trace.tau for trace in rule.traces}
    assert packed[:, pre].tolist() == 3 * [[taus[t.name] for t in rule.traces if t.side == "pre"]]
    assert packed[:, post].tolist() == 3 * [[taus[t.name] for t in rule.traces if t.side == "post"]]


def test_a_rule_that_reads_more_than_there_is_is_refused_in_one_sentence():
    """It names the key, what is missing and what there is."""
    with pytest.raises(UserError) as caught:
        load("principal-components", {"rules.lateral.fixed": "sanger"})
    assert str(caught.value) == (
        'rules.lateral.fixed = "sanger" reads x_earlier, and this network offers x, y, w: '
        "choose another of the rules that `plastica rules` lists"
    )
    with pytest.raises(UserError) as caught:
        load("principal-components", {"rules.lateral.fixed": "vogels_2011"})
    assert str(caught.value).startswith('rules.lateral.fixed = "vogels_2011" states on_pre, on_post, and this network')


def test_a_kind_needs_no_more_than_the_name():
    """In a config, for any kind: a formula that is held has no text of its own."""
    config = load("principal-components", {"rules.lateral": {"kind": "formula", "fixed": "foldiak"}})
    assert config.composed.space.size == 27
    assert str(equation(config.composed.rules["lateral"], np.zeros(0))) == "-1.0*x*y + 0.01"
