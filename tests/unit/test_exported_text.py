"""Formulas as text of other languages: Python computes the same from it, sums and shared parts keep their worth."""

import math
import re
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from plastica.errors import UserError
from plastica.exports.brian2.code import BRIAN2, allowed, code
from plastica.exports.names import BRIAN2_TAKEN, is_unit
from plastica.exports.nestml import NESTML
from plastica.exports.networks.recurrent import check_neuron
from plastica.exports.python_text import NUMPY as AS_NUMPY
from plastica.exports.written import factored, renamed, sum_lines, written
from plastica.inner.recurrent.network import RecurrentNetwork
from plastica.rules.expression import absolute, exp, log, maximum, minimum, name, number, sqrt, tanh, where
from plastica.rules.grammar import parse
from plastica.rules.readers import NUMPY, read

NAMES = ("x", "y", "w")
VALUES = {"x": np.float64(0.7), "y": np.float64(-1.3), "w": np.float64(0.4)}
LEAVES = st.sampled_from(NAMES).map(name) | st.floats(-3, 3, allow_subnormal=False).map(number)


def _larger(trees):
    one = st.sampled_from([lambda a: -a, exp, log, tanh, sqrt, absolute])
    two = st.sampled_from(
        [lambda a, b: a + b, lambda a, b: a - b, lambda a, b: a * b, lambda a, b: a / b, minimum, maximum]
    )
    return (
        st.builds(lambda f, a: f(a), one, trees)
        | st.builds(lambda f, a, b: f(a, b), two, trees, trees)
        | st.builds(lambda a, n: a**n, trees, st.sampled_from([2, 3, -1, 0.5]))
        | st.builds(lambda a, b, c, d: where(a < b, c, d), trees, trees, trees, trees)
    )


TREES = st.recursive(LEAVES, _larger, max_leaves=12)


def worth(text):
    """What numpy makes of it, whose numbers divide by zero, too."""
    boxed = re.sub(r"(?<![\w.])\d[\d.]*(e[-+]?\d+)?", r"np.float64(\g<0>)", text)
    with np.errstate(all="ignore"):
        return float(eval(boxed, {"np": np}, VALUES))


@given(TREES)
def test_python_computes_the_same(tree):
    """Of any formula, on one line and over several: the same but for the order of sums."""
    with np.errstate(all="ignore"):
        expected = float(read(tree, NUMPY, VALUES))
    if math.isfinite(expected) and abs(expected) < 1e6:
        for text in (written(tree, AS_NUMPY), " ".join(sum_lines(tree, AS_NUMPY, 20))):
            assert worth(text) == pytest.approx(expected, rel=1e-6, abs=1e-6)


@pytest.mark.parametrize(
    ("tree", "python", "brian2", "nestml"),
    [
        ("a - (b - c)", "a - (b - c)", "a - (b - c)", "a - (b - c)"),
        ("a + (b + c)", "a + b + c", "a + b + c", "a + b + c"),
        ("a/(b*c)", "a/(b*c)", "a/(b*c)", "a/(b*c)"),
        ("(-a)**2", "(-a)**2", "(-a)**2", "(-a)**2"),
        ("a**(-b)", "a**(-b)", "a**(-b)", "a**(-b)"),
        ("where(a > 0, b, c)", "np.where(a > 0.0, b, c)", "where(int(a > 0.0), b, c)", "(a > 0.0 ? b : c)"),
        ("minimum(a, b)", "np.minimum(a, b)", "clip(a, -inf, b)", "min(a, b)"),
        ("log(a)", "np.log(a)", "log(a)", "ln(a)"),
        ("sqrt(a + b)", "np.sqrt(a + b)", "sqrt(a + b)", "((a + b)**0.5)"),
        ("0.1*a", "0.1*a", "0.1*a", "0.1*a"),
    ],
)
def test_each_language_has_its_words(tree, python, brian2, nestml):
    for language, text in ((AS_NUMPY, python), (BRIAN2, brian2), (NESTML, nestml)):
        assert written(parse(tree), language) == text


def test_numbers_keep_all_their_digits():
    assert written(number(0.1 + 0.2) * name("x"), AS_NUMPY) == "0.30000000000000004*x"


def test_a_long_sum_has_lines_that_begin_with_their_sign():
    lines = sum_lines(parse("a*x - b*y + c*w - (d - x)"), AS_NUMPY, 12)
    assert lines == ["a*x - b*y", "+ c*w - d", "+ x"]
    statements = code("change", parse(" + ".join(f"a{k}*x" for k in range(40)) + " - b"), {})
    assert statements[0].startswith("change = a0*x + ")
    assert all(line.startswith("change += ") and len(line) < 110 for line in statements[1:])
    assert statements[-1].endswith(" - b")


def test_what_is_long_and_stands_twice_has_a_name():
    """As the units of a perceptron's first layer."""
    unit = tanh(name("a") + name("b") * name("x") + name("c") * name("y") + name("d") * name("w"))
    parts, whole = factored(unit * 2 + unit**3, "part")
    assert parts == {"part1": unit}
    assert whole == name("part1") * 2 + name("part1") ** 3


def test_names_that_mean_something_are_changed_and_stay_apart():
    assert renamed(["np", "np_", "a"], ["np"]) == {"np": "np__", "np_": "np_", "a": "a"}
    names = allowed(["x_pre", "x_post", "y_slow"], ["ms", "v_post", "N", "tau_pre", "_low", "alpha", "mV2"])
    assert [names[word] for word in ("x_pre", "x_post", "y_slow", "tau_pre", "alpha")] == [
        "xpre", "xpost", "y_slow", "tau_pre", "alpha",
    ]  # fmt: skip
    assert len(set(names.values())) == len(names)
    for word in names.values():
        assert word not in BRIAN2_TAKEN
        assert not is_unit(word)
        assert not word.startswith("_")


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({"neuron": "cvaif"}, "plastica writes the neurons tif and if, and network.neuron = cvaif: take --to json"),
        ({"input_radius": 8.0}, "plastica writes no network.input_radius, and this network has some: take --to json"),
        ({"weight_max": (10.0, 20.0)}, "one bound of weights, and network.weight_max is a range: take --to json"),
    ],
)
def test_a_recurrent_network_that_scripts_do_not_have_is_refused(settings, sentence):
    with pytest.raises(UserError, match=sentence):
        check_neuron(SimpleNamespace(network=RecurrentNetwork(**settings)), "brian2")
