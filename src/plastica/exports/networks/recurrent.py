"""A recurrent spiking network as a loop in numpy, with rules of any formulas and any number of traces."""

from dataclasses import replace
from string import Template
from typing import Any

import numpy as np

from plastica.errors import UserError
from plastica.exports.networks.loop import Arrays, Loop, Trial
from plastica.exports.python_text import TAKEN, functions_of
from plastica.exports.source import Source
from plastica.exports.written import renamed
from plastica.inner.recurrent.dataset import RecurrentDataset
from plastica.inner.recurrent.network import RecurrentNetwork
from plastica.inner.recurrent.wiring import CONNECTIONS, Rows, Sizes
from plastica.rules.base import Floats

CHECKED_S = 2.0  # of plasticity, on which a script is checked: one spike that moves a step moves all that follow

DRAWING = Template('''\
DT = $dt  # time step, ms
EXCITATORY, INHIBITORY = $excitatory, $inhibitory  # neurons; excitatory ones come first
NEURONS = EXCITATORY + INHIBITORY
INPUTS = $inputs  # Poisson, shared by all neurons
DELAY = $delay  # steps that a spike travels
W_INPUT, W_MAX = $w_input, $w_max  # weight of an input; plastic weights are held within [0, W_MAX]
CONNECTIONS = ("EE", "EI", "IE", "II")  # XY is from X to Y
LEARNING = $learning  # step at which plasticity begins


def draw_ends(rng, sources, probability):
    """Ends [2, synapses] of synapses onto all neurons: each pair is joined with this probability."""
    rows = [np.flatnonzero(rng.random(NEURONS) < probability) for _ in range(sources)]
    sizes = np.array([row.size for row in rows], int)
    return np.array([np.repeat(np.arange(sources), sizes), np.concatenate([np.zeros(0, int), *rows])])


def draw(rng):
    """Synapses between neurons and from inputs, steps and inputs of spikes, potentials, first weights, steps."""
    ends = draw_ends(rng, NEURONS, $probability)
    ends = ends[:, ends[0] != ends[1]]
    w = np.array([rng.uniform(*ends) for ends in $weights])[connection_of(ends)]
    steps = LEARNING + round((rng.uniform(*$learning_s) + $scoring_s) * 1e3 / DT)
    spikes = rng.poisson(rng.uniform(*$input_hz) * DT * 1e-3 * steps * INPUTS)
    spikes = np.array(np.divmod(np.unique(rng.integers(max(1, steps * INPUTS), size=spikes)), max(1, INPUTS)))
    V = $v_rest + $sd * rng.standard_normal(NEURONS)
    return ends, draw_ends(rng, INPUTS, $input_probability), spikes, V, w, steps


def connection_of(ends):
    """Which of CONNECTIONS each synapse is of."""
    return 2 * (ends[0] >= EXCITATORY) + (ends[1] >= EXCITATORY)
''')
TEXT = Template('''\
$drawing

$membrane
$fades


def by(neurons, count):
    """The synapses in the order of the neurons at one end, and where those of each begin."""
    order = np.argsort(neurons, kind="stable")
    return order, np.searchsorted(neurons[order], np.arange(count + 1))


def of(index, who):
    """The synapses of some neurons."""
    order, first = index
    return np.concatenate([order[:0], *(order[first[k]:first[k + 1]] for k in who)])


def simulate(ends, input_ends, spikes, V, w, steps):
    """Steps and neurons [2, spikes] of all spikes, and the final weight of each synapse.

    In a step: all neurons advance and spike; inputs arrive, and spikes of DELAY steps ago, by the weight a synapse has,
    which changes then; the spikes of the step change the synapses onto their neurons; traces take all these and fade.
    """
    (pre, post), (source, target), w, V = ends, input_ends, w.copy(), V.copy()
    out, into, onto, connection = by(pre, NEURONS), by(post, NEURONS), by(source, INPUTS), connection_of(ends)
    first = np.searchsorted(spikes[0], np.arange(steps + 1))
    g_ampa, g_gaba, $own_state
    emitted, found = [], []
$traces
    for step in range(steps):
$advance
        emitted.append(np.flatnonzero(fired))
        found += [(step, i) for i in emitted[step]]
        np.add.at(g_ampa, target[of(onto, spikes[1][first[step]:first[step + 1]])], W_INPUT)
        arriving = emitted[step - DELAY] if step >= DELAY else emitted[step][:0]
        s = of(out, arriving)
        excites = pre[s] < EXCITATORY
        np.add.at(g_ampa, post[s[excites]], w[s[excites]])
        np.add.at(g_gaba, post[s[~excites]], w[s[~excites]])
        if step >= LEARNING:
$at_pre
            s = of(into, emitted[step])
$at_post
$count
    return np.array(found, int).reshape(-1, 2).T, w


$main''')
MAIN = Template("""\
def main():
    rng = np.random.default_rng(1)
    ends, input_ends, spikes, V, w, steps = draw(rng)
    (when, who), w = simulate(ends, input_ends, spikes, V, w, steps)
    scored_s = $scoring_s
    for name, mine, size in (("E", who < EXCITATORY, EXCITATORY), ("I", who >= EXCITATORY, INHIBITORY)):
        count = np.sum(mine & (when >= steps - scored_s * 1e3 / DT))
        print("rate of", name, "while scored:", count / scored_s / max(size, 1), "Hz")
    for c, name in enumerate(CONNECTIONS):
        here = w[connection_of(ends) == c]
        print("mean weight of", name, "at the end:", here.mean() if here.size else "no synapse")


if __name__ == "__main__":
    main()
""")  # of a script, whatever it simulates with
MEMBRANES = {
    "tif": Template("""\
V_REST, V_THRESHOLD, E_I = -60.0, -50.0, -80.0  # mV; reset to rest, excitation reverses at 0
TONIC = $tonic  # mV
REFRACTORY = $refractory  # steps
FADE_AMPA, FADE_GABA = np.exp(-DT / 5.0), np.exp(-DT / 10.0)  # of conductances, in units of the leak, in a step"""),
    "if": Template("""\
V_REST, V_THRESHOLD, E_I = -70.0, -50.0, -80.0  # mV; reset to rest, excitation reverses at 0
TONIC = $tonic  # mV
JUMP, FADE_JUMP = 100.0, np.exp(-DT / 5.0)  # of the threshold at a spike, mV
SHARE_AMPA, SHARE_NMDA = 0.3 / 1.3, 1 / 1.3  # of the excitatory conductance
FADE_AMPA, FADE_GABA = np.exp(-DT / 5.0), np.exp(-DT / 10.0)  # of conductances, in units of the leak, in a step
MIX_NMDA = 1 - np.exp(-DT / 100.0)"""),
}
ADVANCE = {
    "tif": """\
        left = np.maximum(1 - DT / 20.0 * (1 + g_ampa + g_gaba), 0)  # no step goes beyond the steady state
        moved = E_I + left * (V - E_I) + DT / 20.0 * (V_REST - E_I + g_ampa * (0 - E_I) + TONIC)
        V = np.where(ready > 0, V_REST, moved)
        fired = V > V_THRESHOLD
        V[fired] = V_REST
        ready = np.where(fired, REFRACTORY, np.maximum(ready - 1, 0))
        g_ampa, g_gaba = g_ampa * FADE_AMPA, g_gaba * FADE_GABA""",
    "if": """\
        g = SHARE_AMPA * g_ampa + SHARE_NMDA * g_nmda
        left = np.maximum(1 - DT / 20.0 * (1 + g + g_gaba), 0)  # no step goes beyond the steady state
        V = np.clip(E_I + left * (V - E_I) + DT / 20.0 * (V_REST - E_I + g * (0 - E_I) + TONIC), E_I, 0)
        g_nmda = (g_nmda + MIX_NMDA * g_ampa) * (1 - MIX_NMDA)
        g_ampa, g_gaba, above = g_ampa * FADE_AMPA, g_gaba * FADE_GABA, above * FADE_JUMP
        fired = V > V_THRESHOLD + above
        V[fired], above[fired] = V_REST, JUMP""",
}
OWN_STATE = {
    "tif": "ready = np.zeros(NEURONS), np.zeros(NEURONS), np.zeros(NEURONS)",
    "if": "g_nmda, above = np.zeros((4, NEURONS))",
}


