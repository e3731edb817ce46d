"""A rule that its user writes down: what is told of it, what is filled in, and what is refused."""

import json

import numpy as np
import pytest

import plastica
from plastica.config import load
from plastica.errors import UserError
from plastica.rules.base import Parameter
from plastica.rules.formula import formula
from plastica.rules.grammar import parse
from plastica.rules.spike_pair import SpikePair

RATE = {"kind": "formula", "change": "a*x*y - b*y**2*w"}


def names(rule) -> list[str]:
    return [parameter.name for parameter in rule.parameters()]


def test_all_other_names_are_parameters():
    """In the order of their first place, with the spread of a random rule that a rate network needs."""
    rule = formula(change="b*x*y - a*y**2*w + b*e")
    assert rule.parameters() == (Parameter("b", sd=0.1), Parameter("a", sd=0.1))
    assert names(formula(change="a*x*z", quantities=["z"])) == ["a"]


def test_eq_14_as_a_formula_is_the_spike_pair():
    """The same parameters with the same numbers, the same traces, the same weights after a spike."""
    rule, pair = formula(on_pre="w + (alpha + kappa*x_post)", on_post="w + (beta + gamma*x_pre)"), SpikePair()
    assert rule.formulas == pair.formulas
    assert set(rule.traces) == set(pair.traces)
    of = {p.name: p for p in rule.parameters()}
    for one in pair.parameters():
        same = {key: getattr(one, key) for key in ("unit", "transform", "scale", "mean", "sd")}
        assert {key: getattr(of[one.name], key) for key in same} == same


def test_time_constants_come_first_and_then_what_a_table_does_not_list():
    """A parameter with a table stands before one without; tables hold what they give, and defaults."""
    rule = formula(
        on_pre="w + alpha*y_slow - exp(q)*x_post",
        traces={"y_slow": {"side": "post", "tau": "tau_slow"}},
    )
    assert names(rule) == ["tau_slow", "tau_post", "alpha", "q"]
    assert rule.formulas["on_post"] == parse("w")
    tables = {"alpha": {"scale": 0.5, "unit": "nS"}, "q": {"transform": "log", "low": 0.1, "high": 2}}
    other = formula(on_pre=rule.on_pre, traces=json.loads(rule.model_dump_json())["traces"], parameters=tables)
    assert names(other) == ["alpha", "q", "tau_slow", "tau_post"]
    assert other.parameters()[:2] == (
        Parameter("alpha", "nS", "identity", 0.5, 0.0, 1.0),
        Parameter("q", "1", "log", 1.0, 0.0, 0.3, 0.1, 2.0),
    )
    assert other.parameters()[3] == Parameter("tau_post", "ms", "log", 20.0, 0.0, 0.3, 1.0, 1e6)


def test_two_traces_may_share_a_time_constant():
    """Which is one parameter then; a usual trace may have another one."""
    rule = formula(
        on_pre="w + a*x_post*y2",
        traces={"y2": {"side": "post", "tau": "tau"}, "x_post": {"side": "post", "tau": "tau"}},
    )
    assert names(rule) == ["tau", "a"]
    assert [(trace.name, trace.tau) for trace in rule.traces] == [("y2", "tau"), ("x_post", "tau")]


def test_known_rules_are_points():
    """What they leave out has no effect; angles to them are told if the task names one as its target."""
    rule = formula(change="a*x*y - b*y**2*w + c*x/d", known={"oja": {"a": 1, "b": 1}}, parameters={"d": LOG})
    np.testing.assert_array_equal(rule.known("oja"), [3.0, 1, 1, 0])
    with pytest.raises(ValueError, match="hebb is not one of the known rules of this formula"):
        rule.known("hebb")
    task = load("oja", {"rules.feedforward": {**RATE, "known": {"oja": {"a": 1.0, "b": 1.0}}}}).composed
    np.testing.assert_array_equal(task.known_theta(task.targets), [1, 1])
    assert load("oja", {"rules.feedforward": RATE}).composed.known_theta({"feedforward": "oja"}) is None


LOG = {"transform": "log", "scale": 3.0}


def test_functions_and_texts_make_the_same_rule():
    """From Python, each event is a function of named quantities, or a text."""

    def on_pre(w, x_post, rise, fall, enough):
        return w + rise if x_post > enough else w + fall

    assert plastica.formula(on_pre=on_pre) == plastica.formula(on_pre="where(x_post > enough, w + rise, w + fall)")
    assert plastica.formula(change=lambda x, y, a: a * x * plastica.tanh(y)) == formula(change="a*x*tanh(y)")


