"""What runs have found."""

from pathlib import Path
from typing import Annotated, Any

import typer

from plastica.commands.arguments import (
    Figures,
    Folder,
    Json,
    Settings,
    Trust,
    print_files,
    print_json,
    settings_of,
    show_value,
)


def show(
    path: Folder,
    all_terms: Annotated[bool, typer.Option("--all-terms", help="Print small terms of the rule, too.")] = False,
    json: Json = False,
    csv: Annotated[bool, typer.Option("--csv", help="Print the table of a study's runs.")] = False,
    trust: Trust = False,
) -> None:
    """Print what a run or a study has found, at any time."""
    from plastica.display.study import print_study
    from plastica.display.summary import print_summary
    from plastica.studies import Study, opened
    from plastica.studies.summary import summary as summary_of_study

    found = opened(path, trust)
    if csv:
        _print_csv(found)
    elif isinstance(found, Study):
        show_value(summary_of_study(found), json, print_study)
    else:
        show_value(found.summary(threshold=0.0) if all_terms else found.summary(), json, print_summary)


def _print_csv(found: Any) -> None:
    import sys

    from plastica.errors import UserError
    from plastica.studies import Study
    from plastica.studies.kept import write_csv

    if not isinstance(found, Study):
        raise UserError(f"{found.folder.path} is a run: --csv prints the table of a study, and --json a run")
    write_csv(found.table(), sys.stdout)


def plot(path: Folder, out: Figures = None, trust: Trust = False) -> None:
    """Draw the figures of a run or a study, as PNG, SVG and PDF."""
    from plastica.figures import plot_run, plot_study
    from plastica.studies import Study, opened

    found = opened(path, trust)
    print_files(plot_study(found, out) if isinstance(found, Study) else plot_run(found, out))


def evaluate(path: Folder, set_: Settings = None, json: Json = False, trust: Trust = False) -> None:
    """Evaluate the learned rule of a run on other data: other sizes, spectra, seeds."""
    from plastica import experiment
    from plastica.display.summary import print_held_out

    held_out = experiment.evaluate(path, settings_of(set_), trust=trust)
    show_value(held_out, json, print_held_out)


def ablate(path: Folder, out: Figures = None, json: Json = False, trust: Trust = False) -> None:
    """Leave out each term of the learned rule in turn: a table and a figure of which ones matter."""
    from plastica import experiment
    from plastica.display.tables import print_ablation
    from plastica.figures import figures_folder, plot_ablation

    folder = figures_folder(experiment.Run.open(path, trust), out)
    ablation = experiment.ablate(path, trust=trust)
    files = plot_ablation(ablation, folder)
    if json:
        print_json({"loss": ablation.whole, "without": {name: loss for name, loss, *_ in ablation.ranked()}})
    else:
        print_ablation(ablation)
        print_files(files)


def compare(
    paths: Annotated[list[Path], typer.Argument(metavar="DIR...", help="The folders of runs, or of studies.")],
    out: Annotated[Path, typer.Option(help="The figure, without a suffix.")] = Path("comparison"),
    json: Json = False,
    trust: Trust = False,
) -> None:
    """Compare runs, and studies by their settings: a table, and a figure of loss against trials and seconds."""
    from plastica import comparison
    from plastica.display.tables import print_comparison
    from plastica.figures import plot_comparison
    from plastica.runs import StudyFolder

    if any(StudyFolder(path).exists for path in paths):
        _compare_groups(paths, out, json, trust)
        return
    runs = comparison.named(comparison.open_runs(paths, trust))
    rows = [comparison.row(run, name) for name, run in runs.items()]
    files = plot_comparison([comparison.curve(run, name) for name, run in runs.items()], out)
    if json:
        print_json(rows)
    else:
        print_comparison(rows)
        print_files(files)


def _compare_groups(paths: list[Path], out: Path, json: bool, trust: bool) -> None:
    """Where a study is among them: each of its settings is a group of runs, and so is a run by itself."""
    from plastica.display.study import print_groups
    from plastica.figures import plot_groups
    from plastica.studies.groups import row_of, side_by_side

    groups = side_by_side(paths, trust)
    rows, files = [row_of(group) for group in groups], plot_groups(groups, out)
    if json:
        print_json(rows)
    else:
        print_groups(rows)
        print_files(files)
