"""The portrait of a recurrent network: spikes before and after learning, rates over time, weights at the end."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from plastica.figures import draw_recurrent
from plastica.figures.canvas import figure
from plastica.inner.recurrent.wiring import CONNECTIONS
from plastica.rules.base import Floats
from plastica.tasks.task import Task

SPAN_S = 0.5  # of spikes shown
BIN_S = 0.25  # of rates
MOST = {"E": 160, "I": 40}  # neurons shown


def portray(task: Task, rules: Mapping[str, Floats], seed: int, stem: Path) -> None:
    """Of the first rule, on the first held-out dataset; a rule that is not finite leaves nothing to draw."""
    network: Any = task.network
    target_hz = getattr(task.loss, "target_hz", None)  # which not every loss has
    dataset: Any = task.dataset(task.keys(seed, "held-out", 1)[0])
    thetas = {c: part[None] for c, part in task.split(next(iter(rules.values()))).items()}
    found = network.run(network.plasticities(task.rules, thetas)[0], dataset, bin_s=BIN_S, keep_s=0.0)
    lasted_s = found.steps * network.dt_ms * 1e-3
    span_s = min(SPAN_S, lasted_s / 2)
    with figure(stem, panels=2, rows=2) as axes:
        for panel, start_s, title in zip(
            axes[:2], (0.0, lasted_s - span_s), ("before learning", "after learning"), strict=True
        ):
            draw_recurrent.raster(panel, _shown(network, found), round(start_s, 2), span_s)
            panel.set_title(title)
        whole = max(1, int(lasted_s / BIN_S))
        neurons = np.maximum([network.excitatory, network.inhibitory], 1)
        rates_hz = np.asarray(found.binned[:whole] / (BIN_S * neurons), np.float64)
        draw_recurrent.rates(axes[2], np.linspace(BIN_S / 2, BIN_S * (whole - 0.5), whole), rates_hz, target_hz)
        final = {c: found.weights_of(c, dataset, network.sizes) for c in network.connections}
        initial = dict(zip(CONNECTIONS, dataset.initial_weights, strict=True))
        draw_recurrent.weights(axes[3], final, initial)


def _shown(network: Any, found: Any) -> dict[str, tuple[Floats, Any]]:
    """Spikes of some neurons of each population: times in s, and rows, excitatory ones below."""
    shown, row = {}, 0
    for name, most in MOST.items():
        start, count = network.sizes.population(name)
        number = found.spike_neuron.astype(np.int64) - start
        own = (number >= 0) & (number < min(count, most))
        shown[name] = (found.spike_step[own] * network.dt_ms * 1e-3, number[own] + row)
        row += min(count, most)
    return shown
