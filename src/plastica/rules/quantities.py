"""The words of a formula that networks give a value; whatever else stands in it is a parameter of the rule."""

import re
from keyword import iskeyword

from plastica.rules.base import Rule, Trace
from plastica.rules.grammar import FUNCTIONS, WORD

QUANTITIES = {
    "x": "presynaptic activity",
    "y": "postsynaptic activity",
    "w": "the weight",
    "e": "the postsynaptic neuron's error",
}
TRACES = (
    Trace("x_pre", "pre", "tau_pre"),
    Trace("x_post", "post", "tau_post"),
)  # of Eq. (12), where a formula has them
SPIKES = ("S_pre", "S_post")  # of either side, in a printed equation
WORDS = {**QUANTITIES, **{t.name: f"the trace of {t.side}synaptic spikes" for t in TRACES}}


def check_name(word: str, what: str, key: str = "") -> None:
    """Raise ValueError, which begins with `key`, where a word cannot be the name of `what`: a parameter, a trace ..."""
    if not re.fullmatch(WORD, word, re.ASCII) or iskeyword(word):
        raise ValueError(f"{key}{word!r} is no name for {what}: write letters, digits and _, and no word of Python")
    if word in FUNCTIONS:
        raise ValueError(f"{key}{word} cannot name {what}, it is a function: choose another name")
    if word in WORDS or word in SPIKES:
        meaning = WORDS.get(word, "a spike train")
        raise ValueError(f"{key}{word} cannot name {what}, it is a quantity ({meaning}): choose another name")


def check_variables(variables: tuple[str, ...]) -> None:
    """Raise ValueError unless a rule can read these quantities: each once, and each a name."""
    if not variables:
        raise ValueError(
            'variables = [] leaves nothing to read: list quantities of the network, such as ["x", "y", "w"]'
        )
    for word in variables:
        if word not in WORDS:
            check_name(word, "a quantity", "variables: ")
        if variables.count(word) > 1:
            raise ValueError(f'variables: "{word}" is listed {variables.count(word)} times: list each quantity once')


def check_names(rule: Rule) -> None:
    """Raise ValueError unless each parameter of a rule has a name of its own, which formulas can hold."""
    names = [parameter.name for parameter in rule.parameters()]
    for word in names:
        check_name(word, "a parameter")
        if names.count(word) > 1 or word in [trace.name for trace in rule.traces]:
            raise ValueError(f"{word} names two things in the {rule.kind} rule: choose another name for one")
