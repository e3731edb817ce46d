"""Fig. 3B-D of Confavreux et al. 2020: inhibitory rules that hold a spiking neuron's rate.

    python papers/confavreux2020/fig3.py

runs twelve searches, each from a single random rule and without restarts, as the paper's are; by default plastica
would try sixteen rules first and begin at the best, which lies near the steady state already. What is done already is
not done again. It draws into runs/ as PNG and SVG: fig3b, parameters and loss of the first search that succeeded;
fig3c, currents and weights before and after learning with its rule; fig3d, all trajectories in the plane of alpha and
beta, with the steady states without postsynaptic and without Hebbian terms; searches that failed are grey.
"""

from pathlib import Path

import numpy as np

import plastica
from plastica.analysis.balance import presynaptic_rate
from plastica.analysis.draw_spiking import alpha_beta_plane
from plastica.figures import draw_balance, draw_run, figure

SEEDS = range(1, 13)
SETTINGS = {
    "search.screen": 1,
    "search.average": 1,
    "search.restarts.most": 0,
    "generations": 151,
    "held_out.count": 20,
    "held_out.random_rules": 1,
}
SUCCESS = 1.0  # held-out loss under which a search counts as a success: a rate of 5 Hz, give or take 2.5


def main() -> None:
    runs = [
        plastica.run_or_resume("inhibitory-balance", {"seed": seed, **SETTINGS}, out=f"runs/fig3-seed-{seed}")
        for seed in SEEDS
    ]
    succeeded = [run for run in runs if run.summary()["held_out"]["loss"] < SUCCESS]
    shown = succeeded[0]
    with figure(Path("runs/fig3b"), panels=3) as axes:
        draw_run(shown, axes)
    with figure(Path("runs/fig3c"), panels=2, rows=2) as axes:
        draw_balance(shown.task, shown.theta, shown.config.seed, axes)
    pre_hz = presynaptic_rate(shown.task, plastica.Key(shown.config.seed, "held-out"))
    with figure(Path("runs/fig3d"), panels=1, height=2.6) as axes:
        failed = [trajectory(run) for run in runs if run not in succeeded]
        alpha_beta_plane(axes[0], [trajectory(run) for run in succeeded], failed, pre_hz, target_hz=5.0)
        axes[0].set_title(f"{len(succeeded)} of {len(runs)} searches succeeded")


def trajectory(run: plastica.Run) -> np.ndarray:
    """The path [iterations, 6] of a search."""
    return np.array([record["favourite"] for record in run.records()])


if __name__ == "__main__":
    main()
