"""After Supplementary Fig. S2 of Confavreux et al. 2020: four inhibitory rules side by side.

    python papers/confavreux2020/figS2.py

compares a learned rule, the best purely postsynaptic one, and the rule of Vogels et al. 2011, calibrated and as
published: currents after learning and weights against the excitatory tuning on one held-out dataset; rate, regularity
and correlation of weights with the tuning as means over all. It runs one search (what is done already is not done
again, and an incomplete run is refused), and draws into runs/figS2.png, .svg and .pdf: one row a rule.
"""

from pathlib import Path

import numpy as np
from searches import run_all, script

from plastica.figures import figure, files_of
from plastica.figures.portraits.neuron import ABOVE_SPIKES, draw_learned_balance

RULES = {
    "learned": "learned",
    "postsynaptic_best": "postsynaptic only",
    "known_rule_calibrated": "Vogels et al. 2011, calibrated",
    "known_rule": "Vogels et al. 2011, as published",
}
STEM = Path("runs/figS2")


def main() -> list[Path]:
    (run,) = run_all("runs/figS2", "inhibitory-balance", {}, [101])
    details = run.summary()["held_out"]["details"]
    with figure(STEM, panels=2, rows=len(RULES), letters=True) as axes:
        for row, (name, title) in enumerate(RULES.items()):
            theta = np.array(list(details[name]["theta"].values()))
            draw_learned_balance(run.task, theta, run.config.seed, axes[2 * row : 2 * row + 2])
            metrics = details[name]["metrics"]
            what_it_does = f"{title}\n{metrics['rate_hz']:.1f} Hz, CV {metrics['cv']:.2f}"
            axes[2 * row].set_title(what_it_does, pad=ABOVE_SPIKES)
            axes[2 * row + 1].set_title(f"mean correlation with tuning {metrics['tuning_correlation']:.2f}")
    return files_of(STEM)


if __name__ == "__main__":
    script(main)
