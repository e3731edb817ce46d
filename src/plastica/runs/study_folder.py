"""A study is a folder: `study.toml` says what is asked, `runs/` has ordinary runs; all else is computed."""

import os
import shutil
import tomllib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import tomli_w
from pydantic import ValidationError

from plastica.errors import UserError
from plastica.runs import shapes
from plastica.runs.disk import held, keep_whole
from plastica.runs.folder import STUDY, RunFolder

FORMAT = 1
OURS = (".lock", f".{STUDY}.part", "task")  # what may stand in a folder before its study is asked for


class StudyFolder:
    """The files of one study; data only."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.file = path / STUDY
        self.runs = path / "runs"
        self.figures = path / "figures"

    @property
    def exists(self) -> bool:
        return os.path.isfile(self.file)

    def make(self) -> None:
        """The folder, where there is none. Raises UserError if something else stands there."""
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            others = [file.name for file in self.path.iterdir() if file.name not in OURS]
        except OSError as error:
            raise UserError(f"{self.path} cannot be written ({error.strerror}): choose another --out") from None
        if others and not self.exists:
            raise UserError(f"{self.path} is neither empty nor the folder of a study: choose another --out")

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Hold the study against every other process. Raises UserError if another holds it."""
        with held(self.path):
            yield

    def read(self) -> dict[str, Any]:
        """What is asked. Raises UserError if the file is damaged, or a newer version of plastica wrote it."""
        try:
            tree = tomllib.loads(self.file.read_text(encoding="utf-8"))
            if isinstance(tree.get("format"), int) and tree["format"] > FORMAT:
                raise UserError(f"{self.file} has format {tree['format']}, of a newer version: upgrade plastica")
            return shapes.Study.model_validate(tree).model_dump()
        except OSError as error:
            raise UserError(f"{self.file} cannot be read ({error.strerror}): is this the folder of a study?") from None
        except ValidationError as error:
            key = ".".join(map(str, error.errors()[0]["loc"]))
            raise UserError(f"{self.file} is damaged at {key}: restore the file") from None
        except (ValueError, RecursionError):
            raise UserError(f"{self.file} is damaged: restore the file") from None

    def write(self, asked: Mapping[str, Any], files: Mapping[str, bytes]) -> None:
        """Keep what is asked, and the `files` that its configs name."""
        for name, content in files.items():
            (self.path / name).parent.mkdir(exist_ok=True)
            keep_whole(self.path / name, content)
        keep_whole(self.file, tomli_w.dumps({"format": FORMAT, **asked}).encode())

    def has_begun(self, name: str) -> bool:
        return os.path.lexists(self.runs / name)

    def begin(self, name: str, config: str, environment: dict[str, Any], files: Mapping[str, bytes]) -> RunFolder:
        """The folder of a new run, which is there as a whole or not at all."""
        part = self.runs / f".{name}.part"
        if os.path.lexists(part):  # of a process that ended without notice
            shutil.rmtree(part)
        RunFolder.create(part, config, environment, files)
        part.replace(self.runs / name)
        return RunFolder.open(self.runs / name)
