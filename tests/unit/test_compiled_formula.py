"""Formulas in compiled code: worth what numpy says they are, for numbers and lanes, and kept on disk."""

import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numba import njit

from plastica.inner.compiled_formula import Formula, apply, is_unchanged
from plastica.inner.formula_cache import READ, kept_by_name
from plastica.inner.lanes import LANES, load, store
from plastica.rules.expression import absolute, exp, log, maximum, minimum, name, number, sqrt, tanh, where
from plastica.rules.readers import NUMPY, read

X, Y, A, B = map(name, ("x", "y", "a", "b"))
QUANTITIES, PARAMETERS = ("x", "y"), ("a", "b")
SPECIAL = np.array([0.0, -0.0, 1.0, -1.0, 0.5, 3.0, -2.0, 1e-3, 88.9, -88.0, 1e30, -1e30, np.inf, -np.inf, np.nan, 7.9])


@njit(nogil=True)
def in_lanes(formula, x, y, parameters, out):
    store(out, 0, apply(formula, (load(x, 0), load(y, 0)), parameters, 1))


@njit(nogil=True)
def in_numbers(formula, x, y, parameters):
    return apply(formula, (x, y), parameters, 1)


def lanes(tree, values, dtype=np.float32):
    """The tree for sixteen values of each name at once; parameters begin at the second row of their array."""
    arrays = {word: np.ascontiguousarray(values[word], dtype) for word in values}
    parameters = np.stack([np.full(LANES, np.nan, dtype), arrays["a"], arrays["b"]])
    out = np.empty(LANES, dtype)
    in_lanes(Formula(tree, QUANTITIES, PARAMETERS), arrays["x"], arrays["y"], parameters, out)
    return out


def by_numpy(tree, values):
    with np.errstate(all="ignore"):
        found = read(tree, NUMPY, {word: np.asarray(value, dtype=float) for word, value in values.items()})
    return np.broadcast_to(found, LANES)


leaves = st.one_of(st.sampled_from([X, Y, A, B]), st.floats(-3, 3).map(lambda value: number(round(value, 2))))


def grown(children):
    one = [lambda f=f: st.builds(f, children) for f in (exp, log, tanh, sqrt, absolute, lambda a: -a)]
    two = [
        lambda f=f: st.builds(f, children, children)
        for f in (
            lambda a, b: a + b,
            lambda a, b: a - b,
            lambda a, b: a * b,
            lambda a, b: a / b,
            lambda a, b: absolute(a) ** b,
            minimum,
            maximum,
        )
    ]
    compared = [lambda a, b: a < b, lambda a, b: a <= b, lambda a, b: a > b, lambda a, b: a >= b]
    chosen = st.builds(lambda f, a, b, c, d: where(f(a, b), c, d), st.sampled_from(compared), *(children,) * 4)
    whole = st.builds(lambda a, n: a**n, children, st.integers(-3, 6))
    return st.one_of(chosen, whole, *(make() for make in (*one, *two)))


@settings(max_examples=25)
@given(st.recursive(leaves, grown, max_leaves=10), st.integers(0, 10**6))
def test_any_formula_is_worth_what_numpy_says(tree, seed):
    """In double precision, for lanes and for numbers; what is not finite is the same too."""
    generator = np.random.default_rng(seed)
    values = {word: 2 * generator.standard_normal(LANES) for word in (*QUANTITIES, *PARAMETERS)}
    wanted, found = by_numpy(tree, values), lanes(tree, values, np.float64)
    small = np.abs(wanted) < 1e12  # beyond, cancellation decides
    np.testing.assert_allclose(found[small], wanted[small], rtol=1e-6, atol=1e-6)
    formula = Formula(tree, QUANTITIES, PARAMETERS)
    parameters = np.array([[np.nan] * LANES, values["a"], values["b"]]).T.copy()
    numbers = [in_numbers(formula, values["x"][k], values["y"][k], parameters[k]) for k in range(3)]
    np.testing.assert_allclose(numbers, found[:3], rtol=1e-12, atol=1e-12)


