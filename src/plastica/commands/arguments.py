"""What commands share: their arguments, the settings of --set, and how a value is printed."""

import math
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Annotated, Any

import typer

from plastica.terminal import printable

Named = Annotated[
    str,
    typer.Argument(
        metavar="TASK|FILE", help="A task, a config (.toml), or a Python file that defines one (.py, .py:NAME)."
    ),
]
Settings = Annotated[
    list[str] | None, typer.Option("--set", metavar="KEY=VALUE", help="Change the config, by dotted key; repeatable.")
]
Folder = Annotated[Path, typer.Argument(metavar="DIR", help="The folder of a run, or of a study.")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Print nothing but errors.")]
MaxSeconds = Annotated[float | None, typer.Option(min=0.0, help="End the search after this time; it can be resumed.")]
Trust = Annotated[
    bool, typer.Option("--trust", help="Run the Python file that the task or a rule comes from; read it first.")
]
Figures = Annotated[
    Path | None, typer.Option("--out", metavar="DIR", help="Folder for the figures.  [default: DIR/figures]")
]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]


def settings_of(texts: list[str] | None) -> dict[str, Any]:
    from plastica.toml_text import setting

    return dict(setting(text) for text in texts or [])


def window_of(text: str) -> tuple[str, tuple[float, float]]:
    """`rate_hz=4.5,5.5`. Raises UserError."""
    from plastica.errors import UserError

    name, _, ends = text.partition("=")
    try:
        low, high = map(float, ends.split(","))
    except ValueError:
        raise UserError(f"--window {text}: write it as NAME=LOW,HIGH, such as rate_hz=4.5,5.5") from None
    if not low < high:
        raise UserError(f"--window {text}: the first number must be the smaller one")
    return name, (low, high)


def target_of(text: str) -> tuple[str, tuple[float, float]]:
    """`rate_hz=5`: a window without width. Raises UserError."""
    from plastica.errors import UserError

    name, _, written = text.partition("=")
    try:
        value = float(written)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise UserError(f"--target {text}: write it as NAME=VALUE, such as rate_hz=5")
    return name, (value, value)


def show_value(value: Any, json: bool, printer: Callable[[Any], None]) -> None:
    """As one JSON object, or for people, by a function of `display`."""
    print_json(value) if json else printer(value)


def print_files(files: Iterable[Path]) -> None:
    """Files that were made, one a line."""
    print(*(printable(str(file)) for file in files), sep="\n")


def print_json(value: Any) -> None:
    import json

    print(json.dumps(value, indent=2, allow_nan=False))
