"""Fig. 2B-C of Confavreux et al. 2020: a two-layer network rediscovers Oja's and an anti-Hebbian rule together.

    python papers/confavreux2020/fig2.py

runs both searches, 5 inputs to 5 outputs and 50 to 5 (what is done already is not done again, and an incomplete run is
refused), and draws them into runs/fig2.png, .svg and .pdf: one row a search; coefficients (B), loss and angles to the
two rules (C).
"""

from itertools import chain
from pathlib import Path

from searches import run_all, script

from plastica.figures import draw, figure, files_of, search_panels

INPUTS = (5, 50)
STEM = Path("runs/fig2")


def main() -> list[Path]:
    runs = run_all("runs/fig2", "principal-components", {"network.outputs": 5}, [101], {"network.inputs": INPUTS})
    rows = [search_panels(run) for run in runs]
    with figure(STEM, panels=len(rows[0]), rows=len(rows), letters=True) as axes:
        draw(list(chain(*rows)), axes)
        for first, inputs in zip(axes[:: len(rows[0])], INPUTS, strict=True):
            first.set_title(f"{inputs} inputs, 5 outputs")
    return files_of(STEM)


if __name__ == "__main__":
    script(main)
