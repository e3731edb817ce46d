"""A table as JSON: parameters with their units, the runs that the rules come from, and the rules."""

import json
from importlib.metadata import version
from pathlib import Path
from typing import Any, Literal

import numpy as np
from pydantic import Field, ValidationError

from plastica.errors import UserError
from plastica.runs.shapes import Number, Shape, parse
from plastica.table.rule_table import Table


class NamedUnit(Shape):
    name: str
    unit: str


class Rule(Shape):
    """One rule; a metric that was not measured, or is no finite number, is missing or null."""

    origin: str
    theta: dict[str, Number]
    metrics: dict[str, Number | None] = Field(default={})


class Rules(Shape):
    """The file; `format` is 1."""

    format: Literal[1]
    plastica: str = ""
    parameters: list[NamedUnit]
    runs: dict[str, dict[str, Any]] = Field(default={})
    rules: list[Rule]


def written(table: Table) -> bytes:
    thetas, metrics = table.thetas.tolist(), {name: values.tolist() for name, values in table.metrics.items()}
    rules = [
        {
            "origin": origin,
            "theta": dict(zip(table.names, thetas[k], strict=True)),
            "metrics": {name: values[k] for name, values in metrics.items() if np.isfinite(values[k])},
        }
        for k, origin in enumerate(table.origin)
    ]
    parameters = [{"name": name, "unit": unit} for name, unit in zip(table.names, table.units, strict=True)]
    whole = {"format": 1, "plastica": version("plastica"), "parameters": parameters, "runs": table.runs, "rules": rules}
    return json.dumps(whole, indent=1, allow_nan=False).encode() + b"\n"


def read(file: Path) -> Table:
    try:
        whole = parse(Rules, file.read_bytes())
    except ValidationError as error:
        place = ".".join(map(str, error.errors()[0]["loc"])) or "the whole"
        raise UserError(f"{file} is no table of rules: see {place} ({error.errors()[0]['msg']})") from None
    except ValueError as error:
        raise UserError(f"{file} is no JSON file: {error}") from None
    names = tuple(parameter["name"] for parameter in whole["parameters"])
    for rule in whole["rules"]:
        if missing := set(names) - set(rule["theta"]):
            raise UserError(f"{file}: {rule['origin']} lacks {', '.join(sorted(missing))}: add the column")
    metrics = dict.fromkeys(name for rule in whole["rules"] for name in rule.get("metrics", {}))
    found = {name: [rule.get("metrics", {}).get(name) for rule in whole["rules"]] for name in metrics}
    return Table(
        names,
        tuple(parameter["unit"] for parameter in whole["parameters"]),
        np.array([[rule["theta"][name] for name in names] for rule in whole["rules"]]),
        {name: np.array([np.nan if value is None else value for value in values]) for name, values in found.items()},
        tuple(rule["origin"] for rule in whole["rules"]),
        whole.get("runs", {}),
    )
