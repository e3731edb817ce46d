"""How neurons advance by one step, sixteen at a time: the membranes of the published networks, a file each."""

from collections.abc import Mapping

from numba.core.extending import overload

from plastica.inner.recurrent.membranes.adapting import ADAPTING, AS_FSBI
from plastica.inner.recurrent.membranes.jumping import JUMPING
from plastica.inner.recurrent.membranes.neuron import Neuron
from plastica.inner.recurrent.membranes.refractory import REFRACTORY

NEURONS: Mapping[str, Neuron] = {"if": JUMPING, "tif": REFRACTORY, "cvaif": ADAPTING, "cvaif-fsbi": AS_FSBI}


def advance(membrane, state, neurons, spikes):
    """The step of the neuron whose membrane this is."""
    raise NotImplementedError("for use in compiled kernels")


@overload(advance)
def _advance_overload(membrane, state, neurons, spikes):
    of_class = {neuron.membrane: neuron.step for neuron in NEURONS.values()}
    step = of_class.get(getattr(membrane, "instance_class", type(None)))
    return (lambda membrane, state, neurons, spikes: step(membrane, state, neurons, spikes)) if step else None
