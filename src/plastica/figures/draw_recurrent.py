"""A recurrent network, drawn: spikes, rates and weights; data and axes in, axes out."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from plastica.figures.draw_legend import beside
from plastica.rules.base import Floats

Axes = Any  # matplotlib is loaded where it is used

COLOURS = {"E": "tab:red", "I": "tab:blue"}
CONNECTIONS = {"EE": "tab:red", "EI": "tab:orange", "IE": "tab:blue", "II": "tab:cyan"}


def raster(axes: Axes, spikes: Mapping[str, tuple[Floats, NDArray[np.int64]]], start_s: float, span_s: float) -> Axes:
    """Spikes {population: (times in s, rows)} from start_s on, those of each population in its colour."""
    for name, (times, rows) in spikes.items():
        shown = (times >= start_s) & (times < start_s + span_s)
        axes.plot(
            1e3 * (times[shown] - start_s), rows[shown], ".", color=COLOURS[name], markersize=1.0, rasterized=True
        )
    axes.set(xlabel=f"time from {start_s:g} s on (ms)", ylabel="neuron", xlim=(0, 1e3 * span_s))
    return axes


def rates(axes: Axes, time_s: Floats, rates_hz: Floats, target_hz: float | None) -> Axes:
    """Population rates [bins, 2] of E and I over time, and the target of E where there is one."""
    if target_hz is not None:
        axes.axhline(target_hz, color="0.6", linestyle=":", linewidth=0.8, label="target")
    for k, name in enumerate(COLOURS):
        axes.plot(time_s, rates_hz[:, k], color=COLOURS[name], linewidth=0.9, label=name)
    axes.set(xlabel="time (s)", ylabel="rate (Hz)", ylim=(0, None))
    return beside(axes, handlelength=1)


def weights(axes: Axes, final: Mapping[str, Floats], initial: Mapping[str, float]) -> Axes:
    """Distributions of final weights; a dashed line is where the weights of a connection began."""
    edges = np.linspace(0, max(1e-9, *(float(w.max(initial=0.0)) for w in final.values())), 50)
    for name, w in final.items():
        share = np.histogram(w, edges)[0] / max(1, w.size)
        axes.stairs(100 * share, edges, color=CONNECTIONS[name], label=name)
        axes.axvline(initial[name], color=CONNECTIONS[name], linestyle="--", linewidth=0.8)
    axes.set(xlabel="weight", ylabel="synapses (%)", ylim=(0, None))
    return beside(axes, handlelength=1)
