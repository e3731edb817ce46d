"""The spiking neuron and its rules, drawn (Figs. 3B-D, S2): data and axes in, axes out."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from plastica.analysis.mean_field import postsynaptic_beta
from plastica.inner.spiking_recording import SpikingRecording
from plastica.rules.base import Floats

Axes = Any  # matplotlib is loaded where it is used

COEFFICIENTS = {"alpha": "tab:blue", "beta": "tab:orange", "gamma": "tab:green", "kappa": "tab:red"}
TIME_CONSTANTS = {"tau_pre": "tab:purple", "tau_post": "tab:brown"}


def coefficients(axes: Axes, thetas: Floats) -> Axes:
    """Fig. 3B: alpha, beta, gamma, kappa of thetas [iterations, 6], in 10^-3 a spike."""
    for k, (name, colour) in enumerate(COEFFICIENTS.items(), start=len(TIME_CONSTANTS)):
        axes.plot(np.arange(1, len(thetas) + 1), 1e3 * thetas[:, k], color=colour, label=rf"$\{name}$")
    axes.axhline(0, color="black", linewidth=0.5, zorder=0)
    axes.set(xlabel="generation", ylabel=r"coefficient ($10^{-3}$ per spike)")
    axes.legend(loc="best", ncols=2)
    return axes


def time_constants(axes: Axes, thetas: Floats) -> Axes:
    """Fig. 3B: tau_pre and tau_post of thetas [iterations, 6]."""
    for k, (name, colour) in enumerate(TIME_CONSTANTS.items()):
        label = rf"$\tau_{{\rm {name.removeprefix('tau_')}}}$"
        axes.plot(np.arange(1, len(thetas) + 1), thetas[:, k], color=colour, label=label)
    axes.set(xlabel="generation", ylabel="time constant (ms)", ylim=(0, None))
    axes.legend(loc="best")
    return axes


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
    axes.margins(y=0.25)
    axes.legend(loc="upper right", handlelength=1)
    return axes


def group_weights(axes: Axes, weights: Floats, excitation: Floats, label: str, colour: str = "tab:blue") -> Axes:
    """Fig. 3C: mean inhibitory weight of each group, over the excitatory weights (grey) in inhibitory terms."""
    groups = np.arange(1, len(weights) + 1)
    axes.plot(groups, excitation, color="0.7", linewidth=2, label="excitatory (rectified)")
    axes.plot(groups, weights, "o-", color=colour, markersize=3, label=label)
    top = 1.35 * max(excitation.max(), weights.max())  # room for the legend
    axes.set(xlabel="input group", ylabel="mean weight", xticks=groups, ylim=(0, top))
    axes.legend(loc="upper left")
    return axes


def alpha_beta_plane(
    axes: Axes, succeeded: Sequence[Floats], failed: Sequence[Floats], pre_hz: float, target_hz: float
) -> Axes:
    """Fig. 3D: searches [iterations, 6] from open to full circles in the plane of alpha and beta, failed ones in grey;
    dashed, the two extreme steady states."""
    for thetas in failed:
        _path(axes, thetas, color="0.8")
    for thetas in succeeded:
        _path(axes, thetas)
    alpha, beta = np.array(axes.get_xlim()), axes.get_ylim()
    axes.plot(alpha, 1e3 * postsynaptic_beta(1e-3 * alpha, pre_hz, target_hz), "k--", linewidth=0.8)  # Eq. (18)
    axes.plot(alpha, np.zeros(2), "k--", linewidth=0.8)  # Hebbian terms only
    axes.set(xlabel=r"$\alpha$ ($10^{-3}$ per spike)", ylabel=r"$\beta$ ($10^{-3}$ per spike)", xlim=alpha, ylim=beta)
    return axes


def _path(axes: Axes, thetas: Floats, **style: Any) -> None:
    alpha, beta = 1e3 * thetas[:, 2], 1e3 * thetas[:, 3]
    colour = axes.plot(alpha, beta, linewidth=0.9, **style)[0].get_color()
    axes.plot(alpha[0], beta[0], "o", color=colour, markersize=2.5, fillstyle="none")
    axes.plot(alpha[-1], beta[-1], "o", color=colour, markersize=3.5)
