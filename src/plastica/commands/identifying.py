"""Which known rules there are, and which of them a found one resembles."""

from plastica.commands.arguments import Folder, Json, Trust, show_value


def identify(path: Folder, json: Json = False, trust: Trust = False) -> None:
    """Name the known rules that a found one resembles, and try the nearest in its place."""
    from plastica.analysis.identify import beyond_reach
    from plastica.display.identified import print_identified
    from plastica.kept import Run

    run = Run.open(path, trust)
    found = run.identify()
    left_out = {connection: beyond_reach(run.task, connection) for connection in found}
    show_value(found, json, lambda rows: print_identified(rows, left_out))


def rules(json: Json = False) -> None:
    """List the known rules: their equations, their sources and what they read."""
    from plastica.display.identified import print_catalogue
    from plastica.rules.described import described

    show_value(described(), json, print_catalogue)
