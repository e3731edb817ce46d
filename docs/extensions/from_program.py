"""Pages that are made of the program itself when the site is built: its commands, its parts, the keys of its config.

Docstrings are text in which code stands in backticks, and no more of reStructuredText than that.

A page says where, by a comment on a line of its own: `% commands`, `% parts`, `% keys search`, `% config oja`.
"""

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import typer
from pydantic import BaseModel

from plastica.analysis.held_out import HeldOut
from plastica.cli import app
from plastica.config import load
from plastica.engines import ENGINES
from plastica.outer import SEARCHES
from plastica.parts import DATA, LOSSES, NETWORKS, RULES, Parts, StepwiseNetwork

KINDS: dict[str, dict[str, type[BaseModel]]] = {
    "network": dict(NETWORKS),
    "rules": dict(RULES),
    "data": dict(DATA),
    "loss": dict(LOSSES),
    "search": dict(SEARCHES),
    "engine": dict(ENGINES),
    "held_out": {"": HeldOut},
}
PARTS: dict[str, list[type[BaseModel]]] = {
    "Networks": [*NETWORKS.values(), StepwiseNetwork],
    "Kinds of data": list(DATA.values()),
    "Losses": list(LOSSES.values()),
    "Kinds of rules": list(RULES.values()),
    "A task as data": [Parts],
}
Schema = dict[str, Any]


def setup(app: Any) -> dict[str, Any]:
    app.connect("source-read", lambda app, name, source: source.__setitem__(0, filled(source[0])))
    app.connect("autodoc-process-docstring", _as_text)
    app.connect("build-finished", _list_pages)
    return {"version": "1", "parallel_read_safe": True}


def _as_text(app: Any, what: str, name: str, obj: Any, options: Any, lines: list[str]) -> None:
    """No star or bar of a docstring is markup, but in code."""
    lines[:] = [re.sub(r"(`[^`]*`)|([*|])", lambda found: found[1] or f"\\{found[2]}", line) for line in lines]


def _list_pages(app: Any, error: Exception | None) -> None:
    """llms.txt: the title and the file of each page, for readers that are programs."""
    if error is None and app.builder.name == "html":
        titles = {name: title.astext() for name, title in app.env.titles.items()}
        lines = [f"- [{title}]({name}.html)" for name, title in sorted(titles.items())]
        (Path(app.outdir) / "llms.txt").write_text("\n".join([f"# {app.config.project}", "", *lines, ""]))


def filled(page: str) -> str:
    """A page with what its comments ask for in their place."""
    return re.sub(r"^% (commands|parts|keys|config)(?: (\S+))?$", _made, page, flags=re.MULTILINE)


def _made(found: re.Match[str]) -> str:
    makers: dict[str, Callable[..., str]] = {"commands": commands, "parts": parts, "keys": keys, "config": config}
    return makers[found[1]](*(word for word in (found[2],) if word))


def commands() -> str:
    """A section for each command: what it does, how it is called, and a table of what it takes."""
    group: Any = typer.main.get_command(app)
    return "\n\n".join(_command(name, command) for name, command in group.commands.items())


def _command(name: str, command: Any) -> str:
    context = command.make_context(f"plastica {name}", [], resilient_parsing=True)
    usage = f"plastica {name} {' '.join(command.collect_usage_pieces(context))}"
    taken = [one for one in command.get_params(context) if one.name != "help"]
    rows = [(f"`{option}`", text) for option, text in (_told(one, context) for one in taken)]
    table = _table(("", ""), rows) if rows else ""
    return f"## {name}\n\n{_escaped(command.help)}\n\n```console\n$ {usage}\n```\n\n{table}"


def _told(parameter: Any, context: Any) -> tuple[str, str]:
    """An argument or option as it is written, and what its help says."""
    record = parameter.get_help_record(context)
    option, text = record or (parameter.make_metavar(context), getattr(parameter, "help", "") or "")
    return option, _escaped(text)


def parts() -> str:
    """The classes of `plastica.parts`, those of a kind together."""
    return "\n\n".join(_parts(title, classes) for title, classes in PARTS.items())


