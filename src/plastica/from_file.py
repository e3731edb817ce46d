"""Rules of a user's own, from a Python file that the config names.

Nothing of the file runs unless its user trusts it.
"""

from collections.abc import Mapping
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any, ClassVar

from pydantic import Field, create_model

from plastica.errors import UserError
from plastica.python_file import digest, is_inside, read_file, reported, run_text
from plastica.rules.base import Parameter, Space
from plastica.section import Section

NEEDED = ("parameters", "known", "equation", "change", "on_pre", "on_post")  # `Rule` and `SpikeRule` describe them


class FromFile(Section):
    """Where the class of a rule comes from; the fields of that class are further keys of the same table."""

    file: str = Field(description="Python file that defines the rule; it runs as a program: read it, then use --trust")
    rule: str = Field(description="name of the rule's class in that file")
    sha256: str = Field("", description="fingerprint of the file: another one is refused; empty: any file will do")
    content: ClassVar[bytes] = b""  # of the file

    def __reduce__(self) -> tuple[Any, ...]:
        """Workers elsewhere do not have the file: they get its text, and compile it once."""
        return _unpickled, (self.content, self.model_dump())

    @property
    def in_folder(self) -> "FromFile":
        """The same rule as the config in a run's folder names it: from the copy that is kept there, and no other."""
        name = f"rules/{Path(self.file).name}"
        return self.model_copy(update={"file": name, "sha256": digest(self.content)})


def confined(tree: dict[str, Any], folder: Path) -> dict[str, Any]:
    """The config's tree of a run, whose rules may come from files in the `rules/` of its own folder and no others.

    Raises UserError for any other file, and for one without a fingerprint: a run's folder may be a stranger's.
    """
    for connection, table in _tables(tree).items():
        if not (is_inside(table["file"], folder, "rules") and table.get("sha256")):
            raise UserError(
                f"{folder / 'config.toml'} names rules.{connection}.file = {table['file']!r}, sha256 = "
                f"{table.get('sha256', '')!r}: a run's rule is a file of its own rules/, with its fingerprint; restore "
                "the folder as its run left it"
            )
    return tree


def located(tree: dict[str, Any], folder: Path) -> dict[str, Any]:
    """A config's tree in which the files of rules have absolute paths; a relative one begins at `folder`."""
    for table in _tables(tree).values():
        if isinstance(table["file"], str):
            table["file"] = str((folder / table["file"]).absolute())
    return tree


def rule_classes(tree: dict[str, Any], rules: Mapping[str, Any], trust: bool) -> dict[str, type[Section]]:
    """The classes of the connections for which a config's tree names a file, where `rules` are the task's own.

    Raises UserError for all that can be wrong with the file, and before anything of it runs where it is not trusted.
    """
    tables = {connection: table for connection, table in _tables(tree).items() if connection in rules}
    for connection, table in tables.items():
        key = f"rules.{connection}"
        if not hasattr(rules[connection], "on_pre"):
            raise UserError(
                f"{key}.file = {table['file']!r}: only spiking networks take a rule from a file; this network's rule "
                f"is a polynomial, whose terms are {key}.terms"
            )
        for name in ("file", "rule"):
            if not isinstance(table.get(name), str):
                raise UserError(f"{key}.{name} = {table.get(name)!r}: give a Python file and the class in it, as text")
        if not trust:
            raise UserError(
                f"{key} comes from {table['file']}, a Python file that runs as a program: read it, and if you trust it "
                "add --trust (in Python: trust=True)"
            )
    return {connection: _class(f"rules.{connection}", table) for connection, table in tables.items()}


def _tables(tree: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """The tables of rules that name a file, by connection."""
    rules = tree.get("rules")
    every = rules.items() if isinstance(rules, dict) else ()
    return {connection: table for connection, table in every if isinstance(table, dict) and "file" in table}


def _class(key: str, table: Mapping[str, Any]) -> type[Section]:
    file, rule = Path(table["file"]), table["rule"]
    read = read_file(key, file, table.get("sha256"))
    module = read.module()
    found = getattr(module, rule, None)
    if not isinstance(found, type):
        classes = [name for name, value in vars(module).items() if getattr(value, "__module__", "") == module.__name__]
        raise UserError(f"{key}.rule = {rule!r}: {file} has no such class; it has {', '.join(classes) or 'none'}")
    if not issubclass(found, Section):
        raise UserError(f"{key}.rule = {rule!r}: derive the class from plastica.section.Section, in {file}")
    missing = [name for name in NEEDED if not hasattr(found, name) and name not in found.model_fields]
    if missing:
        raise UserError(f"{key}.rule = {rule!r}: the class lacks {', '.join(missing)}; define it in {file}")
    taken = [name for name in FromFile.model_fields if name in found.model_fields]
    if taken:
        raise UserError(f"{key}.rule = {rule!r}: give its field {taken[0]} another name, the config needs this one")
    return _with_file(found, read.content)


@cache
def _with_file(rule: type[Section], content: bytes) -> type[Section]:
    """The class with the fields of `FromFile` before its own; one class, so that equal configs compare equal."""
    made = create_model(rule.__name__, __base__=(rule, FromFile))
    made.content = content  # type: ignore[attr-defined]
    return made  # type: ignore[return-value]


def _unpickled(content: bytes, fields: dict[str, Any]) -> Section:
    module = run_text(Path(fields["file"]), content)
    return _with_file(getattr(module, fields["rule"]), content)(**fields)


def check_rule(key: str, rule: Any) -> None:
    """Raise UserError where a rule from a file fails at its first use; at the end of a run it would be too late."""

    def use() -> None:
        parameters = rule.parameters()
        if not all(isinstance(parameter, Parameter) for parameter in parameters):
            raise TypeError("parameters() must return plastica.rules.base.Parameter objects")
        str(rule.equation(Space(parameters).zero)), str(rule.change)
        with suppress(ValueError):
            rule.known("")

    try:
        reported(rule.file, use)
    except UserError as error:
        raise UserError(f"{key}: {error}") from None