WRONG = [
    ({}, 'change, on_pre and on_post are empty: say what happens, such as change = "a*x*y - b*w"'),
    ({"change": " \n"}, "change, on_pre and on_post are empty"),
    ({"change": "a*x", "on_pre": "w"}, "change is for rate networks, on_pre and on_post for spiking ones: leave one"),
    ({"change": "a*x +"}, "change, column 6, at its end: a number, a name or a parenthesis is missing"),
    ({"on_post": "w + x_pre^2"}, 'on_post, column 10, at "^2": write a power as a**b'),
    ({"change": "x" * 20001}, "change, 20,001 characters are too long for a formula: at most 20,000"),
    ({"change": 3}, "change = 3: input should be a valid string"),
    ({"change": "a*x", "parameters": {"b": {}}}, "parameters.b is no parameter of the formula, whose are a"),
    ({"change": "x", "parameters": {"b": {}}}, "parameters.b is no parameter of the formula, whose are none"),
    ({"change": "a*x", "parameters": {"x": {}}}, "parameters.x cannot name a parameter, it is a quantity (presynaptic"),
    ({"change": "a*x", "parameters": {"exp": {}}}, "parameters.exp cannot name a parameter, it is a function"),
    ({"change": "a*x", "parameters": {"a b": {}}}, "parameters.'a b' is no name for a parameter: write"),
    ({"change": "a*S_pre"}, "parameters.S_pre cannot name a parameter, it is a quantity (a spike train)"),
    ({"change": "a*x", "parameters": {"a": 3}}, "parameters.a = 3: input should be a table of keys"),
    ({"change": "a*x", "parameters": {"a": {"sd": -1}}}, "parameters.a.sd = -1: input should be greater than or equal"),
    ({"change": "a*x", "parameters": {"a": {"size": 1}}}, "parameters.a.size = 1: there is no such key"),
    ({"change": "a*x", "parameters": {"a": {"low": 1}}}, "parameters.a.low and high hold only together: give both"),
    ({"change": "a*x", "parameters": {"a": {"low": 1, "high": 1}}}, "parameters.a.low = 1 is not below high = 1"),
    ({"change": "a*x", "parameters": {"a": {**LOG, "low": 0, "high": 1}}}, "parameters.a.low = 0: a parameter that is"),
    ({"change": "a*x", "quantities": ["tanh"]}, "quantities.tanh cannot name a further quantity, it is a function"),
    ({"change": "a*x", "quantities": ["a"], "parameters": {"a": {}}}, "parameters.a is no parameter of the formula"),
    ({"change": "x", "traces": {"z": {"side": "pre", "tau": "t"}}}, "traces.z stands neither in on_pre nor in on_post"),
    ({"on_pre": "z", "traces": {"z": {"side": "up", "tau": "t"}}}, "traces.z.side = 'up': input should be 'pre' or"),
    ({"on_pre": "z", "traces": {"z": {"side": "pre"}}}, "traces.z.tau is missing: add it"),
    ({"on_pre": "z", "traces": {"z": {"side": "pre", "tau": "w"}}}, "traces.w cannot name the time constant of z, it"),
    ({"on_pre": "w", "traces": {"w": {"side": "pre", "tau": "t"}}}, "traces.w cannot name a trace, it is a quantity"),
    ({"on_pre": "z", "traces": {"z": {"side": "pre", "tau": "z"}}}, "parameters.z has the name of a trace"),
    ({"change": "a*x", "known": {"oja": {"b": 1}}}, "known.oja.b is no parameter of the formula, whose are a"),
    ({"change": "a*x", "known": {"o j": {}}}, "'o j' is no name for a known rule"),
    ({"change": lambda x: x == 1}, "change: <lambda> cannot be read as a formula in line"),
    ({"change": "a*x", "parameters": {"a": {"scale": float("inf")}}}, "parameters.a.scale = inf: input should be"),
]  # fmt: skip


@pytest.mark.parametrize(("keys", "says"), WRONG, ids=[says[:50] for _, says in WRONG])
def test_what_is_wrong_is_one_sentence(keys, says):
    """From Python and in a config: the key, the value or the place, and the remedy."""
    with pytest.raises(UserError) as caught:
        formula(**keys)
    assert str(caught.value).startswith(says)
    assert str(caught.value).isprintable()
    if not callable(keys.get("change")):
        with pytest.raises(UserError) as caught:
            load("oja", {"rules.feedforward": {"kind": "formula", **keys}})
        assert says.removeprefix("'") in str(caught.value)
        assert str(caught.value).startswith("rules.feedforward.")


def test_another_text_has_none_of_the_preset_s_parameters(monkeypatch):
    """A preset's formula gives the defaults of its own text only."""
    from plastica import tasks
    from plastica.config import _model

    task = tasks.OJA.task
    own = formula(change="a*x*y - b*y**2*w", parameters={"a": {"sd": 7.0}}, known={"oja": {"a": 1, "b": 1}})
    preset = plastica.tasks.Preset("", type(task)(**{**vars(task), "rules": {"feedforward": own}}), 3, {"name": "cma"})
    monkeypatch.setitem(tasks.TASKS, "oja", preset)
    _model.cache_clear()
    try:
        assert load("oja").composed.rules["feedforward"] == own
        changed = load("oja", {"rules.feedforward.parameters.b.sd": 2.0}).composed.rules["feedforward"]
        assert [p.sd for p in changed.parameters()] == [7.0, 2.0]
        other = load("oja", {"rules.feedforward.change": "c*x*y"}).composed.rules["feedforward"]
        assert other == formula(change="c*x*y")
    finally:
        _model.cache_clear()
