"""From a run to a file of a target, and a check of that file on the run's own data."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from plastica.errors import UserError
from plastica.exports import EXPORTS
from plastica.exports.source import Source
from plastica.exports.target import Agreement
from plastica.kept import Run


@dataclass(frozen=True)
class Exported:
    """The file, and what its check found; nothing where it was not checked."""

    file: Path
    agreements: Sequence[Agreement] = ()

    @property
    def agrees(self) -> bool:
        return all(one.holds for one in self.agreements)


def export(
    run: Run | str | Path, to: str, *, out: str | Path | None = None, check: bool = False, trust: bool = False
) -> Exported:
    """Write the learned rules of a run as a file of a target: python, latex, json, brian2, nestml or nest.

    The file is `out`, by default <task><suffix> in the run's folder `exports`. `check` runs it on the first held-out
    dataset of the run and compares. A file that is there already is never overwritten, but is checked where it is what
    would be written. Raises UserError for a target that does not exist or cannot express the rule, a run without a
    result, and, where it is to be checked, for a target that is not installed; nothing is written then.
    """
    if to not in EXPORTS:
        raise UserError(f"--to {to}: choose from {', '.join(EXPORTS)}")
    target = EXPORTS[to]
    source = Source(run if isinstance(run, Run) else Run.open(run, trust))
    text = target.text(source)
    if check:
        target.require()
    file = Path(out) if out is not None else _default(source, target.suffix)
    if not (check and _is_there(file, text)):
        _write(file, text)
    return Exported(file, target.check(source, file) if check else ())


def _default(source: Source, suffix: str) -> Path:
    """Its place in the run's own folder. Raises UserError where that is a link, which could lead out of it."""
    folder = source.run.folder.path / "exports"
    if folder.is_symlink():
        raise UserError(f"{folder} is a symbolic link, and what it leads to is left alone: give a file by --out FILE")
    return folder / f"{source.stem}{suffix}"


def _is_there(file: Path, text: str) -> bool:
    try:
        return file.read_bytes() == text.encode()
    except OSError:
        return False


def _write(file: Path, text: str) -> None:
    """A new file, whole or not at all. Raises UserError where it cannot be written, or something is there."""
    if os.path.lexists(file):
        raise _exists(file)
    part = file.with_name(f".{file.name}.{os.getpid()}.part")
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        part.write_text(text, encoding="utf-8")
        try:
            os.link(part, file)  # which, other than renaming, overwrites nothing
        except FileExistsError:
            raise _exists(file) from None
        finally:
            part.unlink()
    except OSError as error:
        raise UserError(f"{file} cannot be written ({error.strerror}): choose another place by --out FILE") from None


def _exists(file: Path) -> UserError:
    return UserError(f"{file} exists already, and is not overwritten: delete it, or choose another by --out FILE")
