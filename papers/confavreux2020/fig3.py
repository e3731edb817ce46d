"""Fig. 3B-D of Confavreux et al. 2020: inhibitory rules that hold a spiking neuron's rate.

    python papers/confavreux2020/fig3.py

runs twelve searches by Adam on finite differences, each from a single random rule and without restarts, as the paper's
are, and besides them four searches with all the task's defaults. What is done already is not done again, and an
incomplete run is refused. It draws into runs/ as PNG, SVG and PDF: fig3b, parameters and loss of the first search by
Adam that succeeded; fig3c, currents and weights before and after learning with its rule; fig3d, for both kinds of
search, all trajectories in the plane of alpha and beta, with the steady states without Hebbian and without postsynaptic
terms, and below them the losses; searches that failed are grey. Where no search by Adam succeeds, fig3b and fig3c show
the best.
"""

from pathlib import Path

import numpy as np
from searches import run_all, script

import plastica
from plastica.analysis.balance import presynaptic_rate
from plastica.comparison import curve
from plastica.figures import draw, figure, files_of, search_panels
from plastica.figures.draw_spiking import alpha_beta_plane, key_to_plane, losses
from plastica.figures.portraits.neuron import draw_balance

TASK = "inhibitory-balance"
SEEDS = range(101, 113)
SETTINGS = {
    "search.name": "adam",
    "search.gradient": "finite-difference",
    "search.learning_rate": 0.3,
    "search.final_rate": 0.1,
    "search.iterations": 150,
    "search.log_rate": 1 / 3,
    "search.scale_rate": 0.0,
    "search.beta1": 0.9,
    "search.beta2": 0.99,
    "search.clip": 5.0,
    "search.difference": 0.2,
    "search.l1": 0.0,
    "search.screen": 1,
    "search.average": 1,
    "search.restarts.most": 0,
    "rules.inhibitory.step": 1e-3,
    "rules.inhibitory.sd": 1.0,
    "rules.inhibitory.tau_scale_ms": 20.0,
    "rules.inhibitory.tau_sd": 0.3,
    "data.count": 8,
    "data.refresh": 5,
    "generations": 151,
    "held_out.count": 20,
    "held_out.random_rules": 1,
}
DEFAULT_SEEDS = range(101, 105)
DEFAULT_SETTINGS: dict[str, object] = {}
SUCCESS = 1.0  # held-out loss under which a search counts as a success: a rate of 5 Hz, give or take 2.5
STEMS = fig3b, fig3c, fig3d = [Path(f"runs/fig3{letter}") for letter in "bcd"]


def main() -> list[Path]:
    adam_runs = run_all("runs/fig3-adam", TASK, SETTINGS, SEEDS)
    default_runs = run_all("runs/fig3-default", TASK, DEFAULT_SETTINGS, DEFAULT_SEEDS)
    shown = next((run for run in adam_runs if succeeds(run)), None)
    if shown is None:
        shown = min(adam_runs, key=held_out_loss)
        print(
            f"none of the {len(adam_runs)} searches by Adam came below a held-out loss of {SUCCESS:g}: fig3b and fig3c "
            f"show the best, {shown.folder.path}, which came to {held_out_loss(shown):.3g}"
        )
    draw_one(shown)
    draw_all({"Adam": adam_runs, f"default ({default_runs[0].config.search_section.name})": default_runs})
    return [file for stem in STEMS for file in files_of(stem)]


def draw_one(run: plastica.Run) -> None:
    panels = search_panels(run)
    with figure(fig3b, panels=len(panels), letters=True) as axes:
        draw(panels, axes)
    with figure(fig3c, panels=2, rows=2, letters=True) as axes:
        draw_balance(run.task, run.theta, run.config.seed, axes)


def draw_all(kinds: dict[str, list[plastica.Run]]) -> None:
    """Trajectories above, losses below; a column for each kind of search."""
    with figure(fig3d, panels=len(kinds), rows=2, height=2.6, width=3.4, letters=True) as axes:
        for column, (kind, runs) in enumerate(kinds.items()):
            plane, below = axes[column], axes[len(kinds) + column]
            succeeded = [run for run in runs if succeeds(run)]
            failed = [run for run in runs if not succeeds(run)]
            paths = [[trajectory(run) for run in some] for some in (succeeded, failed)]
            pre_hz = presynaptic_rate(runs[0].task, plastica.Key(runs[0].config.seed, "held-out"))
            alpha_beta_plane(plane, *paths, pre_hz, target_hz=5.0)
            losses(below, *([curve(run, kind) for run in some] for some in (succeeded, failed)))
            plane.set_title(f"{kind}: {len(succeeded)} of {len(runs)} succeeded")
        key_to_plane(axes[len(kinds) - 1])


def held_out_loss(run: plastica.Run) -> float:
    return float(run.summary()["held_out"]["loss"])


def succeeds(run: plastica.Run) -> bool:
    return held_out_loss(run) < SUCCESS


def trajectory(run: plastica.Run) -> np.ndarray:
    """The path [iterations, 6] of a search."""
    return np.array([record["favourite"] for record in run.records()])


if __name__ == "__main__":
    script(main)
