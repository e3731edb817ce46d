"""Python: each rule as a function of numpy arrays, and the loop of its network; the file imports numpy only."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from plastica.exports.apart import run_apart
from plastica.exports.head import docstring, head
from plastica.exports.networks import loop_of
from plastica.exports.networks.loop import Trial, agreements
from plastica.exports.python_text import functions, functions_of
from plastica.exports.source import Source
from plastica.exports.target import Agreement, Target
from plastica.rules.base import Floats
from plastica.rules.readers import NUMPY, read

ALONE = "Only the rule is here, without a loop: plastica does not write one for this network and its data."
SAMPLES = 1000  # on which a rule alone is checked


def text(source: Source) -> str:
    loop = loop_of(source.kind, source.data_kind)
    about = "learned rules of a network" if len(source.network.connections) > 1 else "a learned rule"
    remark = "python FILE trains on data that it draws itself, and prints what comes of it." if loop else ALONE
    first = docstring(head(source, f"{source.task.name}: {about}, with numpy.", [remark]))
    pieces = [text for connection in source.network.connections for text in functions(source, connection)]
    end = [loop.text(source)] if loop else []
    return "\n\n".join([first, "import numpy as np\n\n\n" + "\n\n\n".join(pieces) + "\n", *end])


def check(source: Source, file: Path) -> Sequence[Agreement]:
    """The whole training on the first held-out dataset, or, of a rule alone, its formulas on random numbers."""
    loop = loop_of(source.kind, source.data_kind)
    trial = loop.trial(source) if loop else _formulas_alone(source)
    made = run_apart(file, trial.given, trial.call, list(trial.expected))
    return agreements(trial, made)


def _formulas_alone(source: Source) -> Trial:
    """Every function of the file on random numbers, by the formulas of plastica."""
    generator = np.random.default_rng(0)
    given: dict[str, Floats] = {}
    calls: list[str] = []
    expected: dict[str, Floats] = {}
    for connection in source.network.connections:
        for function, event, words in functions_of(source, connection):
            own = {f"{function}_{word}": generator.standard_normal(SAMPLES) for word in words}
            values = source.numbers(connection) | dict(zip(words, own.values(), strict=True))
            with np.errstate(all="ignore"):
                value = read(source.rules[connection].formulas[event], NUMPY, values)
            expected[f"{function}_value"] = np.broadcast_to(value, SAMPLES)
            calls.append(f"{function}_value = np.broadcast_to({function}({', '.join(own)}), {SAMPLES})")
            given |= own
    return Trial(given, "\n".join(calls), expected, {})


TARGET = Target("_rule.py", text, lambda: None, check)
