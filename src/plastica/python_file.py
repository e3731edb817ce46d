"""A user's Python file as a module: the only place where foreign code is run.

What runs is the very text that was read, never a compiled copy that lies beside it, and a text runs once in a process.
Whoever calls this has asked before whether the file is to be trusted.
"""

import hashlib
import sys
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from importlib.machinery import SourceFileLoader
from pathlib import Path, PurePath
from threading import RLock
from types import CodeType, ModuleType
from typing import Any, TypeVar

from plastica.errors import UserError

Result = TypeVar("Result")
_running = RLock()
_begun: set[str] = set()  # names of modules whose text is running now
_texts: dict[str, tuple[str, bytes]] = {}  # {module: (file, text)} of all that ran


@dataclass(frozen=True)
class PythonFile:
    """A file and its text, as it was read."""

    path: Path
    content: bytes

    @property
    def sha256(self) -> str:
        return digest(self.content)

    def module(self) -> ModuleType:
        """What the text defines. Raises UserError, with the line, where it fails."""
        return run_text(self.path, self.content)


def read_file(key: str, path: Path, sha256: str | None) -> PythonFile:
    """The file that a table of the config names; `key` is the table, `sha256` the fingerprint in it, or nothing.

    Raises UserError if it cannot be read, or is another file by its fingerprint.
    """
    try:
        content = path.read_bytes()
    except (OSError, ValueError) as error:  # ValueError: a name with a zero in it
        reason = error.strerror if isinstance(error, OSError) else error
        raise UserError(f"{key}.file = {str(path)!r} cannot be read ({reason}): name a Python file") from None
    if sha256 not in (None, "", digest(content)):
        raise UserError(f"{path} has changed since {key}.sha256 was noted: restore it, or begin a new run with it")
    return PythonFile(path, content)


def digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def is_inside(file: Any, folder: Path, room: str) -> bool:
    """Whether a relative path leads to a file in `room` of a run's folder, and nowhere else by links."""
    if not isinstance(file, str) or PurePath(file).parts[:-1] != (room,):
        return False
    try:
        return (folder / file).resolve() == folder.resolve() / file
    except (OSError, ValueError, RuntimeError):  # a name that cannot be one, links in a circle
        return False


def check_confined(tables: Mapping[str, Any], what: str, room: str, folder: Path) -> None:
    """Raise UserError unless the tables of a run's config, {key: table}, name files in `room` of its own folder, with
    their fingerprints: the folder may be a stranger's."""
    for key, table in tables.items():
        if not (is_inside(table["file"], folder, room) and table.get("sha256")):
            raise UserError(
                f"{folder / 'config.toml'} names {key}.file = {table['file']!r}, sha256 = {table.get('sha256', '')!r}: "
                f"a run's {what} is a file of its own {room}/, with its fingerprint; restore the folder as its run "
                "left it"
            )


def locate(tables: Iterable[dict[str, Any]], folder: Path) -> None:
    """Give the files of a config's tables absolute paths; a relative one begins at `folder`."""
    for table in tables:
        if isinstance(table["file"], str):
            table["file"] = str((folder / table["file"]).absolute())


class _Text(SourceFileLoader):
    """Compiles a text that was read before: neither a file that has changed since nor bytecode beside it."""

    def __init__(self, name: str, file: Path, content: bytes) -> None:
        super().__init__(name, str(file))
        self.content = content

    def get_code(self, fullname: str) -> CodeType:
        return self.source_to_code(self.content, self.path)


def run_text(file: Path, content: bytes) -> ModuleType:
    """The module of a text, under a name that no other text has; a text that ran before does not run again."""
    name = f"plastica_file_{digest(content)}"
    with _running:
        if name in _begun:
            raise UserError(f'{file} is being read: put what runs it below `if __name__ == "__main__":`')
        if name in sys.modules:
            return sys.modules[name]
        module = sys.modules[name] = ModuleType(name)  # pydantic looks names up there
        module.__file__ = str(file)
        _begun.add(name)
        try:
            reported(str(file), lambda: _Text(name, file, content).exec_module(module))
        except BaseException:
            del sys.modules[name]
            raise
        finally:
            _begun.remove(name)
        _texts[name] = (str(file), content)
        return module


def texts() -> Mapping[str, tuple[str, bytes]]:
    """{module: (file, text)} of all that ran here: what a worker elsewhere must run to understand its task."""
    return dict(_texts)


def run_texts(texts: Mapping[str, tuple[str, bytes]]) -> None:
    """Have the same modules here."""
    for file, content in texts.values():
        run_text(Path(file), content)


def reported(file: str, act: Callable[[], Result]) -> Result:
    """What a piece of a file's code returns. Raises UserError, with the line, for whatever it raises."""
    try:
        return act()
    except UserError:
        raise
    except (Exception, SystemExit) as error:
        raise UserError(f"{file} {_reason(error, file)}: correct the file") from None


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
