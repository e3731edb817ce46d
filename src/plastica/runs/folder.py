"""A run is a folder: config, environment, journal, status, result, figures; a lock keeps a second process out."""

import json
import os
import tomllib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import date
from hashlib import sha256
from itertools import count
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from plastica.errors import UserError
from plastica.runs import shapes
from plastica.runs.disk import held, keep_whole
from plastica.runs.journal import Journal, Record
from plastica.runs.shapes import Status

STUDY = "study.toml"  # the file that makes a folder that of a study
MAY_CHANGE = ("engine", "generations")  # keys of a config: what carries a run, and how long it is


class RunFolder:
    """The files of one run; data only, so that opening a stranger's folder runs no code."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.config = path / "config.toml"
        self.figures = path / "figures"
        self.failure = path / "failure.json"
        self.journal = Journal(path / "journal.jsonl")

    @classmethod
    def create(
        cls, path: Path, config: str, environment: dict[str, Any], files: Mapping[str, bytes] | None = None
    ) -> "RunFolder":
        """A new folder at `path`, with the `files` that the config names there.

        Raises UserError if something stands there already: a run is never overwritten.
        """
        folder = cls(path)
        try:
            folder._check_free()
            path.mkdir(parents=True, exist_ok=True)
            with folder.locked():
                folder._check_free()  # another process may have been faster
                for name, content in (files or {}).items():
                    (path / name).parent.mkdir(exist_ok=True)
                    folder._write(name, content)
                folder._write("config.toml", config.encode())
                folder._write_json("environment.json", environment)
                folder.journal.create(fingerprint(config))
        except OSError as error:
            raise UserError(f"{path} cannot be written ({error.strerror}): choose another --out") from None
        return folder

    @classmethod
    def open(cls, path: Path) -> "RunFolder":
        """An existing run. Raises UserError if there is none at `path`."""
        if not os.path.isdir(path):  # which has no error for a name that is too long
            raise UserError(f"{path} is not a folder: give the folder of a run, as printed at its end")
        if os.path.isfile(path / STUDY):
            raise UserError(f"{path} is the folder of a study: give one of its runs, which are in {path / 'runs'}")
        folder = cls(path)
        if not os.path.isfile(folder.config) or not os.path.isfile(folder.journal.path):
            raise UserError(f"{path} is not the folder of a run: it has no config.toml or no journal.jsonl")
        if folder.journal.path.is_symlink():  # appending would write to wherever it leads
            raise UserError(f"{folder.journal.path} is a symbolic link: put the file itself in its place")
        return folder

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Hold the run against every other process. Raises UserError if another holds it.

        Waits a little: whoever only looks holds the lock for an instant.
        """
        with held(self.path):
            yield

    def status(self) -> tuple[Status, str]:
        """Whether the run is running, interrupted or finished, and why."""
        if self._is_locked():
            return "running", "a process is working on it"
        status, reason = self.stated()
        return (status, reason) if status != "running" else ("interrupted", "its process ended without notice")

    def stated(self) -> tuple[Status, str]:
        """What the last process noted, which may have ended since without notice."""
        note = self._read_json("status.json", shapes.Note)
        return (note["status"], note["reason"]) if note else ("interrupted", "it had not begun")

    def state(self, status: Status, reason: str) -> None:
        """Note what became of the run."""
        self._write_json("status.json", {"status": status, "reason": reason})

    def result(self) -> dict[str, Any]:
        """What was found; empty while the run has not come to its end."""
        return self._read_json("result.json", shapes.Result)

    def write_result(self, result: dict[str, Any]) -> None:
        self._write_json("result.json", result)

    def posterior(self) -> dict[str, Any]:
        """What was last inferred from the run; empty where nothing was."""
        return self._read_json("posterior.json", shapes.Posterior, "infer it again")

    def write_posterior(self, summary: dict[str, Any]) -> None:
        self._write_json("posterior.json", summary)

    def write_failure(self, failure: dict[str, Any]) -> None:
        """Keep what is known of a trial that raised an error."""
        self._write_json(self.failure.name, failure)

    def discard_result(self) -> None:
        """Forget a result that the run is about to outgrow, and a failure that may be mended."""
        for file in (self.path / "result.json", self.failure):
            try:
                file.unlink(missing_ok=True)
            except OSError as error:
                raise UserError(
                    f"{file} cannot be deleted ({error.strerror}): delete it, then resume the run"
                ) from None

    def environment(self) -> dict[str, Any]:
        return self._read_json("environment.json", shapes.Environment)

    def repair(self) -> list[Record]:
        """Cut off a last line of the journal that was not written whole, and return the others."""
        return self.journal.repair(self.identity)

    def is_edited(self) -> bool:
        """Whether the config is no longer the one with which the journal begins; not where that was not noted."""
        return self.journal.config() not in ("", self.identity)

    @property
    def identity(self) -> str:
        """The fingerprint of its config: what is made from the run says with it whose it is."""
        return fingerprint(self._config_text())

    def extend(self, generations: int, config: str) -> None:
        """Let the run go on to more generations: its result is no longer one, and its config, as given, says so.

        Whatever happens between two steps, what is left is the folder of an interrupted run.
        """
        self.state("interrupted", f"extended to {generations} generations")
        self.discard_result()
        self._write("config.toml", config.encode())

    def damage(self, name: str, again: str = "resume the run to write it anew") -> UserError:
        """The sentence about a file of JSON that does not hold what it should."""
        return UserError(f"{self.path / name} is damaged: delete it, then {again}")

    def _config_text(self) -> str:
        return self.config.read_text(encoding="utf-8-sig")

    def _check_free(self) -> None:
        if os.path.isdir(self.path) and all(file.name == ".lock" for file in self.path.iterdir()):
            return
        if os.path.exists(self.path):
            held = "holds a run already" if self.journal.path.exists() else "exists and is not an empty folder"
            raise UserError(f"{self.path} {held}: choose another --out, or resume it with: plastica resume {self.path}")

    def _is_locked(self) -> bool:
        path = self.path / ".lock"
        if not path.exists():
            return False
        lock = FileLock(path, timeout=0)
        try:
            lock.acquire()
        except Timeout:
            return True
        except OSError:  # a folder that may only be read
            return False
        lock.release()
        return False

    def _read_json(self, name: str, shape: type[shapes.Shape], *again: str) -> dict[str, Any]:
        """What a file of a shape holds; empty where there is no such file."""
        file = self.path / name
        if not os.path.lexists(file):
            return {}
        try:
            if not file.is_file():  # a pipe would never end
                raise ValueError
            return shapes.parse(shape, file.read_bytes())
        except (OSError, ValueError):
            raise self.damage(name, *again) from None

    def _write_json(self, name: str, content: dict[str, Any]) -> None:
        self._write(name, json.dumps(content, indent=2, allow_nan=False).encode() + b"\n")

    def _write(self, name: str, content: bytes) -> None:
        keep_whole(self.path / name, content)


def new_folder(task: str) -> Path:
    """The first free path `runs/<task>-<date>-<n>`."""
    stem = f"runs/{task}-{date.today().isoformat()}"
    return next(path for n in count(1) if not (path := Path(f"{stem}-{n}")).exists())


def fingerprint(config: str) -> str:
    """Of what in a TOML config decides the journal and the result, whatever its comments and layout."""
    tree = {key: value for key, value in tomllib.loads(config).items() if key not in MAY_CHANGE}
    return sha256(json.dumps(tree, sort_keys=True, default=str).encode()).hexdigest()
