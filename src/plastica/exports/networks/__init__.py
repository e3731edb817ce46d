"""The loops of networks, as text that imports numpy only: one file a kind of network."""

from collections.abc import Mapping

from plastica.exports.networks.loop import Loop
from plastica.exports.networks.rate import RATE
from plastica.exports.networks.recurrent import RECURRENT
from plastica.exports.networks.spiking_neuron import SPIKING_NEURON
from plastica.exports.networks.taught_neuron import TAUGHT_NEURON

# By the kinds of the network and of its data; any data where that is empty.
LOOPS: Mapping[tuple[str, str], Loop] = {
    ("rate", ""): RATE,
    ("taught-neuron", ""): TAUGHT_NEURON,
    ("spiking-neuron", "vogels-input"): SPIKING_NEURON,
    ("recurrent", "networks"): RECURRENT,
}


def loop_of(kind: str, data_kind: str) -> Loop | None:
    """The loop of a network with its data; None where there is none."""
    return LOOPS.get((kind, data_kind)) or LOOPS.get((kind, ""))
