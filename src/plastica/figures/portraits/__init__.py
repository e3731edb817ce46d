"""Portraits: what a rule makes of a network, one file for each kind of network; nothing about runs and searches."""

from collections.abc import Callable, Mapping
from pathlib import Path

from plastica.figures.portraits import learning, neuron, rate, recurrent
from plastica.rules.base import Floats
from plastica.tasks.task import Task

# Of a task, rules {label: theta [P]} of which the first is portrayed, and a seed, into a stem.
PORTRAITS: Mapping[str, Callable[[Task, Mapping[str, Floats], int, Path], None]] = {
    "rate": rate.portray,
    "spiking-neuron": neuron.portray,
    "taught-neuron": learning.portray,
    "associative-memory": learning.portray,
    "recurrent": recurrent.portray,
}
