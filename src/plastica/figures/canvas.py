"""Canvases: axes to draw on, saved as the same files whenever they are drawn again."""

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from plastica.errors import UserError
from plastica.figures import draw_legend
from plastica.kept import Run
from plastica.studies import Study

FORMATS = ("png", "svg", "pdf")
UNDATED = {".png": {}, ".svg": {"Date": None}, ".pdf": {"CreationDate": None}}  # the same figure is the same file
LINE_INCHES = 0.14  # of a legend, or of a list of terms
ELSEWHERE = "draw elsewhere with --out DIR"


def figures_folder(run: Run | Study, out: Path | None = None) -> Path:
    """Where the figures of a run or a study go: `out`, or else its own folder for them; made where there is none.

    Raises UserError if it cannot be written, or the run's own is a link, which could lead out of the run's folder.
    """
    folder = out or run.folder.figures
    if out is None:
        _check_no_link(folder)
    return writable(folder)


def writable(folder: Path) -> Path:
    """The folder, made where there is none. Raises UserError if it cannot be written."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise unwritable(folder, error) from None
    if not os.access(folder, os.W_OK):
        raise unwritable(folder, PermissionError(errno.EACCES, os.strerror(errno.EACCES)))
    return folder


def make_place(stem: Path, option: str = "--out") -> None:
    """The folder of a figure that is called `stem` by an option. Raises UserError for a name that is none."""
    if stem.name in ("", ".."):
        raise UserError(f"{option} {stem}: name the figure without a suffix, such as {option} {stem / 'comparison'}")
    try:
        stem.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise unwritable(stem.parent, error) from None


def taller(canvas: Any, lines: int) -> None:
    """Give a figure room for lines of text, so that its axes keep theirs."""
    canvas.set_figheight(canvas.get_figheight() + LINE_INCHES * lines)


def files_of(stem: Path) -> list[Path]:
    """The files of the figure that is called `stem`."""
    return [stem.with_name(f"{stem.name}.{suffix}") for suffix in FORMATS]


@contextmanager
def figure(
    stem: Path, panels: int, rows: int = 1, height: float = 2.2, width: float = 2.8, letters: bool = False
) -> Iterator[Any]:
    """Axes [rows * panels] to draw on, each `width` x `height` inches with all that belongs to them.

    Saved at the end as the files of `stem`. Raises UserError if they cannot be written.
    """
    import matplotlib as mpl
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    with mpl.rc_context(fname=Path(__file__).parent / "plastica.mplstyle"):
        canvas = Figure(figsize=(width * panels, height * rows))
        FigureCanvasAgg(canvas)  # no window, no global state
        axes = np.atleast_1d(canvas.subplots(rows, panels)).ravel()
        yield axes
        if letters:
            draw_legend.letters(axes)
        for file in files_of(stem):
            _save(canvas, file)
            canvas.set_layout_engine("none")  # what was laid out for the first file holds for all


def write_text(file: Path, text: str) -> None:
    """A table beside figures, under the same conditions. Raises UserError if it cannot be written."""
    _check_no_link(file)
    try:
        file.write_text(text, encoding="utf-8")
    except OSError as error:
        raise unwritable(file, error) from None


def _save(canvas: Any, file: Path) -> None:
    _check_no_link(file)
    try:
        canvas.savefig(file, metadata=UNDATED[file.suffix])
    except OSError as error:
        raise unwritable(file, error) from None


def _check_no_link(path: Path) -> None:
    if path.is_symlink():
        raise UserError(f"{path} is a symbolic link, and what it leads to is left alone: delete it, or {ELSEWHERE}")


def unwritable(path: Path, error: OSError) -> UserError:
    return UserError(f"{path} cannot be written ({error.strerror or error}): free some space, or {ELSEWHERE}")
