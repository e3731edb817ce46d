"""A recurrent network in Brian2's C++ standalone mode, as `export` writes it, in a process of its own."""

from pathlib import Path
from tempfile import TemporaryDirectory
from types import SimpleNamespace
from typing import Any

from plastica.exports.apart import run_apart
from plastica.exports.brian2.recurrent import text
from plastica.exports.networks.recurrent import given
from plastica.inner.recurrent.dataset import RecurrentDataset
from plastica.inner.recurrent.network import RecurrentNetwork
from plastica.inner.recurrent.wiring import CONNECTIONS
from plastica.rules.base import Floats
from plastica.rules.spike_pair import SpikePair

BEFORE = 'import brian2, time\nbrian2.set_device("cpp_standalone", directory="program", build_on_run=False)'
CALL = """\
simulation, plastic, _, monitor = network(ends, input_ends, spikes, V, w)
for synapses in plastic.values():
    synapses.learns = 1
simulation.run(int(steps) * DT * ms, namespace={})
brian2.device.build(directory="program", compile=True, run=False)
started = time.perf_counter()
brian2.device.run(directory="program")
seconds, fired = time.perf_counter() - started, monitor.num_spikes"""


def simulate_in_brian2(network: RecurrentNetwork, rules: Floats, dataset: RecurrentDataset) -> tuple[float, int]:
    """How long the compiled program takes for a dataset, with rules [4, 6] of all connections, on one thread, in double
    precision, and with reading what it is given; and how many spikes there are."""
    with TemporaryDirectory() as folder:
        script = Path(folder) / "network.py"
        script.write_text(text(_source(network, rules)), encoding="utf-8")
        found = run_apart(script, given(network, dataset), CALL, ["seconds", "fired"], BEFORE)
    return float(found["seconds"]), int(found["fired"])


def _source(network: RecurrentNetwork, rules: Floats) -> Any:
    """What the export asks of a finished run."""
    parameters = SpikePair().parameters()
    names, units = [one.name for one in parameters], {one.name: one.unit for one in parameters}
    numbers = {c: dict(zip(names, rule.tolist(), strict=True)) for c, rule in zip(CONNECTIONS, rules, strict=True)}
    rule = dict.fromkeys(CONNECTIONS, SpikePair())
    return SimpleNamespace(network=network, rules=rule, numbers=numbers.__getitem__, units=lambda _: units)
