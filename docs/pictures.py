"""The pictures of the README and of the site: python docs/pictures.py [RUNS]

runs the search of the README (some ten seconds), and draws what a terminal shows of it and what it found into
docs/pictures. RUNS is a folder in which the scripts of papers/ have drawn their figures; those that are there are made
small for the gallery.
"""

import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.terminal_theme import TerminalTheme

import plastica
from plastica.analysis.compare_rules import angles_to_targets

HERE = Path(__file__).parent / "pictures"
COLUMNS = 124
LINES = 3  # of the search's progress that are kept
GALLERY = ("fig1", "fig2", "fig3b", "fig3c", "fig3d", "figS1", "figS2", "scaling", "bias", "family", "family-pairs")
GALLERY_WIDTH = 1100  # pixels
THEME = TerminalTheme((252, 252, 252), (40, 44, 52), [(40, 44, 52)] * 8, [(40, 44, 52)] * 8)
SVG = """<svg viewBox="0 0 {width} {height}" xmlns="http://www.w3.org/2000/svg">
<style>
.{unique_id}-matrix {{ font-family: Menlo, Consolas, "DejaVu Sans Mono", monospace; font-size: {char_height}px;
  line-height: {line_height}px; font-variant-east-asian: full-width; }}
.{unique_id}-title {{ font-size: 18px; font-weight: bold; font-family: arial; }}
{styles}
</style>
<defs><clipPath id="{unique_id}-clip-terminal">
<rect x="0" y="0" width="{terminal_width}" height="{terminal_height}" /></clipPath>{lines}</defs>
{chrome}
<g transform="translate({terminal_x}, {terminal_y})" clip-path="url(#{unique_id}-clip-terminal)">
{backgrounds}
<g class="{unique_id}-matrix">{matrix}</g>
</g>
</svg>
"""


def main(runs: str = "") -> None:
    HERE.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        run = Path(folder) / "runs" / "oja"
        draw_terminal(said_by("run", "oja", "--out", "runs/oja", folder=Path(folder)))
        draw_search(plastica.Run.open(run))
    for name in GALLERY:
        if runs and (Path(runs) / f"{name}.png").exists():
            shrink(Path(runs) / f"{name}.png", HERE / f"{name}.png")


def said_by(*arguments: str, folder: Path) -> str:
    """What a command prints, in a folder of its own."""
    command = [sys.executable, "-m", "plastica", *arguments]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True)
    return f"$ plastica {' '.join(arguments)}\n{done.stdout}"


def draw_terminal(said: str) -> None:
    """A terminal with the command, the end of its progress, and its last words."""
    lines = said.splitlines()
    progress = [k for k, line in enumerate(lines) if line.startswith("generation ")]
    left_out = set(progress[:-LINES])
    console = Console(record=True, width=COLUMNS, file=open("/dev/null", "w"), highlight=False, markup=False)  # noqa: SIM115
    for k, line in enumerate(lines):
        if k not in left_out:
            console.print(line.rstrip())
    svg = console.export_svg(title="plastica", theme=THEME, code_format=SVG, unique_id="terminal")
    (HERE / "terminal.svg").write_text("\n".join(line.rstrip() for line in svg.splitlines()) + "\n")


def draw_search(run: plastica.Run) -> None:
    """Coefficients of the favourite, and its angle to the known rule, against generations."""
    import matplotlib as mpl
    from matplotlib.figure import Figure

    thetas = np.array([record["favourite"] for record in run.records()])
    (angles,) = angles_to_targets(run.task, thetas).values()
    names = {"feedforward.A110": "$xy$", "feedforward.A021": "$y^2 w$"}
    every = slice(None, None, 5)
    generations = np.arange(len(thetas))[every]
    style = Path(plastica.__file__).parent / "figures" / "plastica.mplstyle"
    with mpl.rc_context(fname=style, rc={"path.simplify_threshold": 0.5}):
        figure = Figure(figsize=(6.4, 2.2))
        left, right = figure.subplots(1, 2)
        for k, name in sorted(enumerate(run.task.space.names), key=lambda item: item[1] in names):
            colour = {"feedforward.A110": "C0", "feedforward.A021": "C3"}.get(name, "0.8")
            label = names.get(name, "25 other terms" if k == 0 else None)
            left.plot(generations, thetas[every, k], color=colour, linewidth=1.4 if name in names else 0.6, label=label)
        left.set(xlabel="generation", ylabel="coefficient")
        left.legend()
        right.plot(generations, angles[every], color="C0")
        right.set(xlabel="generation", ylabel="angle to Oja's rule (°)", ylim=(0, None))
        figure.savefig(HERE / "oja.svg", metadata={"Date": None}, facecolor="white")


def shrink(source: Path, target: Path) -> None:
    """A figure at the size of a page."""
    from PIL import Image

    with Image.open(source) as image:
        size = GALLERY_WIDTH, round(image.height * GALLERY_WIDTH / image.width)
        image.convert("RGB").resize(size, Image.Resampling.LANCZOS).quantize(128).save(target, optimize=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
