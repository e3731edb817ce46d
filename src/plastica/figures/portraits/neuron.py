"""The portrait of the spiking neuron (Fig. 3C): currents and weights before and after learning."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from plastica.analysis.balance import rectified_excitation
from plastica.figures import draw_spiking
from plastica.figures.canvas import figure
from plastica.inner.neuron.recording import record
from plastica.rules.base import Floats
from plastica.tasks.task import Task

SPAN_MS = 1000.0  # of currents shown
ABOVE_SPIKES = 10.0  # points between the axes of currents and their title


def portray(task: Task, rules: Mapping[str, Floats], seed: int, stem: Path) -> None:
    with figure(stem, panels=2, rows=2) as axes:
        draw_balance(task, next(iter(rules.values())), seed, axes)


def draw_balance(task: Task, theta: Floats, seed: int, axes: Any) -> None:
    """Fig. 3C on four axes: currents and weights at the start, and at the end of the training phase."""
    _draw_balance_at(task, theta, seed, 0.0, axes[:2])
    axes[0].set_title("before learning", pad=ABOVE_SPIKES)
    draw_learned_balance(task, theta, seed, axes[2:])
    axes[2].set_title("after learning", pad=ABOVE_SPIKES)


def draw_learned_balance(task: Task, theta: Floats, seed: int, axes: Any) -> None:
    """The lower half of Fig. 3C on two axes: currents and weights at the end of the training phase."""
    neuron: Any = task.network
    _draw_balance_at(task, theta, seed, neuron.training_s * 1e3, axes)


def _draw_balance_at(task: Task, theta: Floats, seed: int, start_ms: float, axes: Any) -> None:
    neuron: Any = task.network
    data: Any = task.data
    dataset: Any = task.dataset(task.keys(seed, "held-out", 1)[0])
    span = min(SPAN_MS, neuron.scoring_s * 1e3, neuron.training_s * 1e3)
    recording = record(neuron, task.rules, theta, dataset, start_ms, start_ms + span, sample_ms=span)
    draw_spiking.currents(axes[0], recording)
    at = np.searchsorted(recording.weight_time_ms, start_ms)
    excitation = rectified_excitation(neuron, data, dataset.tuning)
    draw_spiking.group_weights(axes[1], recording.group_weights[at], excitation, "inhibitory")
