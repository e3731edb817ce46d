"""The commands: parse, call, print; whatever they do can be done from Python too."""

import sys
import warnings
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from plastica.ending import complain, status_of, warn
from plastica.terminal import flush, make_printable, printable


class _Commands(TyperGroup):
    """Its help tells what each command does to the end, however narrow the terminal."""

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, command.help or "") for name, command in self.commands.items()])


app = typer.Typer(
    cls=_Commands,
    name="plastica",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)

Named = Annotated[
    str,
    typer.Argument(
        metavar="TASK|FILE", help="A task, a config (.toml), or a Python file that defines one (.py, .py:NAME)."
    ),
]
Settings = Annotated[
    list[str] | None, typer.Option("--set", metavar="KEY=VALUE", help="Change the config, by dotted key; repeatable.")
]
Folder = Annotated[Path, typer.Argument(metavar="DIR", help="The folder of a run.")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Print nothing but errors.")]
MaxSeconds = Annotated[float | None, typer.Option(min=0.0, help="End the search after this time; it can be resumed.")]
Trust = Annotated[
    bool, typer.Option("--trust", help="Run the Python file that the task or a rule comes from; read it first.")
]
Figures = Annotated[
    Path | None, typer.Option("--out", metavar="DIR", help="Folder for the figures.  [default: DIR/figures]")
]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]


def main(act: Callable[[], Any] = app) -> None:
    """Entry point, also of a script that makes figures: a user's error is one sentence and exit status 2."""
    warnings.showwarning = warn
    for stream in (sys.stdout, sys.stderr):
        make_printable(stream)
    status = status_of(act)
    sys.exit(status if sys.stdout is None or flush(sys.stdout) else 1)


def _print_version(asked: bool) -> None:
    if asked:
        from importlib.metadata import version

        print(f"plastica {version('plastica')}")
        raise typer.Exit()


@app.callback()
def plastica(
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version and exit.")
    ] = False,
) -> None:
    """Find the synaptic plasticity rules that carve a desired function into a neural network."""


@app.command()
def tasks() -> None:
    """List what can be run."""
    from plastica.installed import offered, package
    from plastica.tasks import TASKS

    for name, preset in TASKS.items():
        print(f"{name:24}{preset.summary}")
    for name, point in offered().items():
        if name not in TASKS:
            print(printable(f"{name:24}of the package {package(point)}"))


@app.command()
def run(
    task: Named,
    set_: Settings = None,
    seed: Annotated[int | None, typer.Option(min=0, help="The same as --set seed=N.")] = None,
    generations: Annotated[int | None, typer.Option(min=1, help="The same as --set generations=N.")] = None,
    threads: Annotated[int | None, typer.Option(min=0, help="The same as --set engine.threads=N.")] = None,
    max_seconds: MaxSeconds = None,
    out: Annotated[Path | None, typer.Option(help="Folder of the run.  [default: runs/TASK-DATE-N]")] = None,
    quiet: Quiet = False,
    trust: Trust = False,
) -> None:
    """Search for the rules of a task, and keep the run in a folder."""
    from plastica import experiment

    settings = _settings(set_)
    shortcuts = {"seed": seed, "generations": generations, "engine.threads": threads}
    settings |= {key: value for key, value in shortcuts.items() if value is not None}
    with _watching(quiet) as watching:
        done = experiment.run(task, settings, out=out, max_seconds=max_seconds, observer=watching, trust=trust)
    _finish(done, quiet)


@app.command()
def resume(
    path: Folder,
    set_: Annotated[
        list[str] | None,
        typer.Option(
            "--set", metavar="KEY=VALUE", help="Change the engine (engine.*), or extend to generations=N; repeatable."
        ),
    ] = None,
    max_seconds: MaxSeconds = None,
    quiet: Quiet = False,
    trust: Trust = False,
) -> None:
    """Go on with an interrupted run, exactly as if it had never stopped; or extend one, by --set generations=N."""
    from plastica import experiment

    with _watching(quiet) as watching:
        done = experiment.resume(path, _settings(set_), max_seconds=max_seconds, observer=watching, trust=trust)
    _finish(done, quiet)


@app.command()
def show(
    path: Folder,
    all_terms: Annotated[bool, typer.Option("--all-terms", help="Print small terms of the rule, too.")] = False,
    json: Json = False,
    trust: Trust = False,
) -> None:
    """Print what a run has found, at any time."""
    from plastica.kept import Run

    run = Run.open(path, trust)
    summary = run.summary(threshold=0.0) if all_terms else run.summary()
    _show(summary, json, "print_summary")


@app.command()
def plot(path: Folder, out: Figures = None, trust: Trust = False) -> None:
    """Draw the figures of a run, as PNG, SVG and PDF."""
    from plastica.figures import plot_run
    from plastica.kept import Run

    print_files(plot_run(Run.open(path, trust), out))


