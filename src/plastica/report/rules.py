"""The learned rules: their equations, and the known rules that they resemble."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from plastica.findings import LearnedRule, remark
from plastica.markup import Markup, element, joined, table
from plastica.report.material import Material
from plastica.report.numbers import shown
from plastica.rules.quantities import WORDS

SPIKES = {"on_pre": "S_pre presynaptic spikes", "on_post": "S_post postsynaptic spikes"}
UNTOLD = ("rule", "title", "source")  # what has a place of its own in the table of known rules


def equation(material: Material) -> Markup:
    """Of each connection: the formula, what its words mean, and constants with their units."""
    if not material.begun:
        return Markup()
    run = material.run
    return joined(*(_equation(run.rule(c), material.summary) for c in run.task.network.connections))


def _equation(rule: LearnedRule, summary: Mapping[str, Any]) -> Markup:
    said = remark(summary, rule.connection)
    constants = ", ".join(f"{name} = {value}" for name, value in summary["constants"][rule.connection].items())
    units = dict.fromkeys(p.unit for p in rule.rule.parameters() if p.transform != "log" and p.unit not in ("1", "ms"))
    notes = [
        f"{said[0].upper()}{said[1:]}." if said else "",
        f"With {constants}." if constants else "",
        f"Coefficients are in units of {', '.join(units)}." if units else "",
        f"Here {', '.join(_meanings(rule))}.",
    ]
    return joined(element("h3", rule.connection), rule.markup(), element("p", " ".join(filter(None, notes))))


def _meanings(rule: LearnedRule) -> list[str]:
    """What each word of the equation means."""
    read = dict.fromkeys(name for names in rule.quantities.values() for name in names)
    words = [f"{name} is {WORDS[name]}" for name in (*read, "w") if name in WORDS]
    eta = ["η is the learning rate"] if "change" in rule.quantities else []
    return list(
        dict.fromkeys(
            [*words, *eta, *(f"{SPIKES[e].replace(' ', ' are ', 1)}" for e in rule.quantities if e in SPIKES)]
        )
    )


def nearest(material: Material) -> Markup:
    """Known rules of the literature, the nearest first, and the rule that was to be found, where the task names one."""
    if not material.begun:
        return Markup()
    angles, targets = material.summary["angle_deg"], material.run.task.targets
    found = [
        element("p", f"The {c} rule is {angle:.1f}° from the rule that was to be found, {targets[c]}.")
        for c, angle in angles.items()
    ]
    tables = [joined(element("h3", connection), _ranked(rows)) for connection, rows in material.known.items() if rows]
    nothing = [element("p", "The task names no known rule that was to be found.")] if not (found or tables) else []
    return joined(*found, *tables, *nothing)


def _ranked(rows: Any) -> Markup:
    """Whatever is known of each rule has a column: its angle, its loss, its factors."""
    columns = [key for key in dict.fromkeys(key for row in rows for key in row) if key not in UNTOLD]
    cells = [
        [
            str(row.get("title") or row.get("rule", "")),
            str(row.get("source", "")),
            *(_cell(row.get(key)) for key in columns),
        ]
        for row in rows
    ]
    names = [key.replace("_deg", " (°)").replace("_", " ") for key in columns]
    return table(["rule", "source", *names], cells, words=2)


def _cell(value: Any) -> str:
    if isinstance(value, Mapping):
        return ", ".join(f"{key} {_cell(one)}" for key, one in value.items())
    if isinstance(value, list | tuple | np.ndarray):
        return ", ".join(map(_cell, value))
    return shown(value)