TREES = {
    "exp": exp(X),
    "log": log(X),
    "tanh": tanh(X),
    "sqrt": sqrt(X),
    "abs": absolute(X),
    "minimum": minimum(X, Y),
    "maximum": maximum(X, Y),
    "where": where(X < Y, X, A),
    "less or equal": where(X <= Y, X, A),
    "greater": where(X > Y, X, A),
    "greater or equal": where(X >= Y, X, A),
    "whole powers": X**3 + Y**-2,
    "large whole power": X**20,
    "power": X**Y,
    "to nothing": X**0,
    "quotient": X / Y,
    "fused": (X * Y - A * B) - (A - X * B) + (B + X * Y),
    "too large a number": A + number(1e300),
}


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("tree", TREES.values(), ids=TREES)
def test_each_operation_at_special_values(tree, dtype):
    """Zeros, infinities, what is not a number, and what overflows: as numpy has it."""
    for shift in range(0, LANES, 3):
        values = {"x": SPECIAL, "y": np.roll(SPECIAL, shift), "a": np.full(LANES, 2.0), "b": np.full(LANES, -1.5)}
        with np.errstate(all="ignore"):
            values = {word: value.astype(dtype).astype(float) for word, value in values.items()}
            wanted = by_numpy(tree, values).astype(dtype)
        found = lanes(tree, values, dtype)
        if tree is TREES["power"] and dtype == np.float32:  # where it says that it is another
            other = np.isnan(values["y"]) | (values["x"] == 0) & np.signbit(values["x"])
            wanted, found = (np.where(other, 0, one) for one in (wanted, found))
        tiny = np.abs(wanted) < 1e-30
        np.testing.assert_allclose(found[~tiny], wanted[~tiny], rtol=2e-5 if dtype == np.float32 else 1e-9)
        np.testing.assert_allclose(found[tiny], wanted[tiny], atol=1e-30)


@pytest.mark.parametrize(
    ("function", "values", "ulps"),
    [
        (exp, np.linspace(-87.3, 88.7, 40_000), 1.1),
        (log, np.exp(np.linspace(-103, 88, 40_000)), 1.0),
        (tanh, np.concatenate([np.linspace(-9, 9, 40_000), np.exp(np.linspace(-80, 2, 8000))]), 5.0),
    ],
    ids=["exp", "log", "tanh"],
)
def test_the_functions_for_lanes_are_as_exact_as_they_say(function, values, ulps):
    """Against float64, in units of the last place of float32."""
    x = values.astype(np.float32)
    parts = (dict.fromkeys("xyab", part) for part in x.reshape(-1, LANES))
    found = np.concatenate([lanes(function(X), part) for part in parts])
    with np.errstate(under="ignore"):
        wanted = {exp: np.exp, log: np.log, tanh: np.tanh}[function](x.astype(float))
    assert (np.abs(found - wanted) / np.spacing(np.abs(wanted).astype(np.float32))).max() <= ulps


def test_powers_for_lanes_are_as_exact_as_they_say():
    generator = np.random.default_rng(0)
    a = np.exp(generator.normal(0, 3, 20_000)).astype(np.float32).reshape(-1, LANES)
    b = generator.normal(0, 5, a.shape).astype(np.float32)
    for x, y in zip(a, b, strict=True):
        found, wanted = lanes(X**Y, {"x": x, "y": y, "a": x, "b": x}), x.astype(float) ** y.astype(float)
        usual = (wanted > 1.2e-38) & (wanted < 3e38)
        allowed = 2.0**-23 * (2 + np.abs(y * np.log(x.astype(float))))
        assert (np.abs(found / wanted - 1) <= allowed)[usual].all()


def test_formulas_that_differ_in_names_alone_share_a_type():
    one, same = Formula(X * A, ("x",), ("a",)), Formula(Y * B, ("y",), ("b",))
    other = Formula(X * A, ("x", "a"), ())
    assert one._numba_type_ is same._numba_type_
    assert one._numba_type_ is other._numba_type_  # the same places, whether quantities or parameters
    assert one._numba_type_ is not Formula(A * X, ("x",), ("a",))._numba_type_


def test_a_name_without_a_value_is_refused():
    with pytest.raises(ValueError, match="z, e is neither a quantity nor a parameter"):
        Formula(X + name("z") * name("e"), ("x",), ("a",))


