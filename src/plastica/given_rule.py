"""A rule that somebody gives: theta from a file or a mapping by the names of its parameters, or known rules by name."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from reprlib import repr as shortened
from typing import Any

import numpy as np

from plastica.errors import UserError
from plastica.rules.base import Floats, Parameter
from plastica.runs.shapes import LARGEST
from plastica.tasks import Task

LONGEST = 10_000_000  # bytes of a file
LONG = 80  # characters of a stranger's name in a sentence
FEW = 8  # names in a sentence
NAMES = "the names are those of `theta` in: plastica show DIR --json"


def theta_of_file(task: Task, file: Path) -> Floats:
    """theta [P] from a JSON object {name: value}, or from one that has such an object as its "theta".

    Raises UserError for a file that cannot be read or is none, and for whatever is wrong with an entry.
    """
    tree = _json(file)
    values = tree.get("theta", tree) if isinstance(tree, dict) else tree
    if not isinstance(values, dict):
        raise UserError(f"{file} holds no object {{name: value}}, nor one as its theta: {NAMES}")
    return theta_of(task, values, str(file))


def theta_of(task: Task, values: Mapping[str, Any] | Sequence[float] | Floats, where: str = "theta") -> Floats:
    """theta [P] from {name: value} or from P numbers. Raises UserError, which begins with `where`."""
    names = task.space.names
    if not isinstance(values, Mapping):
        numbers = np.asarray(values, dtype=object)
        if numbers.shape != (len(names),):
            raise UserError(f"{where} has the shape {numbers.shape}: the rules have {len(names)} parameters")
        values = dict(zip(names, np.asarray(values).tolist(), strict=True))
    unknown, missing = [n for n in values if n not in names], [n for n in names if n not in values]
    if unknown:
        raise UserError(
            f"{where}: {str(unknown[0])[:LONG]} is no parameter of the rules, whose are {_listed(names)}; {NAMES}"
        )
    if missing:
        raise UserError(
            f"{where} lacks {_listed(missing)}: give every parameter a value (0 for a term that is left out)"
        )
    return np.array([_checked(parameter, values[parameter.name], where) for parameter in task.space.parameters])


def named(texts: Sequence[str]) -> str | dict[str, str]:
    """--known NAME, or --known CONNECTION=NAME as often as there are connections. Raises UserError."""
    if len(texts) == 1 and "=" not in texts[0]:
        return texts[0]
    found: dict[str, str] = {}
    for text in texts:
        connection, equals, name = (part.strip() for part in text.partition("="))
        if not (connection and equals and name):
            raise UserError(f"--known {text}: write one name for all connections, or CONNECTION=NAME for each")
        if connection in found:
            raise UserError(f"--known {text}: {connection} is given twice; name one rule for each connection")
        found[connection] = name
    return found


def known_theta(task: Task, known: str | Mapping[str, str]) -> tuple[Floats, dict[str, str]]:
    """theta [P] of known rules, and {connection: name} of those that were taken.

    One name is for every connection that can be that rule, a mapping for the connections that it names; the others
    have the task's own target. Raises UserError where that leaves a connection without a rule.
    """
    searched = [c for c in task.network.connections if task.rules[c].parameters()]
    asked = dict.fromkeys(searched, known) if isinstance(known, str) else dict(known)
    for connection in asked:
        if connection not in searched:
            raise UserError(f"known rule of {connection}: the connections that are searched are {_listed(searched)}")
    found: dict[str, Floats] = {}
    refused: dict[str, str] = {}
    taken: dict[str, str] = {}
    for connection, name in asked.items():
        try:
            found[connection], taken[connection] = task.rules[connection].known(name), name
        except ValueError as error:
            refused[connection] = str(error)
    if refused and (not found or not isinstance(known, str)):
        reasons = "; ".join(f"{connection}: {why}" for connection, why in refused.items())
        raise UserError(f"the known rule cannot be expressed ({reasons}): name another, or give theta")
    for connection in searched:
        if connection not in found:
            found[connection], taken[connection] = _target(task, connection)
    return np.concatenate([found[connection] for connection in searched]), {c: taken[c] for c in searched}


def _target(task: Task, connection: str) -> tuple[Floats, str]:
    name = task.targets.get(connection)
    if name is None or connection not in task.known_thetas({connection: name}):
        raise UserError(
            f"no known rule is given for {connection}, and the task has none of its own: add it as {connection}=NAME"
        )
    return task.rules[connection].known(name), name


def _checked(parameter: Parameter, value: Any, where: str) -> float:
    """A value that networks can compute with. Raises UserError."""
    entry = f"{where}: {parameter.name} = {shortened(value)}"
    if isinstance(value, bool) or not isinstance(value, int | float) or not -LARGEST <= value <= LARGEST:
        raise UserError(f"{entry} is not a finite number (of at most {LARGEST:g} in absolute value): write one")
    if parameter.transform == "log" and value <= 0:
        raise UserError(f"{entry}: this parameter is searched as a logarithm, and is above zero")
    if not parameter.low <= value <= parameter.high:
        bounds = f"{parameter.low:g} to {parameter.high:g}"
        raise UserError(f"{entry}: networks compute with {bounds}; give a value within")
    return float(value)


def _json(file: Path) -> Any:
    """What a file holds. Raises UserError for one that cannot be read, and for what is no JSON."""
    try:
        if not file.is_file():  # a pipe might never end
            raise UserError(f"{file} is not a file: give a JSON file with the rule's theta")
        if file.stat().st_size > LONGEST:
            raise UserError(f"{file} is too long for a rule (at most {LONGEST // 1_000_000} MB): give theta alone")
        text = file.read_text(encoding="utf-8-sig")
    except (OSError, ValueError) as error:  # ValueError: not UTF-8, or a name with a zero in it
        reason = error.strerror if isinstance(error, OSError) else error
        raise UserError(f"{file} cannot be read ({reason}): give a JSON file with the rule's theta") from None
    try:
        return json.loads(text, object_pairs_hook=_without_twins)
    except RecursionError:
        raise UserError(f"{file} is not valid JSON: it is nested too deeply") from None
    except ValueError as error:  # also a number with thousands of digits
        raise UserError(f"{file} is not valid JSON: {error}") from None


def _without_twins(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Raises ValueError where a key stands twice."""
    found = dict(pairs)
    if len(found) < len(pairs):
        keys = [key for key, _ in pairs]
        twice = next(key for key in keys if keys.count(key) > 1)
        raise ValueError(f"{twice[:LONG]} stands twice in one object; leave one out")
    return found


def _listed(names: Sequence[str]) -> str:
    more = len(names) - FEW
    return ", ".join(names[:FEW]) + (f" and {more} more" if more > 0 else "")
