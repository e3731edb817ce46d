"""Formulas as text: Python's arithmetic and nothing else, there and back, and one sentence for whatever is wrong."""

import re
import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plastica.rules.expression import (
    MOST_DEEP,
    Expression,
    absolute,
    exp,
    log,
    maximum,
    minimum,
    name,
    number,
    sqrt,
    tanh,
    where,
)
from plastica.rules.grammar import FUNCTIONS, LONGEST, parse, written
from plastica.rules.readers import NUMPY, read

x, y, w = map(name, ("x", "y", "w"))

TREES = [
    ("a*x*y - b*y**2*w", name("a") * x * y - name("b") * y**2 * w),
    ("x - y - w", (x - y) - w),
    ("x - (y - w)", x - (y - w)),
    ("x/y*w", x / y * w),
    ("-x**2", -(x**2)),
    ("-2**2", -(number(2) ** 2)),
    ("-2*x", number(-2) * x),
    ("2**-x*3", number(2) ** -x * 3),
    ("x**y**w", x ** (y**w)),
    ("+x", x),
    ("(((x)))", x),
    (".5 + 1. + 1.5e-3 + 2E+2", number(0.5) + 1 + 1.5e-3 + 200),
    ("where(x >= 0.5, exp(y), -w)", where(x >= 0.5, exp(y), -w)),
    ("minimum(abs(x), maximum(sqrt(y), log(tanh(w))))", minimum(absolute(x), maximum(sqrt(y), log(tanh(w))))),
    ("where(x < y, where(x <= w, 1, 2), 3)", where(x < y, where(x <= w, 1, 2), 3)),
    ("\n  x_pre\n  * _y2 ", name("x_pre") * name("_y2")),
]


@pytest.mark.parametrize(("text", "tree"), TREES, ids=[text.strip() for text, _ in TREES])
def test_a_text_is_its_tree(text, tree):
    """Precedence and association are Python's."""
    assert parse(text) == tree
    assert parse(written(tree)) == tree


NAMES = ("x", "y", "w", "x_pre", "tau")
LEAVES = st.sampled_from(NAMES).map(name) | st.floats(allow_nan=False, allow_infinity=False).map(number)


def grown(inner):
    """Any operation on any expressions."""
    pair = st.tuples(inner, inner)
    compared = st.tuples(st.sampled_from(["less", "less_equal", "greater", "greater_equal"]), inner, inner)
    return st.one_of(
        st.tuples(st.sampled_from(["negative", "exp", "log", "tanh", "sqrt", "abs"]), inner),
        st.tuples(st.sampled_from(["add", "subtract", "multiply", "divide", "power", "minimum", "maximum"]), pair).map(
            lambda one: (one[0], *one[1])
        ),
        st.tuples(st.just("where"), compared.map(lambda one: Expression(*one)), inner, inner),
    ).map(lambda one: Expression(*one))


TREE = st.recursive(LEAVES, grown, max_leaves=30)


@settings(max_examples=300)
@given(TREE)
def test_every_tree_comes_back_from_its_text(tree):
    """written and parse are inverse to each other, to the last bit of each number."""
    assert parse(written(tree)) == tree


@settings(max_examples=100)
@given(st.recursive(st.sampled_from(["x", "y", "2", "0.5"]), lambda inner: st.one_of(
    st.tuples(inner, st.sampled_from(["+", "-", "*", "/", "**"]), inner).map(" ".join),
    inner.map("({})".format), inner.map("-{}".format),
), max_leaves=12))  # fmt: skip
def test_arithmetic_is_python_s(text):
    """The same numbers as Python's own grammar gives."""
    values = {"x": np.float64(1.3), "y": np.float64(0.7)}
    boxed = re.sub(r"\d[\d.]*", r"float64(\g<0>)", text)  # as numpy's numbers: division by zero is infinite
    with np.errstate(all="ignore"):
        wanted = eval(boxed, {"__builtins__": {}, "float64": np.float64}, values)
        np.testing.assert_allclose(read(parse(text), NUMPY, values), wanted, rtol=1e-12)


PIECES = (*FUNCTIONS, *NAMES, *"+-*/<>()=,.^ \n;'[]{}@!&|é\0", "**", "<=", "1", "2e5", "1e999", "if", "__import__")


