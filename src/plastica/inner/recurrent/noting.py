"""What a candidate did, written into its row of the trials."""

from typing import Any

import numpy as np

from plastica.inner.outcome import Outcome
from plastica.inner.recurrent.dataset import RecurrentDataset
from plastica.inner.recurrent.simulation import Simulated
from plastica.inner.recurrent.statistics import RECORDED, statistics
from plastica.inner.recurrent.trials import SHAPES, RecurrentTrials, irregularity
from plastica.inner.recurrent.wiring import CONNECTIONS
from plastica.rules.base import Floats

WEIGHTS_EXPLODED = 0.9  # share of the weights of a plastic connection at the upper bound at the end
WEIGHTS_LEAST = 0.1  # sum of two mean weights from which their change is told


def nothing(count: int, network: Any) -> RecurrentTrials:
    """Trials of candidates that are not simulated: their rules are not finite."""
    numbers = {name: np.zeros((count, *shape)) for name, shape in SHAPES.items()}
    running = np.zeros((count, max((one.stop for one in network.recorded.values()), default=0)))
    return RecurrentTrials(outcome=np.full(count, Outcome.NONFINITE, np.int8), running=running, **numbers)


def note(trials: RecurrentTrials, r: int, network: Any, dataset: RecurrentDataset, simulated: Simulated) -> None:
    """Write what a candidate did into row r."""
    trials.share[r] = simulated.steps / dataset.spans[-1].last
    trials.mean[r], trials.inverse[r], trials.running[r] = simulated.mean, simulated.inverse, simulated.running
    _note_spikes(trials, r, network, dataset, simulated)
    most = _note_weights(trials, r, network, dataset, simulated)
    ends = ((most >= WEIGHTS_EXPLODED, Outcome.EXPLODED), (not trials.rate_hz[r, 0], Outcome.SILENT))
    at_end = next((outcome for holds, outcome in ends if holds), Outcome.OK)
    trials.outcome[r] = simulated.outcome or at_end


def _note_spikes(
    trials: RecurrentTrials, r: int, network: Any, dataset: RecurrentDataset, simulated: Simulated
) -> None:
    step_s, sizes = network.dt_ms * 1e-3, network.sizes
    steps = [max(0, min(span.last, simulated.steps) - span.first) for span in dataset.spans if span.recorded]
    recorded_s = max(1, sum(steps)) * step_s
    cv = irregularity(simulated.tally)
    for k, name in enumerate("EI"):
        start, count = sizes.population(name)
        if count:
            trials.rate_hz[r, k] = simulated.spikes_scored(name, sizes) / (count * recorded_s)
            trials.cv[r, k] = cv[start : start + count].mean()
    neurons, times = [], []
    for span, before in zip((s for s in dataset.spans if s.recorded), np.cumsum([0, *steps]), strict=False):
        own = (simulated.spike_step >= span.first) & (simulated.spike_step < span.last)
        neurons.append(simulated.spike_neuron[own])
        times.append(simulated.spike_step[own] - span.first + before)
    neuron, time = np.concatenate(neurons).astype(np.int64), np.concatenate(times) * step_s
    count = min(RECORDED, network.excitatory)
    trials.statistics[r] = statistics(neuron[neuron < count], time[neuron < count], count, recorded_s)


def _note_weights(
    trials: RecurrentTrials, r: int, network: Any, dataset: RecurrentDataset, simulated: Simulated
) -> float:
    """The largest share of a plastic connection's weights at the upper bound."""
    trials.weights[r] = dataset.initial_weights
    at_zero, at_limit = [], []
    for connection in network.connections:
        w = simulated.weights_of(connection, dataset, network.sizes)
        if w.size:
            trials.weights[r, CONNECTIONS.index(connection)] = w.mean(dtype=np.float64)
            at_zero.append(np.mean(w <= 0))
            at_limit.append(np.mean(w >= np.float32(dataset.weight_max)))
    if simulated.steps > dataset.phases.scoring:
        trials.creep[r] = _creep(simulated.scored_from, trials.weights[r], network.connections)
    trials.at_bound[r] = np.mean(np.add(at_zero, at_limit)) if at_limit else 0.0
    return float(max(at_limit, default=0.0))


def _creep(start: Floats, end: Floats, connections: tuple[str, ...]) -> float:
    """Of mean weights [4] while scored; those that are next to nothing do not count."""
    chosen = [CONNECTIONS.index(connection) for connection in connections]
    sums, changes = (start + end)[chosen], (end - start)[chosen]
    return float(np.abs(2 * changes / np.where(sums > WEIGHTS_LEAST, sums, np.inf)).max())
