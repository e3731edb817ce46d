"""Recurrent networks and rules of Confavreux et al. beside what the authors' own simulator, Auryn 8.3, makes of them.

    python papers/confavreux2023/truth.py            # all rows; or the first letters of those that are wanted: T S L

prints for each row the rate of excitatory neurons in successive 10 s, that of inhibitory ones in the last, the mean
final weights and the coefficient of variation of the intervals, or when the trial ended: ours (the mean of --seeds),
Auryn's, and the deviation of the last rate. Networks: T, the presets spikes at 3 Hz (with the rule that SpikES saved);
S and L, fsbi-small and fsbi. Auryn draws other networks and other spikes, so single numbers differ as its seeds do: by
1 % for T and L, by 1 to 3 % for S, by 9 % for S without plasticity.
"""

import sys
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from plastica.inner.keys import Key
from plastica.inner.outcome import Outcome
from plastica.inner.recurrent.dataset import DrawnNetworks
from plastica.inner.recurrent.network import RecurrentNetwork
from plastica.inner.recurrent.trials import irregularity
from plastica.inner.recurrent.wiring import CONNECTIONS

ETA = 0.01  # multiplies every published rule
SEEDS = (1, 2)
NONE = (20.0, 20.0, 0.0, 0.0, 0.0, 0.0)
SYMMETRIC = (20.0, 20.0, -0.4, 0.0, 1.0, 1.0)  # Vogels et al. 2011
INVERTED = (20.0, 20.0, 0.4, 0.0, -1.0, -1.0)
SAVED = (54.34836547, 97.52295722, -1.41113062, 0.01545933, 0.71641236, 1.0808928)  # SpikES, 2212091405
QUARTET = {
    "EE": (37.6, 96.5, -0.1366, 0.5124, 0.5409, -1.2644),
    "EI": (15.6, 47.0, 1.0561, 1.2609, 0.92, -1.5472),
    "IE": (92.2, 82.2, 1.5108, 0.0932, 1.6625, -1.8134),
    "II": (12.7, 11.8, -0.9889, -1.0057, -1.25, 0.2682),
}
HOLDING = {"EE": INVERTED, "EI": INVERTED, "IE": SYMMETRIC, "II": SYMMETRIC}


@dataclass(frozen=True)
class Row:
    """A network with rules, in ms and per spike over eta, and what Auryn made of it."""

    name: str
    preset: str
    rules: dict[str, tuple[float, ...]]
    seconds: float
    rates: tuple[float, ...] = ()  # Hz of excitatory neurons in successive 10 s
    inhibitory: float = 0.0  # Hz in the last 10 s
    weights: dict[str, float] = field(default_factory=dict)
    cv: float = 0.0  # of excitatory neurons
    ends_s: float = 0.0  # when it exploded or fell silent; 0: never
    settings: dict[str, Any] = field(default_factory=dict)


ROWS = (
    Row("T no plasticity", "spikes", {"IE": NONE}, 5, ends_s=0.846),
    Row("T alpha = -1 alone", "spikes", {"IE": (20.0, 20.0, -1.0, 0.0, 0.0, 0.0)}, 5, ends_s=0.5875),
    Row("T alpha = +1 alone", "spikes", {"IE": (20.0, 20.0, 1.0, 0.0, 0.0, 0.0)}, 30, (2.9, 0.16), 5.7, {"IE": 1.355},
        0.0, 21.3),
    Row("T saved rule", "spikes", {"IE": SAVED}, 50, (10.44, 10.03, 10.03, 10.03, 10.02), 9.67, {"IE": 0.2665}, 0.955),
    Row("T saved rule, 5 Hz", "spikes", {"IE": SAVED}, 50, (10.38, 9.99, 9.99, 9.98, 9.98), 13.8, {"IE": 0.2795}, 0.991,
        settings={"input_hz": 5.0}),
    Row("T alpha = -0.2", "spikes", {"IE": (20.0, 20.0, -0.2, 0.0, 1.0, 1.0)}, 50, (7.79, 6.11, 6.08, 6.07, 6.03), 8.1,
        {"IE": 0.2605}, 0.968),
    Row("S HQ10", "fsbi-small", HOLDING, 40, (7.85, 9.3, 9.85, 9.95), 10.1,
        {"EE": 0.3215, "EI": 0.3175, "IE": 2.165, "II": 2.17}, 0.90),
    Row("S IE alone", "fsbi-small", {"IE": SYMMETRIC}, 40, (8.35, 11.4, 12.0, 11.65), 9.35, {"IE": 2.32}, 0.955),
    Row("S no plasticity", "fsbi-small", {"IE": NONE}, 20, (7.7, 7.7), 7.8, {}, 1.0),
    Row("S random quartet", "fsbi-small", QUARTET, 20, (0.5, 0.0), 28.5),
    Row("L EE (0, 0, 1, 1) alone", "fsbi", {"EE": (20.0, 20.0, 0.0, 0.0, 1.0, 1.0)}, 5, weights={"EE": 9.3},
        ends_s=1.265),
    Row("L no plasticity", "fsbi", {"IE": NONE}, 20, (4.6, 4.7), 4.7, {}, 0.96),
    Row("L HQ10", "fsbi", HOLDING, 60, (7.15, 10.0, 10.1, 10.1, 10.1, 10.1), 10.2,
        {"EE": 0.137, "EI": 0.138, "IE": 0.732, "II": 0.738}, 0.85),
    Row("L IE alone", "fsbi", {"IE": SYMMETRIC}, 50, (8.45, 11.1, 11.0, 11.0, 11.1), 7.3, {"IE": 0.917}, 0.89),
)  # fmt: skip


