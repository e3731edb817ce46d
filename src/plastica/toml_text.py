"""TOML in and out: a tree of settings from a file, a setting of the command line, and the text of a section."""

import json
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import tomli_w

from plastica.errors import UserError
from plastica.section import Section


def read_toml(path: Path) -> dict[str, Any]:
    """The tree of a TOML file. Raises UserError if it cannot be read."""
    try:
        return tomllib.loads(path.read_text(encoding="utf-8-sig"))  # some editors begin a file with a mark
    except OSError as error:
        raise UserError(
            f"{path} cannot be read ({error.strerror}): give a task (plastica tasks) or a TOML file"
        ) from None
    except RecursionError:
        raise UserError(f"{path} is not valid TOML: it is nested too deeply") from None
    except ValueError as error:  # of TOML, of its encoding, or a number with thousands of digits
        raise UserError(f"{path} is not valid TOML: {error}") from None


def setting(text: str, option: str = "--set") -> tuple[str, Any]:
    """`key=value` as (dotted key, value); the value is TOML, a number such as .5, or a bare word.

    Raises UserError, which names the option.
    """
    key, equals, value = text.partition("=")
    if not equals or not key.strip():
        raise UserError(f"{option} {text}: write it as key=value, such as network.inputs=5")
    if "" in (part.strip() for part in key.split(".")):
        raise UserError(f"{option} {text}: the key {key} has an empty part between its dots")
    try:
        return key.strip(), tomllib.loads(f"value = {value}")["value"]
    except tomllib.TOMLDecodeError:
        pass
    except (ValueError, RecursionError):
        raise UserError(f"{option} {key}: the value is too long a number, or nested too deeply: shorten it") from None
    try:
        return key.strip(), float(value)
    except ValueError:
        return key.strip(), value.strip()


def literal(value: Any) -> str:
    """A value as `setting` reads it, on one line."""
    tables = isinstance(value, dict) or (isinstance(value, list) and any(isinstance(one, dict) for one in value))
    return _assignment("x", value).removeprefix("x = ") if tables else json.dumps(value)


def nested(key: str, value: Any) -> dict[str, Any]:
    """The tree in which a dotted key has a value."""
    *parents, leaf = key.split(".")
    tree = {leaf: value}
    for parent in reversed(parents):
        tree = {parent: tree}
    return tree


def toml_of(section: Section, comments: bool = False) -> str:
    """The complete text of a section; with comments, each key below the sentence that describes it."""
    return _escaped("\n".join(_toml_lines(section, (), comments)).strip() + "\n")


def toml_of_tree(tree: Mapping[str, Any]) -> str:
    """The same of a tree of settings as it was read."""
    return _escaped(tomli_w.dumps(tree))


def _toml_lines(section: Section, path: tuple[str, ...], comments: bool) -> list[str]:
    lines, tables = [], []
    for name, field in type(section).model_fields.items():
        value = getattr(section, name)
        note = [f"# {field.description}"] if comments and field.description else []
        key = field.alias or name
        dumped = section.model_dump(mode="json", include={name})[key]
        title = ["", *note, f"[{'.'.join((*path, key))}]"]
        if isinstance(value, Section):
            tables += [*title, *_toml_lines(value, (*path, key), comments)]
        elif isinstance(value, dict) and any(isinstance(one, Section) for one in value.values()):
            tables += [*title, *(_assignment(*item) for item in dumped.items())]
        else:
            lines += [*note, _assignment(key, dumped)]
    return lines + tables


def _assignment(name: str, value: Any) -> str:
    """`name = value`; a table stays on its line, and so does each of a list of them, for a header would end the table
    that it is in."""
    key = tomli_w.dumps({name: 0}).rpartition(" = ")[0]  # quoted where it must be
    if isinstance(value, dict):
        return f"{key} = {{{', '.join(_assignment(*item) for item in value.items())}}}"
    if isinstance(value, list) and any(isinstance(one, dict) for one in value):
        tables = "".join(f"    {_assignment('x', one).removeprefix('x = ')},\n" for one in value)
        return f"{key} = [\n{tables}]"
    return tomli_w.dumps({name: value}).strip()


def _escaped(text: str) -> str:
    """The same TOML, in which no character is an order to a terminal: all of them stand in strings."""
    return "".join(c if c.isprintable() or c == "\n" else f"\\U{ord(c):08x}" for c in text)
