"""The table of docs/speed.md: is a rule that was found in a small network a rule for a large one?

    python benchmarks/scale_invariance.py oja network.inputs=3 10 30 100
    python benchmarks/scale_invariance.py principal-components network.inputs=5 50 --warm-only
    python benchmarks/scale_invariance.py principal-components network.inputs=5 50 network.outputs=10

A search with the small network, then for each size, with further settings of large networks, one that begins at its
rule (`--from`) and one that does not; runs go to runs/scale/, and what is done already is not done again. All rules of
a size are evaluated on the same datasets, which no search has seen: the small network's rule as it is, the favourites
of both searches on their way, and the known rule. `until` is the first generation whose favourite is not worse than the
rule that the cold search ends with, by more than two standard errors of the paired difference; its seconds are those of
the search. `--warm-only` leaves out the cold searches, which take long with many inputs: the known rule stands in for
theirs.
"""

import sys
from pathlib import Path

import numpy as np
from course import course, kept, losses, places, seconds_until

from plastica import cli
from plastica.analysis.standard_error import standard_error
from plastica.kept import Run
from plastica.rules.base import Floats
from plastica.toml_text import setting

SEED = 101
WARM_GENERATIONS = 20
DATASETS = 200
HOME = Path("runs/scale")
COLUMNS = ("as it is", "begun there: end", "until", "seconds", "cold: end", "until", "seconds", "known rule")


def main(task: str, small: str, *arguments: str) -> None:
    key, first = setting(small)
    large = [argument for argument in arguments if "=" in argument]
    begun = kept(task, {"seed": SEED, key: first}, HOME / f"{task}-{first}")
    print(f"| {key} |", " | ".join(COLUMNS), "|")
    print("|---" * (len(COLUMNS) + 1) + "|")
    for size in (int(argument) for argument in arguments if argument not in (*large, "--warm-only")):
        settings = {"seed": SEED, key: size, **dict(setting(one) for one in large)}
        out = HOME / " ".join([f"{task}-{size}", *large])
        short = settings | {"generations": WARM_GENERATIONS}
        searches = [kept(task, short, Path(f"{out}-from-{first}"), begun.folder.path)]
        if "--warm-only" not in arguments:
            searches.append(kept(task, settings, out))
        print(f"| {size} |", " | ".join(row(begun.theta, searches)), "|", flush=True)


def row(found: Floats, searches: list[Run]) -> list[str]:
    """The small network's rule in the large one, and the warm search, alone or with the cold one."""
    task = searches[0].task
    keys = task.keys(SEED, "held-out", DATASETS)
    as_it_is, known = losses(searches[0], np.stack([found, task.known_theta(task.targets)]), keys)
    courses = [course(search, keys) for search in searches]
    goal = courses[1][-1] if len(searches) == 2 else known
    told = [told_of(as_it_is)]
    for search, losses_on_its_way in zip(searches, courses, strict=True):
        told += [told_of(losses_on_its_way[-1]), *until(search, losses_on_its_way, goal)]
    return [*told, *["-"] * (3 * (2 - len(searches))), told_of(known)]


def until(search: Run, losses_on_its_way: Floats, goal: Floats) -> list[str]:
    """The first generation that is as good as the goal, and the seconds that the search took up to it."""
    for place, loss in zip(places(search), losses_on_its_way, strict=True):
        difference = loss - goal
        if difference.mean() <= 2 * standard_error(difference):
            return [str(place + 1), f"{seconds_until(search, place):.1f}"]
    return ["not", "-"]


def told_of(loss: Floats) -> str:
    return f"{loss.mean():.4f} +- {standard_error(loss):.4f}"


if __name__ == "__main__":
    cli.main(lambda: main(*sys.argv[1:]))
