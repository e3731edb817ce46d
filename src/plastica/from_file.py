"""Rules of a user's own, from a Python file that the config names: the only place where foreign code is run.

Nothing of the file runs unless its user trusts it. What runs then is the very text that was read, never a compiled copy
that lies beside it.
"""

import hashlib
import sys
from collections.abc import Mapping
from contextlib import suppress
from functools import cache
from importlib.machinery import SourceFileLoader
from pathlib import Path, PurePath
from threading import Lock
from types import CodeType, ModuleType
from typing import Any, ClassVar

from pydantic import Field, create_model

from plastica.errors import UserError
from plastica.rules.base import Parameter, Space
from plastica.section import Section

_running = Lock()
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
        return self.model_copy(update={"file": name, "sha256": _digest(self.content)})


def confined(tree: dict[str, Any], folder: Path) -> dict[str, Any]:
    """The config's tree of a run, whose rules may come from files in the `rules/` of its own folder and no others.

    Raises UserError for any other file, and for one without a fingerprint: a run's folder may be a stranger's.
    """
    for connection, table in _tables(tree).items():
        if not (_is_inside(table["file"], folder) and table.get("sha256")):
            raise UserError(
                f"{folder / 'config.toml'} names rules.{connection}.file = {table['file']!r}, sha256 = "
                f"{table.get('sha256', '')!r}: a run's rule is a file of its own rules/, with its fingerprint; restore "
                "the folder as its run left it"
            )
    return tree


def _is_inside(file: Any, folder: Path) -> bool:
    """Whether a relative path leads to a file in `rules/`, and nowhere else by links."""
    if not isinstance(file, str) or PurePath(file).parts[:-1] != ("rules",):
        return False
    try:
        return (folder / file).resolve() == folder.resolve() / file
    except (OSError, ValueError, RuntimeError):  # a name that cannot be one, links in a circle
        return False


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
    try:
        content = file.read_bytes()
    except (OSError, ValueError) as error:  # ValueError: a name with a zero in it
        reason = error.strerror if isinstance(error, OSError) else error
        raise UserError(f"{key}.file = {str(file)!r} cannot be read ({reason}): name a Python file") from None
    if table.get("sha256") not in (None, "", _digest(content)):
        raise UserError(f"{file} has changed since {key}.sha256 was noted: restore it, or begin a new run with it")
    module = _module(file, content)
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
    return _with_file(found, content)


@cache
def _with_file(rule: type[Section], content: bytes) -> type[Section]:
    """The class with the fields of `FromFile` before its own; one class, so that equal configs compare equal."""
    made = create_model(rule.__name__, __base__=(rule, FromFile))
    made.content = content  # type: ignore[attr-defined]
    return made  # type: ignore[return-value]


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


class _Text(SourceFileLoader):
    """Compiles a text that was read before: neither a file that has changed since nor bytecode beside it."""

    def __init__(self, name: str, file: Path, content: bytes) -> None:
        super().__init__(name, str(file))
        self.content = content

    def get_code(self, fullname: str) -> CodeType:
        return self.source_to_code(self.content, self.path)


def _module(file: Path, content: bytes) -> ModuleType:
    """The module of a text, under a name that no other text has; a text that ran before does not run again."""
    name = f"plastica_rule_{_digest(content)}"
    with _running:
        if name in sys.modules:
            return sys.modules[name]
        loader = _Text(name, file, content)
        module = sys.modules[name] = ModuleType(name)  # pydantic looks names up there
        module.__file__ = str(file)
        try:
            loader.exec_module(module)
        except (Exception, SystemExit) as error:
            del sys.modules[name]
            raise UserError(f"{file} {_reason(error, str(file))}: correct the file") from None
        return module


def _unpickled(content: bytes, fields: dict[str, Any]) -> Section:
    module = _module(Path(fields["file"]), content)
    return _with_file(getattr(module, fields["rule"]), content)(**fields)


def check_rule(key: str, rule: Any) -> None:
    """Raise UserError where a rule from a file fails at its first use; at the end of a run it would be too late."""
    try:
        parameters = rule.parameters()
        if not all(isinstance(parameter, Parameter) for parameter in parameters):
            raise TypeError("parameters() must return plastica.rules.base.Parameter objects")
        str(rule.equation(Space(parameters).zero)), str(rule.change)
        with suppress(ValueError):
            rule.known("")
    except Exception as error:
        raise UserError(f"{key}: {rule.file} {_reason(error, rule.file)}: correct the file") from None


def _reason(error: BaseException, file: str) -> str:
    """What went wrong, and in which line of the file."""
    message = " ".join(str(error).split())
    if isinstance(error, SyntaxError):
        return f"is not valid Python (line {error.lineno}: {error.msg})"
    line, trace = 0, error.__traceback__
    while trace is not None:
        line = trace.tb_lineno if trace.tb_frame.f_code.co_filename == file else line
        trace = trace.tb_next
    where = f" in line {line}" if line else ""
    return f"fails{where} ({type(error).__name__}{': ' if message else ''}{message})"
