"""JSON: all that a stranger needs to have the same rule, in the grammar of plastica's formulas."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from math import inf
from pathlib import Path
from typing import Any

import numpy as np

from plastica.exports.head import LICENCE
from plastica.exports.source import Source
from plastica.exports.target import Agreement, Target
from plastica.rules.base import Rule
from plastica.rules.equation import left_side
from plastica.rules.formula import formula
from plastica.rules.grammar import written
from plastica.rules.quantities import WORDS

FORMAT = 1
FOUND = "found"  # the name of the rule with its numbers, among the known rules of the formula


def text(source: Source) -> str:
    return json.dumps(_tree(source), indent=2, allow_nan=False, ensure_ascii=True) + "\n"


def _tree(source: Source) -> dict[str, Any]:
    connections = source.network.connections
    theta = {f"{c}.{name}": value for c in connections for name, value in source.numbers(c).items()}
    return {
        "format": FORMAT,
        "what": "synaptic plasticity rules that plastica found; `rule` of each connection is a table for a config of "
        f"plastica, or for plastica.formula(), and its known rule {FOUND!r} has the numbers",
        "licence": LICENCE,
        **source.facts(),
        "versions": source.run.folder.environment().get("versions", {}),
        "theta": theta,
        "connections": {connection: _connection(source, connection) for connection in connections},
    }


def _connection(source: Source, connection: str) -> dict[str, Any]:
    rule, numbers, units = source.rules[connection], source.numbers(connection), source.units(connection)
    return {
        "kind": rule.kind,
        "equation": source.equations()[connection],
        "left_side": left_side(rule),
        "events": {
            "change": "by how much a weight changes at one sample, over the learning rate; averaged over a mini-batch",
        }
        if "change" in rule.formulas
        else {
            "on_pre": "the weight after a presynaptic spike, which has transmitted the weight before",
            "on_post": "the weight after a postsynaptic spike, which comes first within a time step",
            "traces": "dx/dt = -x / tau + spikes of its side; no trace holds the spike that is being handled",
        },
        "parameters": {name: {"value": value, "unit": units[name]} for name, value in numbers.items()},
        "rule": table(rule, source.network.quantities, numbers),
    }


def table(rule: Rule, quantities: Any, numbers: dict[str, float]) -> dict[str, Any]:
    """The rule, of whatever kind, as a formula."""
    offered = {word for words in quantities.values() for word in words}
    return {
        "kind": "formula",
        **{event: written(tree) for event, tree in rule.formulas.items()},
        "quantities": sorted(offered - WORDS.keys()),
        "traces": {trace.name: {"side": trace.side, "tau": trace.tau} for trace in rule.traces},
        "parameters": {
            p.name: {key: value for key, value in asdict(p).items() if key != "name" and value not in (-inf, inf)}
            for p in rule.parameters()
        },
        "known": {FOUND: numbers},
    }


def check(source: Source, file: Path) -> Sequence[Agreement]:
    """Read the file, and make a rule of each connection: the same formulas, and the same numbers."""
    read = json.loads(file.read_text(encoding="utf-8"))
    found = []
    for connection, one in read["connections"].items():
        again = formula(**{key: value for key, value in one["rule"].items() if key != "kind"})
        rule = source.rules[connection]
        same = again.formulas == rule.formulas and set(again.traces) == set(rule.traces)
        numbers = np.max(np.abs(again.known(FOUND) - source.theta[connection]), initial=0.0)
        found.append(Agreement(f"the formulas of {connection}, read back, are the same", float(not same), 0.0))
        found.append(Agreement(f"the numbers of {connection}, read back, are the same", float(numbers), 0.0))
    return found


TARGET = Target(".json", text, lambda: None, check)
