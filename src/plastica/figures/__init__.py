"""What is shown: data and axes in, axes out, and which of them a run gets; nothing here computes what it draws."""

from plastica.figures.canvas import figure, figures_folder, files_of, taller
from plastica.figures.run_figures import draw, plot_ablation, plot_comparison, plot_family, plot_run, search_panels

__all__ = [
    "draw",
    "figure",
    "figures_folder",
    "files_of",
    "plot_ablation",
    "plot_comparison",
    "plot_family",
    "plot_run",
    "search_panels",
    "taller",
]
