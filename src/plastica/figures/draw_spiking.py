"""The spiking neuron and its rules, drawn (Figs. 3B-D, S2): data and axes in, axes out."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from plastica.analysis.mean_field import postsynaptic_beta
from plastica.comparison import Curve
from plastica.figures.draw_legend import beside
from plastica.inner.neuron.recording import SpikingRecording
from plastica.rules.base import Floats

Axes = Any  # matplotlib is loaded where it is used

FAILED = "0.8"  # the colour of searches that failed


def currents(axes: Axes, recording: SpikingRecording, smooth_ms: float = 2.0) -> Axes:
    """Fig. 3C: excitatory, inhibitory and net current, smoothed by a running mean; ticks mark postsynaptic spikes."""
    start, stop = recording.time_ms[0], recording.time_ms[-1]
    width = max(1, round(smooth_ms / (recording.time_ms[1] - start)))
    kernel = np.full(width, 1 / width)
    time = (recording.time_ms - start) / 1e3
    for name, colour in (("excitatory", "tab:red"), ("inhibitory", "tab:blue"), ("net", "black")):
        current = np.convolve(getattr(recording, f"{name}_pa"), kernel, mode="same")
        axes.plot(time, current / 1e3, color=colour, linewidth=0.7, label=name)
    spikes = recording.spike_ms[(recording.spike_ms >= start) & (recording.spike_ms < stop)]
    axes.plot((spikes - start) / 1e3, np.full(len(spikes), 1.02), "|", color="black", markersize=4, clip_on=False,
              transform=axes.get_xaxis_transform())  # fmt: skip
    axes.set(xlabel="time (s)", ylabel="current (nA)")
    return beside(axes, handlelength=1)


def group_weights(axes: Axes, weights: Floats, excitation: Floats, label: str, colour: str = "tab:blue") -> Axes:
    """Fig. 3C: mean inhibitory weight of each group, over the excitatory weights (grey) in inhibitory terms."""
    groups = np.arange(1, len(weights) + 1)
    axes.plot(groups, excitation, color="0.7", linewidth=2, label="excitatory\n(rectified)")
    axes.plot(groups, weights, "o-", color=colour, markersize=3, label=label)
    axes.set(xlabel="input group", ylabel="mean weight", xticks=groups, ylim=(0, None))
    return beside(axes)


def alpha_beta_plane(
    axes: Axes, succeeded: Sequence[Floats], failed: Sequence[Floats], pre_hz: float, target_hz: float
) -> Axes:
    """Fig. 3D: searches [iterations, 6] from open to full circles in the plane of alpha and beta, failed ones in grey;
    dashed and dotted, the two extreme steady states."""
    for thetas in failed:
        _path(axes, thetas, color=FAILED)
    for thetas in succeeded:
        _path(axes, thetas)
    axes.axhline(0, color="black", linestyle=":", linewidth=0.8, label=r"Hebbian only, $\beta = 0$")
    alpha, beta = np.array(axes.get_xlim()), axes.get_ylim()
    postsynaptic = 1e3 * postsynaptic_beta(1e-3 * alpha, pre_hz, target_hz)
    axes.plot(alpha, postsynaptic, "k--", linewidth=0.8, label="postsynaptic only, Eq. (18)")
    axes.set(xlabel=r"$\alpha$ ($10^{-3}$ per spike)", ylabel=r"$\beta$ ($10^{-3}$ per spike)", xlim=alpha, ylim=beta)
    return axes


def key_to_plane(axes: Axes) -> Axes:
    """The legend of Fig. 3D, whichever of its signs are there."""
    from matplotlib.lines import Line2D

    circle: Any = {"color": "black", "marker": "o", "linestyle": "none"}
    signs = [
        Line2D([], [], **circle, markersize=2.5, fillstyle="none", label="start"),
        Line2D([], [], **circle, markersize=3.5, label="end"),
        Line2D([], [], color=FAILED, label="failed"),
    ]
    return beside(axes, handles=[*signs, *axes.get_legend_handles_labels()[0]])


def losses(axes: Axes, succeeded: Sequence[Curve], failed: Sequence[Curve]) -> Axes:
    """The loss of the searches of Fig. 3D against trials, each in the colour of its path."""
    for curve in failed:
        axes.plot(curve.trials, curve.loss, color=FAILED, linewidth=0.9)
    for curve in succeeded:
        axes.plot(curve.trials, curve.loss, linewidth=0.9)
    axes.set(xlabel="trials spent", ylabel="loss of the favourite", xscale="log", yscale="log")
    return axes


def _path(axes: Axes, thetas: Floats, **style: Any) -> None:
    alpha, beta = 1e3 * thetas[:, 2], 1e3 * thetas[:, 3]
    colour = axes.plot(alpha, beta, linewidth=0.9, **style)[0].get_color()
    axes.plot(alpha[0], beta[0], "o", color=colour, markersize=2.5, fillstyle="none")
    axes.plot(alpha[-1], beta[-1], "o", color=colour, markersize=3.5)
