"""What a rule does by itself, without a search."""

from plastica.commands.arguments import Figures, Folder, Json, Trust, print_files, print_json


def protocol(path: Folder, out: Figures = None, json: Json = False, trust: Trust = False) -> None:
    """Put the learned rule of a run through virtual protocols: windows of spike timing and rates, fixed points."""
    from plastica.display.protocols import print_protocols
    from plastica.figures import figures_folder, plot_protocols
    from plastica.kept import Run

    run = Run.open(path, trust)
    found = run.protocols()
    files = plot_protocols(found, figures_folder(run, out))
    if json:
        print_json({c: {name: one.plain() for name, one in own.items()} for c, own in found.items()})
    else:
        print_protocols(found)
        print_files(files)
