"""What a report is made of: everything that a run can tell, and the figures and measurements made for it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from plastica.analysis.ablation import Ablation
from plastica.analysis.identify import compared
from plastica.experiment import ablation_of
from plastica.figures import plot_ablation, plot_run
from plastica.findings import HeldOutTable
from plastica.kept import Run
from plastica.markup import Markup
from plastica.report.inline_svg import inlined

Rows = Sequence[Mapping[str, Any]]


@dataclass(frozen=True)
class Material:
    """A run with its summary; `begun`: whether there is a rule to speak of. `figures` are SVG by name, `known` has the
    known rules near that of each connection, the nearest first."""

    run: Run
    summary: Mapping[str, Any]
    begun: bool
    held_out: HeldOutTable | None
    ablation: Ablation | None
    figures: Mapping[str, Markup]
    known: Mapping[str, Rows]


def gathered(run: Run) -> Material:
    """All of it; the ablation is computed."""
    summary, begun = run.summary(), run.is_begun
    ablation = ablation_of(run) if begun else None
    return Material(
        run=run,
        summary=summary,
        begun=begun,
        held_out=run.held_out if run.result() else None,
        ablation=ablation,
        figures=_figures(run, ablation, bool(summary["generations"])),
        known=compared(run.task, run.theta) if begun else {},
    )


def _figures(run: Run, ablation: Ablation | None, searched: bool) -> dict[str, Markup]:
    with TemporaryDirectory() as folder:
        files = plot_run(run, Path(folder)) if searched else []
        if ablation and ablation.names:
            files += plot_ablation(ablation, Path(folder))
        return {file.stem: inlined(file.read_text("utf-8"), file.stem) for file in files if file.suffix == ".svg"}
