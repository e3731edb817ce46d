"""The catalogue as plain data, with the equation of each rule."""

from typing import Any

import numpy as np

from plastica.rules.base import Rule
from plastica.rules.catalogue import CATALOGUE
from plastica.rules.catalogue.entry import Entry
from plastica.rules.equation import equation, left_side
from plastica.rules.formula import Formula


def described() -> dict[str, dict[str, Any]]:
    """{name: what `plastica rules --json` prints of it}."""
    return {name: _entry(entry) for name, entry in CATALOGUE.items()}


def _entry(entry: Entry) -> dict[str, Any]:
    rule: Rule = Formula(fixed=entry.name)
    return {
        "title": entry.title,
        "source": entry.source,
        "left_side": left_side(rule),
        "equation": str(equation(rule, np.zeros(0))),
        "formulas": {event: text for event in ("change", "on_pre", "on_post") if (text := getattr(entry, event))},
        "traces": {trace.name: {"side": trace.side, "tau": trace.tau} for trace in entry.traces},
        "parameters": {
            name: {"value": value, "unit": entry.unit(name), "is_factor": name in entry.factors}
            for name, value in entry.parameters.items()
        },
        "reads": list(entry.reads),
        "further": dict(entry.further),
        "note": entry.note,
    }
