"""Fig. 2B-C of Confavreux et al. 2020: a two-layer network rediscovers Oja's and an anti-Hebbian rule together.

    python papers/confavreux2020/fig2.py

runs both searches, 5 inputs to 5 outputs and 50 to 5 (what is done already is not done again), and draws them into
runs/fig2.png and runs/fig2.svg: one row a search; coefficients (B), loss and angles to the two rules (C).
"""

from pathlib import Path

import plastica
from plastica.figures import draw_run, figure

INPUTS = (5, 50)


def main() -> None:
    runs = [
        plastica.run_or_resume(
            "principal-components", {"seed": 1, "network.inputs": n, "network.outputs": 5}, out=f"runs/fig2-{n}-inputs"
        )
        for n in INPUTS
    ]
    with figure(Path("runs/fig2"), panels=3, rows=len(runs)) as axes:
        for row, (run, inputs) in enumerate(zip(runs, INPUTS, strict=True)):
            draw_run(run, axes[3 * row : 3 * row + 3])
            axes[3 * row].set_title(f"{inputs} inputs, 5 outputs")


if __name__ == "__main__":
    main()
