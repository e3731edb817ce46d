"""How long a trial of the spiking neuron takes, beside the bare recurrence of V and, if installed, Brian2."""

import tempfile
from importlib.util import find_spec
from pathlib import Path

import numpy as np
from numba import njit
from numpy.typing import NDArray

from plastica.bench.rate import best_seconds
from plastica.inner.keys import Key
from plastica.inner.lanes import LANES
from plastica.inner.neuron.network import SpikingNeuron
from plastica.inner.neuron.vogels_input import VogelsInput
from plastica.rules.base import Floats, Space
from plastica.rules.spike_pair import SpikePair, vogels_2011

RULES = {"inhibitory": SpikePair()}
FLAT_INPUT = VogelsInput(modulation_hz=0.0, baseline_hz=9.31)  # 8.9 Hz with refractoriness


def measure_spiking(candidates: int = 2 * LANES, repeats: int = 5) -> dict[str, float]:
    """Milliseconds a trial of 90 s on one thread (the Vogels rule; random rules too), and seconds a dataset."""
    neuron, key = SpikingNeuron(), Key(0, "bench")
    datasets = {name: neuron.dataset(data, RULES, key) for name, data in _inputs().items()}
    vogels = np.tile(vogels_2011(), (candidates, 1))
    random = Space(RULES["inhibitory"].parameters()).draw(np.random.default_rng(0), candidates)

    recurrence = _recurrence(datasets["flat"].drive.conductance)

    def trial(thetas: Floats, name: str, double: bool = False) -> float:
        run = lambda: neuron.simulate_dataset(RULES, {"inhibitory": thetas}, datasets[name], double)  # noqa: E731
        return 1e3 * best_seconds(run, repeats) / candidates

    return {
        "lanes": LANES,
        "ms_per_trial": trial(vogels, "flat"),
        "ms_per_trial_random_rules": trial(random, "flat"),
        "ms_per_trial_float64": trial(vogels, "flat", double=True),
        "ms_per_trial_paper_input": trial(vogels, "paper"),
        "ms_per_trial_paper_input_random_rules": trial(random, "paper"),
        "dataset_seconds": best_seconds(lambda: neuron.dataset(VogelsInput(), RULES, key), repeats),
        "dataset_mb": datasets["paper"].nbytes / 1e6,
        "bare_recurrence_ms": 1e3 * best_seconds(lambda: _bare(*recurrence), repeats),
    }


def measure_brian2(side_by_side: tuple[int, ...] = (16, 256)) -> dict[str, float]:
    """The same experiment in Brian2's C++ standalone mode, ms a trial; empty where Brian2 is not installed."""
    if find_spec("brian2") is None:
        return {}
    from plastica.bench.spiking_brian2 import simulate_in_brian2

    result = {}
    for count in side_by_side:
        with tempfile.TemporaryDirectory() as directory:
            thetas = np.tile(vogels_2011(), (count, 1))
            trials = simulate_in_brian2(SpikingNeuron(), FLAT_INPUT, Key(0, "bench"), thetas, Path(directory))
        result[f"brian2_ms_per_trial_{count}"] = 1e3 * trials.seconds / count
    return result


def _inputs() -> dict[str, VogelsInput]:
    return {"flat": FLAT_INPUT, "paper": VogelsInput()}


def _recurrence(conductance: NDArray[np.float32]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """(A, B) of U <- A U + B, the step of Eq. (10) in which inhibition is left out and U = V - E_I."""
    g = conductance.astype(np.float64)
    return (1 - 0.005 * (1 + g)).astype(np.float32), (0.005 * (20 + 80 * g)).astype(np.float32)


@njit(nogil=True, cache=True, fastmath={"contract"})
def _bare(A, B):
    """V alone over the same steps, one candidate, one fused multiply-add a step."""
    u = np.float32(20.0)
    for step in range(A.size):
        u = A[step] * u + B[step]
        if u >= np.float32(30.0):
            u = np.float32(20.0)
    return u
