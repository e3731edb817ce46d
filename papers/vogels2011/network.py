"""Vogels et al. 2011 (Science 334:1569): inhibitory plasticity makes a recurrent network asynchronous and irregular.

    python papers/vogels2011/network.py [SECONDS]

runs the preset vogels-2011, 8,000 and 2,000 neurons that a tonic current drives, from inhibitory weights of zero, with
the rule of the paper at a target of 3 Hz and eta = 0.001, the values of Brian2's example. It prints the rates in
successive 10 s and, for the last ones, the coefficient of variation of the intervals; and the rate of the neurons
without any coupling, which should be 1 / (20 ms ln 2 + 5 ms) = 53.0 Hz.
"""

import sys

import numpy as np

from plastica.inner.keys import Key
from plastica.inner.recurrent.dataset import DrawnNetworks
from plastica.inner.recurrent.network import RecurrentNetwork
from plastica.inner.recurrent.trials import irregularity
from plastica.rules.spike_pair import vogels_2011

TARGET_HZ = 3.0
ETA = 1e-3


def rates(seconds: float, **settings: object) -> tuple[np.ndarray, np.ndarray]:
    """Rates [10 s, 2] of excitatory and inhibitory neurons, and mean coefficients of variation [2] in the last 10 s."""
    network = RecurrentNetwork(
        preset="vogels-2011", learning_s=seconds - min(10.0, seconds / 2), scoring_s=min(10.0, seconds / 2), **settings
    )
    rules = np.tile([20.0, 20.0, 0.0, 0.0, 0.0, 0.0], (4, 1))
    rules[2] = vogels_2011(ETA, TARGET_HZ)
    dataset = network.dataset(DrawnNetworks(), {}, Key(1, "bench"))
    width = min(10.0, seconds)
    found = network.run(rules, dataset, bin_s=width)
    cv = irregularity(found.tally)
    means = [cv[start : start + count].mean() for start, count in map(network.sizes.population, "EI")]
    return found.binned / (width * np.array([network.excitatory, network.inhibitory])), np.array(means)


def main() -> None:
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 300.0
    uncoupled, _ = rates(2.0, probability=0.0)
    print(f"without coupling: {uncoupled[-1, 0]:.1f} Hz (53.0 by theory)")
    found, cv = rates(seconds)
    print("E, Hz:", *(f"{rate:.2f}" for rate in found[:, 0]), f"(target {TARGET_HZ:g})")
    print("I, Hz:", *(f"{rate:.2f}" for rate in found[:, 1]))
    print(f"coefficient of variation: E {cv[0]:.2f}, I {cv[1]:.2f}")


if __name__ == "__main__":
    main()