def complaint(text: str) -> str:
    """What the grammar says of a text; nothing, of a formula, which then comes back from its own text."""
    try:
        tree = parse(text)
    except ValueError as error:
        return f"{type(error).__name__}: {error}"
    assert parse(written(tree)) == tree
    return ""


@settings(max_examples=500)
@given(st.one_of(st.text(max_size=60), st.lists(st.sampled_from(PIECES), max_size=40).map("".join)))
def test_arbitrary_text_is_a_tree_or_one_sentence(text):
    """No exception but ours, and no character that a terminal would obey."""
    said = complaint(text)
    assert said.isprintable()
    assert not said or said.startswith(("ValueError: column ", "ValueError: line "))


HUGE = ("(", "-", "+", "x+", "2**", "exp(", "where(", "x<", "x,", "x ", "-(", "a+b*-c**(", "where(x<1,", "1", "x", "\n")


@pytest.mark.parametrize("piece", HUGE)
@pytest.mark.parametrize("end", ["", "x", ")"])
def test_long_text_takes_no_time(piece, end):
    """However it nests: bounded in length, depth and time, and never a stack that overflows."""
    began = time.perf_counter()
    text = (piece * LONGEST)[: LONGEST - len(end)] + end
    assert len(complaint(text)) < 300
    assert complaint(f"{text} ") == "ValueError: 20,001 characters are too long for a formula: at most 20,000"
    assert time.perf_counter() - began < 5  # some hundredths of a second


def test_a_tree_as_deep_as_they_come_is_written_and_read():
    """The text of a tree at the limit is within the grammar's."""
    left = right = x
    for _ in range(MOST_DEEP - 1):
        left, right = (left - y, y - right)
    assert parse(written(left)) == left
    assert parse(written(right)) == right


WRONG = [
    ("", 'column 1, at its end: a number, a name or a parenthesis is missing'),
    ("x +", 'column 4, at its end: a number, a name or a parenthesis is missing'),
    ("x + * y", 'column 5, at "* y": a number, a name or a parenthesis is missing'),
    ("x y", 'column 3, at "y": an operator is missing before this'),
    ("2x", 'column 2, at "x": an operator is missing before this'),
    ("x^2", 'column 2, at "^2": write a power as a**b'),
    ("x == 2", 'column 3, at "== 2": compare with <, <=, > or >='),
    ("(x", 'column 1, at "(x": this parenthesis is not closed'),
    ("x)", 'column 2, at ")": no parenthesis is open here'),
    ("(x, y)", 'column 3, at ", y)": a comma stands only between the arguments of a function'),
    ("x +\n  y @ 2", 'line 2, column 5, at "@ 2": this character has no meaning in a formula'),
    ("sin(x)", 'column 1, at "sin(x)": there is no function sin: choose from where, exp, log'),
    ("exp", 'column 1, at "exp": exp is a function: write exp(...), or choose another name'),
    ("exp(x, y)", 'column 1, at "exp(x, y)": exp takes 1 arguments, not 2'),
    ("where(x, 1, 2)", 'column 1, at "where(x, 1, 2)": the first argument of where is a comparison'),
    ("x > 0", 'column 1, at "x > 0": a comparison has no value of its own: write where(condition, a, b)'),
    ("y*(x > 0)", 'column 2, at "*(x > 0)": a comparison has no value of its own'),
    ("0 < x < 1", 'column 7, at "< 1": a comparison has no value of its own'),
    ("x if y > 0 else w", 'column 3, at "if y > 0 else w": if is a word of Python: choose another name; a choice is'),
    ("lambda*x", 'column 1, at "lambda*x": lambda is a word of Python'),
    ("1e999*x", 'column 1, at "1e999*x": inf stands in the formula: write finite numbers'),
    ("x.y", 'column 2, at ".y": this character has no meaning in a formula'),
    ("x\x1b[2J", 'column 2, at "\\u001b[2J": this character has no meaning in a formula'),
]  # fmt: skip


@pytest.mark.parametrize(("text", "says"), WRONG, ids=[repr(text) for text, _ in WRONG])
def test_what_is_wrong_is_told_with_its_place(text, says):
    """The column, the text there, and what to write instead."""
    with pytest.raises(ValueError, match="column") as caught:
        parse(text)
    assert str(caught.value).startswith(says)