def test_a_formula_that_leaves_its_quantity_as_it_is_is_known():
    unchanged = njit(lambda formula: is_unchanged(formula))
    assert unchanged(Formula(X, QUANTITIES, PARAMETERS))
    assert not unchanged(Formula(Y, QUANTITIES, PARAMETERS))
    assert not unchanged(Formula(X + 0, QUANTITIES, PARAMETERS))


def test_a_wide_formula_compiles():
    """As many operations as a formula may have."""
    tree = X
    for k in range(1600):
        tree = tree if k % 2 else tree + A * tanh(X * 0.001 * k + B)
        if tree.depth > 190:
            tree = tree * 0.5
            break
    values = {word: np.linspace(-1, 1, LANES) for word in "xyab"}
    np.testing.assert_allclose(lanes(tree, values), by_numpy(tree, values), rtol=1e-4)


KERNEL = """
import numpy as np
from numba import njit
from plastica.inner.compiled_formula import apply
from plastica.inner.formula_cache import kept_by_name

@kept_by_name
@njit(nogil=True, cache=True)
def kernel(formula, x, parameters):
    return apply(formula, (x,), parameters, 0)
"""
CALLS = """
import numpy as np
from kept_kernel import kernel
from plastica.inner import formula_cache
from plastica.inner.compiled_formula import Formula
from plastica.rules.expression import name, number
formula_cache.KEPT = {kept}
for k in {numbers}:
    tree = name("x") * name("a") + number(float(k))
    assert kernel(Formula(tree, ("x",), ("a",)), 2.0, np.array([3.0])) == 6.0 + k
stats = kernel.stats
print(sum(stats.cache_hits.values()), sum(stats.cache_misses.values()))
"""


@pytest.fixture
def calls(tmp_path):
    """A process that calls a kernel with some formulas: how many it found on disk, and how many it compiled."""
    (tmp_path / "kept_kernel.py").write_text(KERNEL)
    source = str(Path(__file__).parents[2] / "src")

    def start(numbers, kept=128):
        code = f"import sys; sys.path[:0] = [{str(tmp_path)!r}, {source!r}]" + CALLS.format(numbers=numbers, kept=kept)
        own = {**os.environ, "NUMBA_CACHE_DIR": str(tmp_path / "kept")}
        return subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True, env=own)

    return start


def counts(process):
    out, _ = process.communicate(timeout=120)
    assert process.returncode == 0
    return [int(word) for word in out.split()]


def test_compiled_formulas_are_kept_on_disk(calls):
    """A second process finds what the first compiled, for each of many formulas; a new one is compiled beside them."""
    assert counts(calls([0, 1, 2, 3, 4])) == [0, 5]
    assert counts(calls([0, 1, 2, 3, 4, 5])) == [5, 1]
    assert counts(calls([0, 1, 2, 3, 4, 5])) == [6, 0]


def test_no_more_compiled_formulas_are_kept_than_a_number(calls, tmp_path):
    """The oldest go; one that is used again is young."""
    assert counts(calls([0, 1, 2], kept=3)) == [0, 3]
    assert counts(calls([0, 3], kept=3)) == [1, 1]
    assert len(list(tmp_path.glob("kept/*/kept_kernel.kernel-*.nbc"))) == 3
    assert counts(calls([0, 2, 3, 1], kept=3)) == [3, 1]


def test_processes_that_compile_at_once_do_not_mix_up_their_formulas(calls):
    """Nor does it matter that each throws away what others have kept."""
    together = [calls([k, k + 1, k + 2], kept=2) for k in range(3)]
    assert all(sum(counts(process)) == 3 for process in together)
    assert sum(counts(calls([0, 1, 2, 3, 4], kept=2))) == 5


@pytest.mark.parametrize("missing", READ)
def test_a_numba_of_other_private_names_keeps_what_it_compiles_as_it_would(missing):
    files = SimpleNamespace(**dict.fromkeys(set(READ) - {missing}))
    kernel = SimpleNamespace(_cache=SimpleNamespace(_cache_file=files))
    assert kept_by_name(kernel)._cache._cache_file is files


def test_a_numba_that_does_not_compile_keeps_nothing():
    assert kept_by_name(max) is max
