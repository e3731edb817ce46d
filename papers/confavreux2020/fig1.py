"""Fig. 1B-C of Confavreux et al. 2020: a rate neuron rediscovers Oja's rule, with 3 and with 100 inputs.

    python papers/confavreux2020/fig1.py

runs both searches (a minute on two cores; what is done already is not done again, and an incomplete run is refused),
and draws them into runs/fig1.png, .svg and .pdf: one row a search; coefficients (B), loss and angle to Oja's rule (C).
"""

from itertools import chain
from pathlib import Path

from searches import run_all, script

from plastica.figures import draw, figure, files_of, search_panels

INPUTS = (3, 100)
STEM = Path("runs/fig1")


def main() -> list[Path]:
    runs = run_all("runs/fig1", "oja", {}, [101], {"network.inputs": INPUTS})
    rows = [search_panels(run) for run in runs]
    with figure(STEM, panels=len(rows[0]), rows=len(rows), letters=True) as axes:
        draw(list(chain(*rows)), axes)
        for first, inputs in zip(axes[:: len(rows[0])], INPUTS, strict=True):
            first.set_title(f"{inputs} inputs")
    return files_of(STEM)


if __name__ == "__main__":
    script(main)