def _parts(title: str, classes: list[type[BaseModel]]) -> str:
    entries = "\n".join(f".. autoclass:: plastica.parts.{one.__name__}()" for one in classes)
    members = "\n   :members: initial, step, tested" if StepwiseNetwork in classes else ""
    return f"### {title}\n\n```{{eval-rst}}\n{entries}{members}\n```"


def config(task: str) -> str:
    """The complete config of a task, as `plastica config` prints it."""
    return f"```toml\n{load(task).toml(comments=True)}```"


def keys(part: str) -> str:
    """The keys of a table of the config, for each kind of it."""
    return "\n\n".join(_keys_of(word, section) for word, section in KINDS[part].items())


def _keys_of(word: str, section: type[BaseModel]) -> str:
    schema = section.model_json_schema()
    title = f"### `{word}`\n\n" if word else ""
    rows = list(_rows(schema, schema.get("$defs", {}), ""))
    said = " ".join((section.__doc__ or "").split("\n\n")[0].split())
    return f"{title}{_escaped(said)}\n\n{_table(('key', 'value', 'default', ''), rows)}"


def _rows(schema: Schema, known: dict[str, Schema], before: str) -> Iterator[tuple[str, str, str, str]]:
    """A row for each key; those of a table within it below it, by their dotted keys."""
    for key, own in schema.get("properties", {}).items():
        default = f"`{json.dumps(own['default'])}`" if _is_short(own) else ""
        yield f"`{before}{key}`", _escaped(_value(own, known)), default, _escaped(own.get("description", ""))
        if "$ref" in own:
            yield from _rows(_found(own, known), known, f"{before}{key}.")


def _is_short(schema: Schema) -> bool:
    return "default" in schema and not isinstance(schema["default"], dict)


def _found(schema: Schema, known: dict[str, Schema]) -> Schema:
    return known[schema["$ref"].rpartition("/")[2]] if "$ref" in schema else schema


def _value(schema: Schema, known: dict[str, Schema]) -> str:
    """In words, what a key may be."""
    if "$ref" in schema:
        return "a table"
    for several in ("anyOf", "oneOf"):
        if several in schema:
            values = [_choice(one, known) if several == "oneOf" else _value(one, known) for one in schema[several]]
            return " or ".join(dict.fromkeys(values))
    if "const" in schema or "enum" in schema:
        return " or ".join(json.dumps(one) for one in schema.get("enum", [schema.get("const")]))
    if schema.get("type") == "array":
        return f"a list, each {_value(schema['items'], known)}" if "items" in schema else "a list"
    return _plain(schema)


def _choice(schema: Schema, known: dict[str, Schema]) -> str:
    """A table that one of its keys tells from others."""
    found = _found(schema, known)
    told = [f"{key} = {json.dumps(own['const'])}" for key, own in found.get("properties", {}).items() if "const" in own]
    others = [key for key, own in found.get("properties", {}).items() if "const" not in own]
    return f"a table with {', '.join(told)}" + (f" ({', '.join(others)})" if others else "")


def _plain(schema: Schema) -> str:
    words = {"integer": "a whole number", "number": "a number", "string": "text", "boolean": "true or false"}
    said = words.get(schema.get("type", ""), "a table" if schema.get("type") == "object" else "any value")
    signs = {"minimum": "≥", "exclusiveMinimum": ">", "maximum": "≤", "exclusiveMaximum": "<"}
    bounds = [f"{sign} {schema[key]:g}" for key, sign in signs.items() if key in schema]
    return " ".join([said, *([", ".join(bounds)] if bounds else [])])


def _table(head: tuple[str, ...], rows: list[Any]) -> str:
    lines = [head, ("---",) * len(head), *rows]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines)


def _escaped(text: str) -> str:
    """Text as it stands, whatever Markdown would make of it; what is code stays code."""
    return re.sub(r"(`[^`]*`)|([\\*_\[\]<>$])", lambda found: found[1] or f"\\{found[2]}", text)