def measured(row: Row, seed: int) -> Row:
    """The same row as plastica has it, from one seed."""
    network = RecurrentNetwork(
        preset=row.preset,
        plastic=tuple(row.rules),
        learning_s=row.seconds / 2,
        scoring_s=row.seconds / 2,
        **row.settings,
    )
    rules = np.array([row.rules.get(name, NONE) for name in CONNECTIONS])
    rules[:, 2:] *= ETA
    dataset = network.dataset(DrawnNetworks(), {}, Key(seed, "bench"))
    found = network.run(rules, dataset, bin_s=10.0)
    whole = found.steps // network.steps(10.0)
    rates = found.binned[: max(1, whole)] / (10.0 * np.array([network.excitatory, network.inhibitory]))
    cv = irregularity(found.tally)[: network.excitatory].mean()
    weights = {c: float(found.weights_of(c, dataset, network.sizes).mean()) for c in row.rules}
    ended = 0.0 if found.outcome == Outcome.OK else found.steps * network.dt_ms * 1e-3
    return Row(row.name, row.preset, row.rules, row.seconds, tuple(rates[:whole, 0]), rates[-1, 1], weights, cv, ended)


def table(rows: tuple[Row, ...], seeds: tuple[int, ...]) -> str:
    """A Markdown table: ours / Auryn's, and the deviation of the last rate, or of the end."""
    lines = ["| network, rule | E, Hz, in successive 10 s | I, Hz | final weights | CV E | end, s | deviation |"]
    lines.append("|---|---|---|---|---|---|---|")
    for row in rows:
        ours = [measured(row, seed) for seed in seeds]
        lines.append(_line(row, ours))
        print(lines[-1], file=sys.stderr, flush=True)
    return "\n".join(lines)


def _line(row: Row, ours: list[Row]) -> str:
    shortest = min(len(one.rates) for one in ours)
    rates = np.array([one.rates[:shortest] for one in ours]).mean(axis=0)
    weights = [f"{c} {np.mean([one.weights[c] for one in ours]):.3f} / {w:g}" for c, w in row.weights.items()]
    end, cv = float(np.mean([one.ends_s for one in ours])), float(np.mean([one.cv for one in ours]))
    cells = [
        row.name,
        (" ".join(f"{rate:.2f}" for rate in rates) or "-")
        + " / "
        + (" ".join(f"{rate:g}" for rate in row.rates) or "-"),
        f"{np.mean([one.inhibitory for one in ours]):.2f} / {row.inhibitory:g}" if row.inhibitory else "-",
        ", ".join(weights) or "-",
        f"{cv:.3f} / {row.cv:g}" if row.cv else "-",
        f"{end:.3f} / {row.ends_s:g}" if end or row.ends_s else "-",
        _deviation(row, rates, end),
    ]
    return f"| {' | '.join(cells)} |"


def _deviation(row: Row, rates: Any, end: float) -> str:
    if row.ends_s:
        return f"{100 * (end / row.ends_s - 1):+.1f} %"
    return f"{100 * (rates[-1] / row.rates[-1] - 1):+.1f} %" if row.rates[-1] else "-"


def main() -> str:
    wanted = tuple(sys.argv[1:]) or ("T", "S", "L")
    found = table(tuple(row for row in ROWS if row.name.startswith(wanted)), SEEDS)
    print(found)
    return found


if __name__ == "__main__":
    main()