def check_neuron(source: Source, to: str) -> None:
    """Raise UserError for a neuron, a protocol or inputs that scripts do not have."""
    network = source.network
    alone = "take --to json or --to latex, which write the rules alone"
    if network.neuron not in MEMBRANES:
        raise UserError(
            f"--to {to}: plastica writes the neurons {' and '.join(MEMBRANES)}, and network.neuron = "
            f"{network.neuron}: {alone}"
        )
    for key in ("segments", "input_radius"):
        if getattr(network, key):
            raise UserError(f"--to {to}: plastica writes no network.{key}, and this network has some: {alone}")
    if isinstance(network.weight_max, tuple):
        raise UserError(f"--to {to}: plastica writes one bound of weights, and network.weight_max is a range: {alone}")


def drawing(source: Source) -> str:
    """Constants, and data that a script draws itself."""
    network = source.network
    ends = [_ends(getattr(network, f"weight_{c}")) for c in CONNECTIONS]
    return DRAWING.substitute(
        dt=network.dt_ms,
        excitatory=network.excitatory,
        inhibitory=network.inhibitory,
        inputs=network.inputs,
        delay=round(network.delay_ms / network.dt_ms),
        w_input=network.input_weight,
        w_max=network.weight_max,
        learning=network.steps(network.warmup_s),
        probability=network.probability,
        weights=tuple(ends),
        learning_s=_ends(network.learning_s),
        scoring_s=network.scoring_s,
        input_hz=_ends(network.input_hz),
        v_rest=network.rest_mv,
        sd=network.initial_sd_mv,
        input_probability=network.input_probability,
    )


def _ends(given: Any) -> tuple[float, float]:
    return tuple(given) if isinstance(given, tuple) else (given, given)


