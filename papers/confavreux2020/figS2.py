"""After Supplementary Fig. S2 of Confavreux et al. 2020: three inhibitory rules side by side.

    python papers/confavreux2020/figS2.py

compares a learned rule, the best purely postsynaptic one and the rule of Vogels et al. 2011: currents after learning,
weights against the excitatory tuning, rate and regularity. It runs one search if fig3.py has not (what is done already
is not done again), and draws into runs/figS2.png and runs/figS2.svg: one row a rule.
"""

from pathlib import Path
from typing import Any

import numpy as np

import plastica
from plastica.figures import draw_learned_balance, figure

RULES = {"learned": "learned", "postsynaptic_best": "postsynaptic only", "known_rule": "Vogels et al. 2011"}


def main() -> None:
    run = plastica.run_or_resume("inhibitory-balance", {"seed": 1}, out="runs/figS2-seed-1")
    details = run.summary()["held_out"]["details"]
    with figure(Path("runs/figS2"), panels=2, rows=len(RULES)) as axes:
        for row, (name, title) in enumerate(RULES.items()):
            theta = np.array(list(details[name]["theta"].values()))
            draw_learned_balance(run.task, theta, run.config.seed, axes[2 * row : 2 * row + 2])
            axes[2 * row].set_title(f"{title}: {what_it_does(details[name]['metrics'])}")


def what_it_does(metrics: dict[str, Any]) -> str:
    return (
        f"{metrics['rate_hz']:.1f} Hz, CV {metrics['cv']:.2f}, "
        f"correlation of weights with tuning {metrics['tuning_correlation']:.2f}"
    )


if __name__ == "__main__":
    main()
