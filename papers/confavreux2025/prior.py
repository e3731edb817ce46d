"""What share of random quartets of rules keeps a recurrent network active: the prior of fSBI.

    python papers/confavreux2025/prior.py                 # 200 quartets; or: prior.py COUNT, prior.py FIRST COUNT

Confavreux et al. 2025, github.com/VogelsLab/fSBI: 4,096 + 1,024 neurons, all four connections plastic, time constants
uniform in 10 to 100 ms, coefficients in -2 to 2 times eta = 0.01, inputs of 5 to 15 Hz, 60 s and then 10 s that count;
each quartet on a network of its own. Of 10,000 such draws about 14 % keep stable activity (both rates within 1 to 50
Hz), 2.2 % are asynchronous and irregular, 0.5 % have stable weights and at most 0.01 % all of it, as read off the
logarithmic axis of their figure. Prints a line for every ten quartets, then the shares with standard errors.
"""

import sys
import time
from concurrent.futures import ThreadPoolExecutor

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
from plastica.tasks.task import Evaluation, Task

SEED = 1
COUNT = 200
ETA = 0.01
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


def quartet(index: int) -> Floats:
    """theta [24] of a draw of the prior: EE, EI, IE and II, with time constants in ms."""
    draw = np.random.default_rng([SEED, index])
    rules = np.hstack([draw.uniform(10, 100, (4, 2)), ETA * draw.uniform(-2, 2, (4, 4))])
    return rules.ravel()


def evaluated(index: int) -> Evaluation:
    rules = dict.fromkeys(CONNECTIONS, SpikePair())
    task = Task("prior", RecurrentNetwork(**SETTINGS), rules, DrawnNetworks(), MetricWindows())
    return task.evaluate(quartet(index), [Key(SEED, "bench", 0, index)])


def is_within(found: Evaluation, names: tuple[str, ...]) -> Floats:
    """Which trials came to their end with these metrics within their windows, whatever their weights."""
    inside = found.metrics["share_simulated"][0] == 1
    for name in names:
        least, most = PLAUSIBLE[name]
        inside &= (least <= found.metrics[name][0]) & (found.metrics[name][0] <= most)
    return inside


def main(first: int, count: int) -> None:
    began, processor, parts = time.perf_counter(), time.process_time(), []
    with ThreadPoolExecutor(available_cores()) as pool:
        for found in pool.map(evaluated, range(first, first + count)):
            parts.append(found)
            if len(parts) % 10 == 0:
                active = is_within(Evaluation.join(parts), ACTIVITY)
                print(f"{len(parts)}: {active.sum()} active, {time.process_time() - processor:.0f} s", flush=True)
    whole = Evaluation.join(parts)
    print("| of the prior | here | published |\n|---|---|---|")
    for name, (metrics, published) in KINDS.items():
        share = is_within(whole, metrics).mean()
        error = np.sqrt(max(share * (1 - share), 1 / count**2) / count)
        print(f"| {name} | {100 * share:.1f} +- {100 * error:.1f} % | {100 * published:g} % |")
    told = ", ".join(f"{n} {word}" for word, n in count_outcomes(whole.outcome).items() if n)
    early = int((whole.metrics["share_simulated"][0] < 1).sum())
    print(
        f"{count} quartets: {told}; {early} ended early; {time.process_time() - processor:.0f} s of processor time, "
        f"{time.perf_counter() - began:.0f} s on {available_cores()} cores"
    )


if __name__ == "__main__":
    given = [int(word) for word in sys.argv[1:]]
    main(*(given if len(given) == 2 else (0, *(given or [COUNT]))))
