"""What share of random quartets of rules keeps a recurrent network active: the prior of fSBI.

    python papers/confavreux2025/prior.py [COUNT]         # 200 quartets

Confavreux et al. 2025, github.com/VogelsLab/fSBI: 4,096 + 1,024 neurons, all four connections plastic, time constants
uniform in 10 to 100 ms, coefficients in -2 to 2 times eta = 0.01, inputs of 5 to 15 Hz, 60 s and then 10 s that count;
each quartet on a network of its own. Of 10,000 such draws about 14 % keep stable activity (both rates within 1 to 50
Hz), 2.2 % are asynchronous and irregular, 0.5 % have stable weights and at most 0.01 % all of it, as read off the
logarithmic axis of their figure. Keeps a line for each quartet in runs/prior.jsonl, so that a second call goes on where
the first was stopped (delete it if you change what stands below); prints the shares with standard errors.
"""

import json
import os
import sys
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path
from time import process_time

import numpy as np

from plastica.engines.threads import available_cores
from plastica.inner.keys import Key
from plastica.inner.outcome import count_outcomes
from plastica.inner.recurrent.dataset import DrawnNetworks
from plastica.inner.recurrent.network import RecurrentNetwork
from plastica.inner.recurrent.wiring import CONNECTIONS
from plastica.rules.base import Floats
from plastica.rules.spike_pair import SpikePair
from plastica.tasks.losses.metric_windows import PLAUSIBLE, MetricWindows
from plastica.tasks.task import Task

SEED = 1
COUNT = 200
ETA = 0.01
KEPT = Path("runs/prior.jsonl")
SETTINGS = {"preset": "fsbi", "input_hz": (5.0, 15.0), "learning_s": 60.0, "scoring_s": 10.0}
ACTIVITY = ("rate_hz", "rate_i_hz")
WEIGHTS = ("share_at_bound", "weight_creep", *(f"weight_{connection}" for connection in CONNECTIONS))
IRREGULAR = tuple(name for name in PLAUSIBLE if name not in (*ACTIVITY, *WEIGHTS))
KINDS = {
    "stable activity": (ACTIVITY, 0.14),
    "asynchronous and irregular": (IRREGULAR, 0.022),
    "stable weights": (WEIGHTS, 0.005),
    "all of it": (tuple(PLAUSIBLE), 1e-4),
}

Trial = Mapping[str, float]  # a trial's outcome and metrics by name, and the quartet's index


def quartet(index: int) -> Floats:
    """theta [24] of a draw of the prior: EE, EI, IE and II, with time constants in ms."""
    draw = np.random.default_rng([SEED, index])
    rules = np.hstack([draw.uniform(10, 100, (4, 2)), ETA * draw.uniform(-2, 2, (4, 4))])
    return rules.ravel()


def evaluated(index: int) -> Trial:
    rules = dict.fromkeys(CONNECTIONS, SpikePair())
    task = Task("prior", RecurrentNetwork(**SETTINGS), rules, DrawnNetworks(), MetricWindows())
    found = task.evaluate(quartet(index), [Key(SEED, "bench", 0, index)])
    metrics = {name: float(value[0, 0]) for name, value in found.metrics.items()}
    return {"quartet": index, "outcome": int(found.outcome[0, 0]), **metrics}


def is_within(trial: Trial, names: Iterable[str]) -> bool:
    """Whether a trial came to its end with these metrics within their windows, whatever its weights."""
    return trial["share_simulated"] == 1 and all(PLAUSIBLE[n][0] <= trial[n] <= PLAUSIBLE[n][1] for n in names)


def kept() -> dict[int, Trial]:
    """What earlier calls have done, by index; a line that was cut off goes, and is done again."""
    KEPT.parent.mkdir(exist_ok=True)
    KEPT.touch()
    *lines, cut_off = KEPT.read_text().split("\n")
    os.truncate(KEPT, KEPT.stat().st_size - len(cut_off))
    return {trial["quartet"]: trial for trial in map(json.loads, lines)}


def compute(indices: list[int]) -> None:
    with ThreadPoolExecutor(available_cores()) as pool, KEPT.open("a") as file:
        futures = [pool.submit(evaluated, index) for index in indices]
        for done, future in enumerate(as_completed(futures), 1):
            print(json.dumps(future.result()), file=file, flush=True)
            if done % 10 == 0:
                print(f"{done} of {len(indices)}, {process_time():.0f} s of processor time", flush=True)


def main(count: int) -> None:
    before = kept()
    compute([index for index in range(count) if index not in before])
    trials = [trial for index, trial in kept().items() if index < count]
    print("| of the prior | here | published |\n|---|---|---|")
    for name, (metrics, published) in KINDS.items():
        share = np.mean([is_within(trial, metrics) for trial in trials])
        error = np.sqrt(max(share * (1 - share), 1 / count**2) / count)
        print(f"| {name} | {100 * share:.1f} +- {100 * error:.1f} % | {100 * published:g} % |")
    outcomes = count_outcomes(np.array([trial["outcome"] for trial in trials]))
    early = sum(trial["share_simulated"] < 1 for trial in trials)
    told = ", ".join(f"{n} {word}" for word, n in outcomes.items() if n)
    print(f"{count} quartets: {told}; {early} ended early; {process_time():.0f} s of processor time now")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:] or [COUNT]))
