"""Fig. 1B-C of Confavreux et al. 2020: a rate neuron rediscovers Oja's rule, with 3 and with 100 inputs.

    python papers/confavreux2020/fig1.py

runs both searches (about five minutes on two cores; what is done already is not done again), and draws them into
runs/fig1.png and runs/fig1.svg: one row a search; coefficients (B), loss and angle to Oja's rule (C).
"""

from pathlib import Path

import plastica
from plastica.figures import draw_run, figure

INPUTS = (3, 100)


def main() -> None:
    runs = [
        plastica.run_or_resume("oja", {"seed": 1, "network.inputs": n}, out=f"runs/fig1-{n}-inputs") for n in INPUTS
    ]
    with figure(Path("runs/fig1"), panels=3, rows=len(runs)) as axes:
        for row, (run, inputs) in enumerate(zip(runs, INPUTS, strict=True)):
            draw_run(run, axes[3 * row : 3 * row + 3])
            axes[3 * row].set_title(f"{inputs} inputs")


if __name__ == "__main__":
    main()
