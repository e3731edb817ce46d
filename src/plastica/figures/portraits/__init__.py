"""Portraits: what a learned rule makes of its network, one file for each kind of network; nothing about searches."""

from collections.abc import Callable, Mapping
from pathlib import Path

from plastica.figures.portraits import learning, neuron, rate
from plastica.kept import Run

PORTRAITS: Mapping[str, Callable[[Run, Path], None]] = {
    "rate": rate.portray,
    "spiking-neuron": neuron.portray,
    "taught-neuron": learning.portray,
    "associative-memory": learning.portray,
}
