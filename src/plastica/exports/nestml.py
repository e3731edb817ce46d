"""NESTML: the synapse model of each spike rule, the neuron that it belongs to, and the call that generates code."""

from collections.abc import Iterator, Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path
from pprint import pformat
from typing import Any

import numpy as np

from plastica.errors import UserError
from plastica.exports.apart import run_apart
from plastica.exports.head import commented, head
from plastica.exports.names import NESTML_TAKEN, is_unit
from plastica.exports.source import Source
from plastica.exports.spikes import check_spikes
from plastica.exports.target import Agreement, Target
from plastica.exports.written import Language, renamed, sum_lines
from plastica.inner.neuron.kernels import WEIGHT_LARGEST
from plastica.inner.neuron.network import SpikingNeuron

NESTML = Language(
    {
        "where": "({0} ? {1} : {2})",
        "log": "ln({0})",
        "sqrt": "(({0})**0.5)",
        "minimum": "min({0}, {1})",
        "maximum": "max({0}, {1})",
        **{word: f"{word}({{0}})" for word in ("exp", "tanh", "abs")},
    }
)
WIDTH = 90
NEURONS = frozenset({SpikingNeuron.kind})  # kinds of networks whose neuron this is
REMARK = (
    "A presynaptic spike transmits the weight that there is and changes it afterwards; no trace holds the spike that "
    "is being handled. In NEST a synapse acts when a spike arrives, one delay later than in plastica, and its weight "
    "is brought up to date at presynaptic spikes only. Both inputs of the neuron take positive weights, each at a "
    "receptor of its own: connect the plastic synapse to the one for inhibition."
)
CALL = """\
The call that generates code, and compiles it for nest.Install("plasticamodule"):

    from pynestml.frontend.pynestml_frontend import generate_nest_target
    generate_nest_target(
        input_path="FILE", target_path="generated", module_name="plasticamodule",
        codegen_opts={options})"""
SYNAPSE = """\
model {model}:
    state:
{state}

    parameters:
{parameters}
{equations}
    input:
        pre_spikes <- spike
        post_spikes <- spike

    output:
        spike

    onReceive(post_spikes):
{on_post}

    onReceive(pre_spikes):
        emit_spike(w)
{on_pre}

    update:
        integrate_odes()
"""
NEURON = """\
model {model}:
    state:
        V_m mV = V_rest
        refractory_left ms = 0 ms

    equations:
        kernel k_excitatory = exp(-t/tau_excitatory)
        kernel k_inhibitory = exp(-t/tau_inhibitory)
        inline g_excitatory real = jump_excitatory*convolve(k_excitatory, excitatory_spikes)
        inline g_inhibitory real = jump_inhibitory*convolve(k_inhibitory, inhibitory_spikes)
        V_m' = (V_rest - V_m + g_excitatory*(E_excitatory - V_m) + g_inhibitory*(E_inhibitory - V_m))/tau_m
        refractory_left' = -1

    parameters:
        tau_m ms = {network.tau_m_ms} ms
        V_rest mV = {network.v_rest_mv} mV
        V_threshold mV = {network.v_threshold_mv} mV
        V_reset mV = {network.v_reset_mv} mV
        refractory ms = {network.refractory_ms} ms
        E_excitatory mV = {network.e_excitatory_mv} mV
        E_inhibitory mV = {network.e_inhibitory_mv} mV
        tau_excitatory ms = {network.tau_excitatory_ms} ms
        tau_inhibitory ms = {network.tau_inhibitory_ms} ms
        jump_excitatory real = {jump_excitatory!r}  # of a spike at weight 1, in units of the leak
        jump_inhibitory real = {jump_inhibitory!r}

    input:
        excitatory_spikes <- spike
        inhibitory_spikes <- spike

    output:
        spike

    update:
        if refractory_left > 0 ms:
            integrate_odes(refractory_left)
        else:
            integrate_odes(V_m)

    onCondition(refractory_left <= 0 ms and V_m >= V_threshold):
        refractory_left = refractory
        V_m = V_reset
        emit_spike()
"""


def text(source: Source) -> str:
    check_spikes(source, "nestml")
    call = CALL.format(options=_indented(pformat(options(source), width=88, sort_dicts=False), 21))
    first = [*head(source, f"{source.task.name}: learned, for NESTML 9.", [REMARK]), "", *call.splitlines()]
    synapses = [_synapse(source, connection) for connection in source.network.connections]
    return "\n\n".join([f"{commented(first, '#')}\n{synapses[0]}", *synapses[1:], _neuron(source)])