def text(source: Source) -> str:
    check_neuron(source, "python")
    network = source.network
    membrane = MEMBRANES[network.neuron]
    return TEXT.substitute(
        drawing=drawing(source),
        membrane=membrane.substitute(tonic=network.tonic_mv, refractory=round(5.0 / network.dt_ms)),
        own_state=OWN_STATE[network.neuron],
        advance=ADVANCE[network.neuron],
        main=MAIN.substitute(scoring_s=network.scoring_s),
        **_rules(source),
    )


def _rules(source: Source) -> dict[str, str]:
    """The lines of each rule: its traces, which every neuron has, and what happens at its events."""
    lines: dict[str, list[str]] = {name: [] for name in ("fades", "traces", "at_pre", "at_post", "count")}
    for connection in source.network.connections:
        rule, numbers = source.rules[connection], source.numbers(connection)
        called = renamed([f"{trace.name}_{connection}" for trace in rule.traces], TAKEN)
        number = CONNECTIONS.index(connection)
        for trace, name in zip(rule.traces, called.values(), strict=True):
            spikes = "arriving" if trace.side == "pre" else "emitted[step]"
            tau = trace.tau_ms(numbers)
            lines["fades"].append(f"FADE_{name.upper()} = np.exp(-DT / {max(tau, 1.0)!r})  # tau, ms")
            lines["traces"].append(f"    {name} = np.zeros(NEURONS)")
            lines["count"] += [f"        {name}[{spikes}] += 1", f"        {name} *= FADE_{name.upper()}"]
        sides = [f"{name}[{trace.side}[k]]" for trace, name in zip(rule.traces, called.values(), strict=True)]
        for function, event, _ in functions_of(source, connection):
            lines[event.replace("on_", "at_")] += [
                f"            k = s[connection[s] == {number}]  # {connection}",
                f"            w[k] = np.clip({function}({', '.join(['w[k]', *sides])}), 0, W_MAX)",
            ]
    return {name: "\n".join(of_all) for name, of_all in lines.items()}


def given(network: RecurrentNetwork, dataset: RecurrentDataset) -> Arrays:
    """A dataset, with neurons numbered without gaps."""
    sizes = network.sizes
    ends, input_ends = joined(dataset.recurrent, sizes, 2), joined(dataset.inputs, sizes, 1)
    first = dataset.spikes.first[: dataset.phases.end + 1]
    when = np.repeat(np.arange(dataset.phases.end), np.diff(first))
    numbers = number_of(sizes)
    of = 2 * (ends[0] >= network.excitatory) + (ends[1] >= network.excitatory)
    return {
        "ends": ends,
        "input_ends": input_ends,
        "spikes": np.array([when, dataset.spikes.source[: first[-1]].astype(int)]),
        "V": dataset.initial_mv[numbers >= 0],
        "w": dataset.initial_weights[of],
        "steps": np.array(dataset.phases.end),
    }


def shortened(source: Source) -> RecurrentDataset:
    """The first held-out dataset, ending after `CHECKED_S` of plasticity."""
    dataset = source.dataset
    end = min(dataset.phases.end, dataset.phases.learning + source.network.steps(CHECKED_S))
    spans = tuple(span._replace(last=min(span.last, end)) for span in dataset.spans if span.first < end)
    return replace(dataset, spans=spans)


def number_of(sizes: Sizes) -> Any:
    """The number without gaps of each of the network's numbers; -1 for those that stand for no neuron."""
    found = np.full(sizes.all, -1)
    found[: sizes.excitatory] = np.arange(sizes.excitatory)
    start, count = sizes.population("I")
    found[start : start + count] = sizes.excitatory + np.arange(count)
    return found


def joined(rows: Rows, sizes: Sizes, rows_each: int) -> Any:
    """Ends [2, synapses] of rows, of which a neuron (or, where they are of inputs, an input) has so many."""
    source = np.repeat(np.arange(len(rows.first) - 1) // rows_each, np.diff(rows.first))
    numbers = number_of(sizes)
    return np.array([numbers[source] if rows_each == 2 else source, numbers[rows.target.astype(int)]])


def ends_of(source: Source, double: bool) -> Arrays:
    """What the kernel makes of it: steps and neurons of spikes, and the weights of all synapses."""
    network, dataset = source.network, shortened(source)
    thetas: dict[str, Floats] = {c: part[None] for c, part in source.theta.items()}
    found = network.run(network.plasticities(source.rules, thetas)[0], dataset, keep_s=0.0, double=double)
    numbers = number_of(network.sizes)
    plastic = [CONNECTIONS.index(c) for c in network.connections]
    ends = joined(dataset.recurrent, network.sizes, 2)
    of = 2 * (ends[0] >= network.excitatory) + (ends[1] >= network.excitatory)
    w, chosen = dataset.initial_weights[of], np.isin(of, plastic)
    w[chosen] = found.weights[chosen]
    return {"fired": np.array([found.spike_step, numbers[found.spike_neuron]]), "w": w}


def trial(source: Source) -> Trial:
    """The first held-out dataset, by the kernels in double precision and in single."""
    call = "fired, w = simulate(ends, input_ends, spikes, V, w, int(steps))"
    return Trial(given(source.network, shortened(source)), call, ends_of(source, True), ends_of(source, False))


RECURRENT = Loop(text, trial)
