"""The tables of docs/results.md: a task from several seeds, one line a run, as Markdown.

    python benchmarks/seeds.py oja 1-10
    python benchmarks/seeds.py oja 1-3 network.inputs=100

Runs go to runs/seeds/<task>-<settings>-<seed>; what is done already is not done again.
"""

import sys
from typing import Any

import plastica
from plastica.config import setting


def main(task: str, seeds: str, *settings: str) -> None:
    first, _, last = seeds.partition("-")
    print("| seed | angle (degrees) | held-out loss | best known | ratio | generations | restarts | seconds |")
    print("|---|---|---|---|---|---|---|---|")
    for seed in range(int(first), int(last or first) + 1):
        name = "-".join([task, *settings, str(seed)]).replace("=", "-")
        changes = dict(setting(text) for text in settings)
        run = plastica.run_or_resume(task, {**changes, "seed": seed}, out=f"runs/seeds/{name}")
        print(line(run.summary()), flush=True)


def line(summary: dict[str, Any]) -> str:
    """One run as a row of the table."""
    angles = ", ".join(f"{angle:.1f}" for angle in summary["angle_deg"].values())
    held_out = summary["held_out"]
    best = held_out["baselines"]["known_rule_best_scale"]
    cells = [
        summary["seed"],
        angles,
        f"{held_out['loss']:.4f}",
        f"{best:.4f}",
        f"{held_out['loss'] / best:.2f}",
        summary["generations"],
        len(summary["restarts"]),
        f"{summary['seconds']:.0f}",
    ]
    return "| " + " | ".join(str(cell) for cell in cells) + " |"


if __name__ == "__main__":
    main(*sys.argv[1:])
