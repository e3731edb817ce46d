"""The learned rules: their equations, and the known rules that they resemble."""

from collections.abc import Mapping, Sequence
from typing import Any

from plastica.findings import LearnedRule, legend, remark, used
from plastica.markup import Markup, element, joined, table
from plastica.report.material import Material
from plastica.rules.quantities import WORDS

SPIKES = {"on_pre": "S_pre presynaptic spikes", "on_post": "S_post postsynaptic spikes"}
NEAREST = 10  # known rules that are listed


def equation(material: Material) -> Markup:
    """Of each connection: the formula, what its words mean, and constants with their units."""
    if not material.begun:
        return Markup()
    run = material.run
    return joined(*(_equation(run.rule(c), material.summary) for c in run.task.network.connections))


def _equation(rule: LearnedRule, summary: Mapping[str, Any]) -> Markup:
    said = remark(summary, rule.connection)
    given = legend(summary, rule.connection)
    notes = [
        f"{said[0].upper()}{said[1:]}." if said else "",
        f"With {given}." if given else "",
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
    if not found:
        found = [element("p", "The task names no known rule that was to be found.")]
    told = element(
        "p",
        "Angles are to the nearest rule of the form, with a free factor for each term, and to the rule as published. "
        "What the nearest are worth in this task is told by: ",
        element("code", f"plastica identify {material.run.folder.path}"),
    )
    tables = [joined(element("h3", connection), _ranked(rows)) for connection, rows in material.known.items() if rows]
    return joined(*found, *([told, *tables] if tables else []))


def _ranked(rows: Sequence[Mapping[str, Any]]) -> Markup:
    """The nearest known rules, by their angle with free factors."""
    cells = [
        [row["rule"], *(f"{row[key]:.1f}°" for key in ("angle_free_deg", "angle_deg")), used(row), row["source"]]
        for row in rows[:NEAREST]
    ]
    return table(["rule", "angle", "as published", "factors", "source"], cells)
