"""A posterior over rules."""

from pathlib import Path
from typing import Annotated

import typer

from plastica.commands.arguments import Json, Trust, print_files, show_value, target_of, window_of


def infer(
    path: Annotated[Path, typer.Argument(metavar="DIR", help='The folder of a run with search.name = "filter".')],
    window: Annotated[
        list[str] | None,
        typer.Option(
            "--window", metavar="NAME=LOW,HIGH", help="A metric's range; repeatable.  [default: the search's windows]"
        ),
    ] = None,
    target: Annotated[
        list[str] | None, typer.Option("--target", metavar="NAME=VALUE", help="A metric's value; repeatable.")
    ] = None,
    samples: Annotated[int, typer.Option(min=1, help="Rules of the posterior.")] = 500,
    networks: Annotated[int, typer.Option(min=1, help="Networks that are trained, each by itself.")] = 3,
    evaluate: Annotated[
        int, typer.Option(min=2, metavar="N", help="Datasets on which metrics are means: for weights, then held-out.")
    ] = 50,
    calibrate: Annotated[
        int,
        typer.Option(
            min=0, metavar="N", help="Samples on which the posterior itself is calibrated: 100 simulations each."
        ),
    ] = 0,
    seed: Annotated[int, typer.Option(min=0, help="Of networks and samples.")] = 1,
    out: Annotated[Path | None, typer.Option("--out", metavar="FILE", help="The table: .csv, .json or .npy.")] = None,
    figure: Annotated[
        Path | None, typer.Option("--figure", metavar="STEM", help="Draw every two parameters, as PNG, SVG and PDF.")
    ] = None,
    json: Json = False,
    trust: Trust = False,
) -> None:
    """Infer which rules have metrics in given windows, from all that a run drew, for its report too. Needs sbi."""
    from plastica.display.inferred import print_inferred
    from plastica.figures import plot_family
    from plastica.inference import infer
    from plastica.kept import Run
    from plastica.table import write_table
    from plastica.table.files import check_out

    if out:
        check_out(out)
    asked = dict([*map(window_of, window or []), *map(target_of, target or [])])
    run = Run.open(path, trust=trust)
    found = infer(run, asked, samples=samples, networks=networks, datasets=evaluate, calibrate=calibrate, seed=seed)
    run.folder.write_posterior(dict(found.summary))
    show_value(found.summary, json, print_inferred)
    if out:
        write_table(found.rules, out)
    files = plot_family(found.rules, figure) if figure else []
    if not json:
        print_files([*([out] if out else []), *files])
