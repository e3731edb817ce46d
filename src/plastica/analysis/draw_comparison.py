"""Several searches side by side: loss against trials and against seconds; data and axes in, axes out."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from plastica.rules.base import Floats

Axes = Any  # matplotlib is loaded where it is used

SHORTEST_S = 1e-2  # seconds are drawn from here on: a logarithmic axis has no zero


@dataclass(frozen=True)
class Curve:
    """The favourite's loss after each generation, and the trials and seconds spent until then; each [generations]."""

    label: str
    loss: Floats
    trials: Floats
    seconds: Floats


def loss_against_trials(axes: Axes, curves: Sequence[Curve]) -> Axes:
    """Fig. S1: loss against trials spent; searches of one label share a colour."""
    return _draw(axes, curves, [curve.trials for curve in curves], "trials")


def loss_against_seconds(axes: Axes, curves: Sequence[Curve]) -> Axes:
    """Fig. S1: loss against seconds spent; searches of one label share a colour."""
    return _draw(axes, curves, [np.maximum(curve.seconds, SHORTEST_S) for curve in curves], "seconds")


def _draw(axes: Axes, curves: Sequence[Curve], spent: Sequence[Floats], unit: str) -> Axes:
    labels = list(dict.fromkeys(curve.label for curve in curves))
    colours = {label: f"C{k}" for k, label in enumerate(labels)}
    drawn: set[str] = set()
    for curve, x in zip(curves, spent, strict=True):
        label = "_" if curve.label in drawn else curve.label  # once in the legend
        axes.plot(x, curve.loss, color=colours[curve.label], label=label, linewidth=0.8)
        drawn.add(curve.label)
    axes.set(xlabel=f"{unit} spent", ylabel="loss of the favourite", xscale="log", yscale="log")
    axes.legend(loc="best")
    return axes