@app.command()
def config(task: Named, set_: Settings = None, trust: Trust = False) -> None:
    """Print the complete config of a task as commented TOML, to edit and run."""
    from plastica.config import load

    print(load(task, _settings(set_), trust).toml(comments=True), end="")


@app.command()
def new(file: Annotated[Path, typer.Argument(metavar="FILE.py", help="The file to write; it must not exist.")]) -> None:
    """Write a short task of your own, to edit and run."""
    from plastica.new_task import write_task

    write_task(file)
    name = printable(str(file))
    print(f"{name}: edit it, then: plastica check {name} --trust; plastica run {name} --trust")


@app.command()
def check(task: Named, set_: Settings = None, trust: Trust = False) -> None:
    """Tell whether a task keeps what plastica builds on, a line a check; exit status 1 if it does not."""
    from plastica.config import load
    from plastica.testing import checks

    sound = True
    for one in checks(load(task, _settings(set_), trust)):
        print(printable(f"FAIL  {one.name}: {one.problem}" if one.problem else f"ok    {one.name}"), flush=True)
        sound = sound and not one.problem
    if not sound:
        raise typer.Exit(1)


@app.command()
def plan(
    task: Named,
    set_: Settings = None,
    json: Json = False,
    trust: Trust = False,
) -> None:
    """Tell how long a run will take, on one core and on a cluster, and how much memory; times a few blocks."""
    from plastica.plan import plan

    planned = plan(task, _settings(set_), trust)
    _show(planned, json, "print_plan")


@app.command()
def evaluate(path: Folder, set_: Settings = None, json: Json = False, trust: Trust = False) -> None:
    """Evaluate the learned rule of a run on other data: other sizes, spectra, seeds."""
    from plastica import experiment

    held_out = experiment.evaluate(path, _settings(set_), trust=trust)
    _show(held_out, json, "print_held_out")


@app.command()
def ablate(path: Folder, out: Figures = None, json: Json = False, trust: Trust = False) -> None:
    """Leave out each term of the learned rule in turn: a table and a figure of which ones matter."""
    from plastica import experiment
    from plastica.display import print_ablation
    from plastica.figures import figures_folder, plot_ablation

    folder = figures_folder(experiment.Run.open(path, trust), out)
    ablation = experiment.ablate(path, trust=trust)
    files = plot_ablation(ablation, folder)
    if json:
        _print_json({"loss": ablation.whole, "without": {name: loss for name, loss, *_ in ablation.ranked()}})
    else:
        print_ablation(ablation)
        print_files(files)


@app.command()
def compare(
    paths: Annotated[list[Path], typer.Argument(metavar="DIR...", help="The folders of runs.")],
    out: Annotated[Path, typer.Option(help="The figure, without a suffix.")] = Path("comparison"),
    json: Json = False,
    trust: Trust = False,
) -> None:
    """Compare runs: a table, and a figure of loss against trials and against seconds."""
    from plastica import comparison
    from plastica.display import print_comparison
    from plastica.figures import plot_comparison

    runs = comparison.named(comparison.open_runs(paths, trust))
    rows = [comparison.row(run, name) for name, run in runs.items()]
    files = plot_comparison([comparison.curve(run, name) for name, run in runs.items()], out)
    if json:
        _print_json(rows)
    else:
        print_comparison(rows)
        print_files(files)


@app.command()
def bench(json: Json = False) -> None:
    """Measure the speed of the kernels on this machine, on one thread."""
    from plastica.bench import measure

    figures = measure()
    _show(figures, json, "print_figures")


def _settings(texts: list[str] | None) -> dict[str, Any]:
    from plastica.toml_text import setting

    return dict(setting(text) for text in texts or [])


def _show(value: Any, json: bool, printer: str) -> None:
    """As one JSON object, or for people, by a function of `display`."""
    from plastica import display

    _print_json(value) if json else getattr(display, printer)(value)


def print_files(files: Iterable[Path]) -> None:
    """Files that were made, one a line."""
    print(*(printable(str(file)) for file in files), sep="\n")


def _print_json(value: Any) -> None:
    import json

    print(json.dumps(value, indent=2, allow_nan=False))


@contextmanager
def _watching(quiet: bool) -> Iterator[Any]:
    """What watches a run; where that is interrupted, the last words, and the exit status of a program that was."""
    from plastica.display import observer
    from plastica.errors import Caution

    if quiet:
        warnings.simplefilter("ignore", Caution)
    try:
        with observer(quiet) as watching:
            yield watching
    except KeyboardInterrupt as end:
        if end.args:
            complain(end)
        raise typer.Exit(130) from None


def _finish(done: Any, quiet: bool) -> None:
    """The last words of a run."""
    from plastica.display import print_summary

    if not quiet:
        print_summary(done.summary())
