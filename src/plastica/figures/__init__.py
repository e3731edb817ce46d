"""What is shown: data and axes in, axes out, and which of them a run gets; nothing here computes what it draws."""

from plastica.figures.canvas import figure, figures_folder, files_of, taller, writable
from plastica.figures.protocol_figures import plot_protocols
from plastica.figures.run_figures import (
    draw,
    plot_ablation,
    plot_comparison,
    plot_family,
    plot_portrait,
    plot_run,
    search_panels,
)
from plastica.figures.study_figures import plot_groups, plot_study

__all__ = [
    "draw",
    "figure",
    "figures_folder",
    "files_of",
    "plot_ablation",
    "plot_comparison",
    "plot_family",
    "plot_groups",
    "plot_portrait",
    "plot_protocols",
    "plot_run",
    "plot_study",
    "search_panels",
    "taller",
    "writable",
]