def options(source: Source) -> dict[str, Any]:
    """What the generation of code is told: which synapse belongs to which neuron, and what its weight and delay are."""
    models = [synapse_name(source, connection) for connection in source.network.connections]
    pairs = {model: {"post_ports": ["post_spikes"]} for model in models}
    return {
        "neuron_synapse_pairs": [{"neuron": neuron_name(source), "synapses": pairs}],
        "weight_variable": dict.fromkeys(models, "w"),
        "delay_variable": dict.fromkeys(models, "delay_syn"),
    }


def synapse_name(source: Source, connection: str) -> str:
    return f"{source.stem}_{''.join(c if c.isascii() and c.isalnum() else '_' for c in connection)}_synapse"


def neuron_name(source: Source) -> str:
    return f"{source.stem}_neuron"


def _synapse(source: Source, connection: str) -> str:
    rule, numbers, units = source.rules[connection], source.numbers(connection), source.units(connection)
    words = [*(trace.name for trace in rule.traces), *numbers]
    names = renamed(words, [*NESTML_TAKEN, *filter(is_unit, words)])
    formulas = {word: f"({name}/(1 ms))" if units.get(word) == "ms" else name for word, name in names.items()}
    limit = float(np.max(getattr(source.network, "weight_max", 0.0))) or WEIGHT_LARGEST
    events = {}
    for event in ("on_pre", "on_post"):
        first, *further = sum_lines(rule.formulas[event], NESTML, WIDTH, formulas)
        added = [f"changed += {line[2:] if line.startswith('+ ') else '-' + line[2:]}" for line in further]
        counted = [f"{names[t.name]} += 1.0" for t in rule.traces if t.side == event.removeprefix("on_")]
        lines = [f"changed real = {first}", *added, "w = max(0.0, min(changed, w_max))", *counted]
        events[event] = _block(lines)
    states = [f"{names[trace.name]} real = 0.0  # trace of {trace.side}synaptic spikes" for trace in rule.traces]
    times = {t.name: names[t.tau] if isinstance(t.tau, str) else f"({t.tau!r} ms)" for t in rule.traces}
    decays = [f"{names[trace]}' = -{names[trace]}/{tau}" for trace, tau in times.items()]
    equations = f"\n    equations:\n{_block(decays)}\n" if decays else ""
    return SYNAPSE.format(
        model=synapse_name(source, connection),
        state=_block([f"w real = {getattr(source.network, 'initial_weight', 0.1)!r}", *states]),
        parameters=_block([*_parameters(numbers, units, names), f"w_max real = {limit!r}", "delay_syn ms = 1.0 ms"]),
        equations=equations,
        **events,
    )


def _parameters(numbers: Mapping[str, float], units: Mapping[str, str], names: Mapping[str, str]) -> Iterator[str]:
    for word, value in numbers.items():
        if units[word] == "ms":
            yield f"{names[word]} ms = {value!r} ms"
        else:
            remark = "" if units[word] == "1" else f"  # {units[word]}"
            yield f"{names[word]} real = {value!r}{remark}"


def _neuron(source: Source) -> str:
    """The task's neuron; the one of section 3.3 where the task has another network."""
    network = source.network if source.kind in NEURONS else SpikingNeuron()
    jumps = {
        "jump_excitatory": network.g_excitatory_ns / network.g_leak_ns,
        "jump_inhibitory": network.g_inhibitory_ns / network.g_leak_ns,
    }
    return NEURON.format(model=neuron_name(source), network=network, **jumps)


def _block(lines: Sequence[str]) -> str:
    return "\n".join(f"        {line}" for line in lines)


def _indented(text: str, columns: int) -> str:
    return text.replace("\n", "\n" + " " * columns)


def require() -> None:
    if find_spec("pynestml") is None:
        raise UserError("--to nestml --check needs NESTML, which is not installed: pip install nestml nest-simulator")


GENERATE = """\
from pathlib import Path
from pynestml.frontend.pynestml_frontend import generate_nest_target
where = dict(input_path=script, target_path="generated", module_name="plasticamodule")
try:
    generate_nest_target(**where, codegen_opts={options})
except Exception as error:
    if not list(Path("generated").glob("*.cpp")):  # compiling, which comes afterwards, needs a NEST of this machine
        raise
files = np.array([file.name for file in Path("generated").glob("*")])
"""


def check(source: Source, file: Path) -> Sequence[Agreement]:
    """It parses, and code is generated for each synapse with its neuron; nothing is compiled."""
    files = run_apart(file, {}, GENERATE.format(options=options(source)), ["files"], runs=False)["files"]
    found = []
    for connection in source.network.connections:
        wanted = f"{synapse_name(source, connection)}__with_{neuron_name(source)}.h"
        found.append(Agreement(f"it parses, and {wanted} is generated", float(wanted not in files), 0.0))
    return found


TARGET = Target(".nestml", text, require, check)
