"""After Supplementary Fig. S2 of Confavreux et al. 2020: four inhibitory rules side by side.

    python papers/confavreux2020/figS2.py

compares a learned rule, the best purely postsynaptic one, and the rule of Vogels et al. 2011, calibrated and as
published: currents after learning, weights against the excitatory tuning, rate and regularity. It runs one search (what
is done already is not done again, and an incomplete run is refused), and draws into runs/figS2.png, .svg and .pdf: one
row a rule.
"""

from pathlib import Path
from typing import Any

import numpy as np
from searches import run_all, script

from plastica.figures import ABOVE_SPIKES, draw_learned_balance, figure, files_of

RULES = {
    "learned": "learned",
    "postsynaptic_best": "postsynaptic only",
    "known_rule_calibrated": "Vogels et al. 2011, calibrated",
    "known_rule": "Vogels et al. 2011, as published",
}
STEM = Path("runs/figS2")


def main() -> list[Path]:
    (run,) = run_all("inhibitory-balance", {"runs/figS2-seed-1": {"seed": 1}})
    details = run.summary()["held_out"]["details"]
    with figure(STEM, panels=2, rows=len(RULES), letters=True) as axes:
        for row, (name, title) in enumerate(RULES.items()):
            theta = np.array(list(details[name]["theta"].values()))
            draw_learned_balance(run.task, theta, run.config.seed, axes[2 * row : 2 * row + 2])
            axes[2 * row].set_title(f"{title}: {what_it_does(details[name]['metrics'])}", pad=ABOVE_SPIKES)
    return files_of(STEM)


def what_it_does(metrics: dict[str, Any]) -> str:
    return (
        f"{metrics['rate_hz']:.1f} Hz, CV {metrics['cv']:.2f}, "
        f"correlation of weights with tuning {metrics['tuning_correlation']:.2f}"
    )


if __name__ == "__main__":
    script(main)
