"""The recurrent network of Vogels et al. 2011: inhibitory plasticity brings 8,000 excitatory neurons to 3 Hz.

    python papers/vogels2011/balance.py

8,000 excitatory and 2,000 inhibitory neurons under a tonic current of 20 mV, inhibitory synapses onto excitatory
neurons at zero, and the symmetric Hebbian rule of Vogels, Sprekeler, Zenke, Clopath & Gerstner (Science 334:1569) on
these, with eta = 1e-3 g_leak and 3 Hz as target. Weights are those of the authors' example for Brian2. Prints, for
one seed, the excitatory rate without any synapse, without plasticity, in successive hundred seconds of learning,
and over the last ten seconds with the coefficient of variation of intervals. Takes a few minutes on one core.
"""

import numpy as np

from plastica.config import load
from plastica.inner.keys import Key
from plastica.rules.spike_pair import vogels_2011
from plastica.tasks import Task

SEEDS = (1,)
TARGET_HZ = 3.0
COURSE = {"network.warmup_s": 1.0, "network.learning_s": 599.0, "network.scoring_s": 10.0}
SHORT = {"network.learning_s": 1.0, "network.scoring_s": 2.0}


def main() -> None:
    print("| seed | no synapses | no plasticity | learning, Hz in successive 100 s | last 10 s | CV | mean w of IE |")
    print("|---|---|---|---|---|---|---|")
    for seed in SEEDS:
        alone, before = (
            rates(task, seed, 0.0)[-1] for task in (network(SHORT | {"network.probability": 0.0}), network(SHORT))
        )
        learning = network(COURSE)
        course = rates(learning, seed, 100.0)[:-1]
        metrics = learning.evaluate(vogels_2011(target_hz=TARGET_HZ), [Key(seed, "held-out")]).metrics
        rate, cv, weight = (metrics[name][0, 0] for name in ("rate_hz", "cv", "weight_IE"))
        told = " ".join(f"{hz:.2f}" for hz in course)
        print(f"| {seed} | {alone:.1f} | {before:.0f} | {told} | {rate:.2f} | {cv:.2f} | {weight:.3f} |", flush=True)


def network(settings: dict[str, float]) -> Task:
    return load(
        "recurrent-stability", {"network.preset": "vogels-2011", "loss.target_hz": TARGET_HZ, **settings}
    ).composed


def rates(task: Task, seed: int, bin_s: float) -> np.ndarray:
    """Excitatory rates in successive bins, Hz; in the last second alone where `bin_s` is zero, without plasticity."""
    found = task.network.run(
        task.network.pair_rules(task.rules, {"IE": vogels_2011(target_hz=TARGET_HZ)[None] * (bin_s > 0)})[0],
        task.dataset(Key(seed, "held-out")),
        bin_s=bin_s or 1.0,
    )
    return found.binned[:, 0] / (task.network.excitatory * (bin_s or 1.0))


if __name__ == "__main__":
    main()
