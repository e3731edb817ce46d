"""Tables of rules."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from plastica.commands.arguments import Json, Settings, Trust, print_files, settings_of, show_value, window_of


def table(
    sources: Annotated[
        list[Path],
        typer.Argument(metavar="DIR|FILE...", help="Folders of runs and studies; tables (.csv, .json, .npy)."),
    ],
    out: Annotated[
        Path | None, typer.Option("--out", metavar="FILE", help="The table to write: .csv, .json or .npy.")
    ] = None,
    everything: Annotated[
        bool, typer.Option("--all", help="All rules that were evaluated, also of runs that keep some.")
    ] = False,
    evaluate: Annotated[
        int | None, typer.Option(min=1, metavar="N", help="Measure the rules anew, on N held-out datasets.")
    ] = None,
    window: Annotated[
        list[str] | None,
        typer.Option("--window", metavar="NAME=LOW,HIGH", help="Keep rules by their mean of a metric; repeatable."),
    ] = None,
    task: Annotated[
        str | None, typer.Option(help="What evaluates the rules, as for run.  [default: the task of the first run]")
    ] = None,
    set_: Settings = None,
    figure: Annotated[
        Path | None, typer.Option("--figure", metavar="STEM", help="Draw every two parameters, as PNG, SVG and PDF.")
    ] = None,
    json: Json = False,
    trust: Trust = False,
) -> None:
    """List the rules that runs found, or a file holds; measure, filter and draw them."""
    from plastica.display.family import print_family
    from plastica.figures import plot_family
    from plastica.table import Table, described, evaluated, within, write_table
    from plastica.table.files import check_out

    if out:
        check_out(out)
    windows = dict(window_of(text) for text in window or [])
    rules, config = _gathered(sources, everything, task, settings_of(set_), trust)
    if evaluate:
        rules = evaluated(rules, _needed(config), evaluate)
    left: Table = rules.rows(within(rules, windows)) if windows else rules
    show_value(described(left, len(rules), config and config.composed), json, print_family)
    if out:
        write_table(left, out)
    files = plot_family(left, figure) if figure else []
    if not json:
        print_files([*([out] if out else []), *files])


def _gathered(
    sources: Sequence[Path], everything: bool, task: str | None, settings: dict[str, Any], trust: bool
) -> tuple[Any, Any]:
    """All rules in one table, and the config of the task that they are for, if any is named or known."""
    from plastica.comparison import check_once
    from plastica.config import load, load_run
    from plastica.table import joined, of_runs, read_table

    check_once(sources)
    runs = {source: _runs(source, trust) for source in sources if source.is_dir()}
    config = load(task, settings, trust) if task else None
    if runs and not config:
        config = load_run(next(iter(runs.values()))[0].folder.config, settings, trust)
    tables = [of_runs(runs[source], everything) if source in runs else read_table(source) for source in sources]
    return joined(tables), config


def _runs(folder: Path, trust: bool) -> list[Any]:
    """A run, or all runs of a study. Raises UserError where there is none."""
    from plastica.errors import UserError
    from plastica.studies import Study, opened

    found = opened(folder, trust)
    runs = list(found.runs.values()) if isinstance(found, Study) else [found]
    if not runs:
        raise UserError(f"{folder}: no run of this study has begun: go on with: plastica resume {folder}")
    return runs


def _needed(config: Any) -> Any:
    from plastica.errors import UserError

    if config is None:
        raise UserError("--evaluate: a table alone does not say what its rules are for: name the task with --task")
    return config
