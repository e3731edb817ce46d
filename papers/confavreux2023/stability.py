"""The stability rule that SpikES saved, and no plasticity, in the protocol of Confavreux et al. 2025.

    python papers/confavreux2023/stability.py            # all rows; or those whose name begins with: T1 T2 T7

Confavreux et al., PLoS Computational Biology 21(4):e1012910, github.com/VogelsLab/SpikES. Each trial draws its wiring,
its input's rate, its initial IE weights, their upper bound and its length; plasticity goes on while the last 5 s are
scored. T1: the rule of run 2212091405 on IE, 8,000 + 2,000 neurons; it holds 10 Hz, its saved losses are 0.0002 to
0.0125. T2: no plasticity there; 194.5 is saved, a mean of ten trials of which most end early. T7: no plasticity in the
network of 4,096 + 1,024 adapting neurons; 318.3 is saved. Prints loss +- standard error, rates and outcomes.
"""

import sys
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from plastica.inner.keys import Key
from plastica.inner.outcome import count_outcomes
from plastica.inner.recurrent.dataset import DrawnNetworks
from plastica.inner.recurrent.network import RecurrentNetwork
from plastica.rules.base import Floats
from plastica.rules.spike_pair import SpikePair
from plastica.tasks.losses.population_rate import PopulationRate
from plastica.tasks.task import Evaluation, Task

ETA = 0.01  # multiplies every published rule
SAVED = (54.34836547, 97.52295722, -1.41113062, 0.01545933, 0.71641236, 1.0808928)  # SpikES, 2212091405
NONE = (20.0, 20.0, 0.0, 0.0, 0.0, 0.0)
TIF = {"preset": "spikes", "weight_IE": (0.0, 0.3), "input_hz": (1.0, 5.0)}
LARGE = {"preset": "spikes-cvaif"}
SEED = 1


@dataclass(frozen=True)
class Row:
    """A rule (ms, and per spike over eta) in a network whose upper bound of weights is drawn from a range; and the
    loss that is known."""

    name: str
    network: dict[str, Any]
    weight_max: tuple[float, float]
    rule: tuple[float, ...]
    trials: int
    saved: str


ROWS = (
    Row("T1 saved rule", TIF, (2.0, 3.0), SAVED, 10, "0.0002 to 0.0125"),
    Row("T2 no plasticity", TIF, (2.0, 3.0), NONE, 40, "194.5"),
    Row("T7 no plasticity, CVAIF", LARGE, (10.0, 20.0), NONE, 10, "318.3"),
)


def trials(row: Row, count: int | None = None) -> Evaluation:
    """The rule on so many trials, each in a network of its own upper bound."""
    theta = np.array(row.rule) * [1, 1, ETA, ETA, ETA, ETA]
    parts = []
    for k in range(count or row.trials):
        limit = np.exp(np.random.default_rng([SEED, k]).uniform(*np.log(row.weight_max)))
        parts.append(_task(replace(row, network={**row.network, "weight_max": limit})).evaluate(theta, [_key(k)]))
    return Evaluation.join(parts)


def _key(k: int) -> Key:
    return Key(SEED, "held-out", 0, k)


def _task(row: Row) -> Task:
    network = RecurrentNetwork(**row.network, learning_s=(30.0, 45.0), scoring_s=5.0, silent_hz=0.1)
    return Task("stability", network, {"IE": SpikePair()}, DrawnNetworks(), PopulationRate(target_hz=10.0))


def line(row: Row, found: Evaluation) -> str:
    """A row of the table."""
    loss, ok = found.loss[0], found.outcome[0] == 0
    rates = found.metrics["rate_hz"][0][ok]
    outcomes = ", ".join(f"{n} {word}" for word, n in count_outcomes(found.outcome).items() if n)
    shown = f"{rates.min():.2f} to {rates.max():.2f}, mean {rates.mean():.2f}" if ok.any() else "-"
    return f"| {row.name} | {loss.mean():.4g} +- {_error(loss):.2g} | {row.saved} | {shown} | {outcomes} |"


def _error(loss: Floats) -> float:
    return float(loss.std(ddof=1) / np.sqrt(loss.size))


def main() -> None:
    wanted = tuple(sys.argv[1:]) or ("T",)
    print("| rule | loss | saved | E, Hz, of trials that came to their end | trials |\n|---|---|---|---|---|")
    for row in ROWS:
        if row.name.startswith(wanted):
            print(line(row, trials(row)), flush=True)


if __name__ == "__main__":
    main()
