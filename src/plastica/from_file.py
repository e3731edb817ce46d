"""Rules of a user's own, from a Python file that the config names: a formula that is made there, or a function.

Nothing of the file runs unless its user trusts it. What a run keeps is the formula as text: only who makes the run
needs the file.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict
from math import inf
from pathlib import Path
from types import FunctionType, ModuleType
from typing import Any

from pydantic import ValidationError

from plastica.complaint import sentence
from plastica.errors import UserError
from plastica.python_file import check_confined, locate, read_file, reported
from plastica.rules import RULES
from plastica.rules.expression import name, number
from plastica.rules.formula import Formula, formula
from plastica.rules.grammar import written
from plastica.rules.tracing import traced
from plastica.section import Section

Table = dict[str, Any]
KEYS = ("file", "rule", "sha256")  # of a table of rules that names a file


def confined(tree: dict[str, Any], folder: Path) -> dict[str, Any]:
    """The config's tree of a run, whose rules may come from files in the `rules/` of its own folder and no others.

    Version 0.1 kept such files. Raises UserError for any other file, and for one without a fingerprint: a run's folder
    may be a stranger's.
    """
    check_confined({f"rules.{c}": table for c, table in _tables(tree).items()}, "rule", "rules", folder)
    return tree


def located(tree: dict[str, Any], folder: Path) -> dict[str, Any]:
    """A config's tree in which the files of rules have absolute paths; a relative one begins at `folder`."""
    locate(_tables(tree).values(), folder)
    return tree


def rules_of_files(tree: dict[str, Any], connections: Mapping[str, Any], trust: bool) -> dict[str, tuple[Table, Table]]:
    """{connection: (the table of the rule that a file makes, the further keys beside the file's)} of a config's tree.

    Raises UserError for all that can be wrong with the file, and before anything of it runs where it is not trusted.
    """
    tables = {connection: table for connection, table in _tables(tree).items() if connection in connections}
    for connection, table in tables.items():
        _check(f"rules.{connection}", table, trust)
    return {connection: _made(f"rules.{connection}", table) for connection, table in tables.items()}


def _check(key: str, table: Table, trust: bool) -> None:
    for word in KEYS[:2]:
        if not isinstance(table.get(word), str):
            raise UserError(f"{key}.{word} = {table.get(word)!r}: give a Python file and the rule in it, as text")
    if not trust:
        raise UserError(
            f"{key} comes from {table['file']}, a Python file that runs as a program: read it, and if you trust it "
            "add --trust (in Python: trust=True)"
        )


def _tables(tree: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """The tables of rules that name a file, by connection."""
    rules = tree.get("rules")
    every = rules.items() if isinstance(rules, dict) else ()
    return {connection: table for connection, table in every if isinstance(table, dict) and "file" in table}


def _made(key: str, table: Table) -> tuple[Table, Table]:
    file = Path(table["file"])
    module = read_file(key, file, table.get("sha256")).module()
    found = getattr(module, table["rule"], None)
    further = {word: value for word, value in table.items() if word not in KEYS}
    try:
        if _is_class_of_0_1(found):
            return _of_class(file, found, further).model_dump(mode="json"), {}
        if isinstance(found, FunctionType):
            found = formula(change=found)
        if not (isinstance(found, Section) and type(found) in RULES.values()):
            raise UserError(f"{file} has no such rule; it has {_rules_in(module)}")
    except ValidationError as error:
        raise UserError(f"{key}.{sentence(error, further)}") from None
    except UserError as error:
        raise UserError(f"{key}.rule = {table['rule']!r}: {error}") from None
    return found.model_dump(mode="json"), further


def _rules_in(module: ModuleType) -> str:
    """What a config may name: rules, and the functions that are defined there."""
    rules = tuple(RULES.values())
    here = module.__name__
    found = {word: one for word, one in vars(module).items() if isinstance(one, rules) or _is_class_of_0_1(one)}
    found |= {word: f for word, f in vars(module).items() if isinstance(f, FunctionType) and f.__module__ == here}
    return ", ".join(found) or "none"


def _is_class_of_0_1(found: Any) -> bool:
    """Whether this is a rule as version 0.1 had them: a class with `parameters`, `on_pre` and `on_post`."""
    functions = ("parameters", "on_pre", "on_post")
    return isinstance(found, type) and issubclass(found, Section) and all(hasattr(found, word) for word in functions)


def _of_class(file: Path, found: Any, fields: Table) -> Formula:
    """The formula of such a class, with its parameters in their order, also those that nothing reads."""
    rule = found.model_validate_json(json.dumps(fields, default=str))
    parameters = reported(str(file), lambda: {parameter.name: asdict(parameter) for parameter in rule.parameters()})
    names = ("w", "x_pre", "x_post", *parameters)
    try:
        on_pre, on_post = (traced(function, names) for function in (found.on_pre, found.on_post))
    except ValueError as error:
        raise UserError(str(error)) from None
    unread = sorted({"x_pre", "x_post", *parameters} - {*on_pre.names, *on_post.names, "tau_pre", "tau_post"})
    nothing = sum((0 * name(word) for word in unread), number(0))
    tables = {word: _without_infinities(table) for word, table in parameters.items()}
    return formula(on_pre=written(on_pre + nothing), on_post=written(on_post), parameters=tables)


def _without_infinities(parameter: Table) -> Table:
    return {key: value for key, value in parameter.items() if key != "name" and value not in (-inf, inf)}
