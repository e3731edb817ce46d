"""A recurrent network and its rules in plain Python, step by step and synapse by synapse: slow, obvious, float64."""

from copy import deepcopy
from dataclasses import dataclass, field
from math import exp

from plastica.rules.readers import NUMPY, read

CONNECTIONS = ("EE", "EI", "IE", "II")


def neurons(sizes):
    """The numbers that stand for neurons, of E and of I."""
    return [range(start, start + count) for start, count in map(sizes.population, "EI")]


class Cell:
    """One neuron of any kind: potentials in mV, conductances in units of the leak."""

    def __init__(self, kind, v, drive):
        self.kind, self.v, self.drive = kind, v, drive
        self.rest = -60.0 if kind == "tif" else -70.0
        self.ampa = self.gaba = self.nmda = self.above = self.adaptation = 0.0
        self.left = 0
        self.reads = {"v_post": -70.0, "e_post": 0.0, "i_post": 0.0}  # mV

    def spikes(self, dt):
        if self.kind == "cvaif":
            self.decay(dt)
            self.nmda = (self.nmda + dt / 100 * self.ampa) * (1 - dt / 100)
        g = self.ampa if self.kind == "tif" else 0.3 / 1.3 * self.ampa + 1 / 1.3 * self.nmda
        g_inhibitory = self.gaba + self.adaptation
        if self.kind == "cvaif":
            self.follow("v_post", dt / 100, self.v)
            self.follow("e_post", dt / 10, -g * self.v)
            self.follow("i_post", dt / 100, g_inhibitory * (self.v + 80))
        current = -g * self.v - g_inhibitory * (self.v + 80) + self.drive
        after = self.v + dt / 20 * (self.rest - self.v + current)
        if self.kind == "tif":
            self.v = self.rest if self.left else after
            self.left = max(0, self.left - 1)
        else:
            self.above *= exp(-dt / 5)
            self.v = min(max(after, -80.0), 0.0)
        if self.kind == "if":
            mix = 1 - exp(-dt / 100)
            self.nmda = (self.nmda + mix * self.ampa) * (1 - mix)
        if self.kind != "cvaif":
            self.decay(dt)
        fired = self.v > -50 + self.above
        if fired:
            self.v, self.left = self.rest, round(5 / dt)
            self.above = 0.0 if self.kind == "tif" else 100.0
            self.adaptation += 0.1 if self.kind == "cvaif" else 0.0
        return fired

    def decay(self, dt):
        self.ampa *= exp(-dt / 5)
        self.gaba *= exp(-dt / 10)
        self.adaptation *= exp(-dt / 100)

    def follow(self, name, mix, value):
        self.reads[name] = (self.reads[name] + mix * value) * (1 - mix)


@dataclass
class Acting:
    """A rule with its numbers: time constants of its traces {name: (side, tau in ms)}, and the weight after a spike of
    either side as functions of {name: value}."""

    traces: dict
    on_pre: object
    on_post: object


def acting(rule, theta):
    """A rule of any kind at theta."""
    values = dict(zip([p.name for p in rule.parameters()], theta, strict=True))
    traces = {t.name: (t.side, t.tau_ms(values)) for t in rule.traces}

    def at(event):
        return lambda reads: float(read(rule.formulas[event], NUMPY, {**values, **reads}))

    return Acting(traces, at("on_pre"), at("on_post"))


def pair(tau_pre, tau_post, alpha, beta, gamma, kappa):
    """A spike-pair rule by its six numbers."""
    return Acting(
        {"x_pre": ("pre", tau_pre), "x_post": ("post", tau_post)},
        lambda reads: reads["w"] + alpha + kappa * reads["x_post"],
        lambda reads: reads["w"] + beta + gamma * reads["x_pre"],
    )


@dataclass
class State:
    """All that a probe must leave as it was."""

    cells: dict
    weights: dict
    traces: dict = field(default_factory=dict)  # {(connection, name, neuron): value}
    emitted: list = field(default_factory=list)


def simulate(network, rules, dataset):
    """Spikes [(step, neuron)] and final weights {(connection, j, i): w}; rules {connection: six numbers or Acting}."""
    rules = {c: one if isinstance(one, Acting) else pair(*one) for c, one in rules.items()}
    kind = {i: name for name, group in zip("EI", neurons(network.sizes), strict=True) for i in group}
    weights, into, out = {}, {i: [] for i in kind}, {j: [] for j in kind}
    rows = dataset.recurrent
    for j in kind:
        for row in (2 * j, 2 * j + 1):
            for i in rows.target[rows.first[row] : rows.first[row + 1]].tolist():
                name = kind[j] + kind[i]
                weights[name, j, i] = dataset.initial_weights[CONNECTIONS.index(name)]
                out[j].append((name, i))
                into[i].append((name, j))
    state = State({i: Cell(network.neuron, dataset.initial_mv[i], network.tonic_mv) for i in kind}, weights)
    for name, rule in rules.items():
        for trace, (side, _) in rule.traces.items():
            state.traces.update({(name, trace, i): 0.0 for i in kind if kind[i] == name[side == "post"]})
    found = []
    for span in dataset.spans:
        before = deepcopy(state) if span.restores else None
        for step in range(span.first, span.last):
            found += [(step, i) for i in take_step(network, rules, dataset, state, step, span.plastic, kind, into, out)]
        state = before or state
    return found, state.weights


def take_step(network, rules, dataset, state, step, learns, kind, into, out):
    """One step; returns who spiked."""
    dt, cells, delay = network.dt_ms, state.cells, round(network.delay_ms / network.dt_ms)
    state.emitted.append([i for i in kind if cells[i].spikes(dt)])
    fired = state.emitted[-1]
    for source in dataset.spikes.source[dataset.spikes.first[step] : dataset.spikes.first[step + 1]]:
        for i in dataset.inputs.target[dataset.inputs.first[source] : dataset.inputs.first[source + 1]].tolist():
            cells[i].ampa += network.input_weight
    arriving = state.emitted[-1 - delay] if len(state.emitted) > delay else []
    limit = dataset.weight_max

    def changed(event, name, j, i):
        reads = {
            trace: state.traces[name, trace, j if side == "pre" else i]
            for trace, (side, _) in rules[name].traces.items()
        }
        reads |= {word: 1e-3 * value for word, value in cells[i].reads.items()}  # volts
        new = getattr(rules[name], event)({"w": state.weights[name, j, i], **reads})
        return min(max(new, 0.0), limit) if new == new else limit

    for j in arriving:
        for name, i in out[j]:
            if kind[j] == "E":
                cells[i].ampa += state.weights[name, j, i]
            else:
                cells[i].gaba += state.weights[name, j, i]
            if learns and name in rules:
                state.weights[name, j, i] = changed("on_pre", name, j, i)
    for i in fired:
        for name, j in into[i]:
            if learns and name in rules:
                state.weights[name, j, i] = changed("on_post", name, j, i)
    spiked = {"pre": set(arriving), "post": set(fired)}
    for (name, trace, i), x in state.traces.items():
        side, tau = rules[name].traces[trace]
        state.traces[name, trace, i] = (x + (i in spiked[side])) * exp(-dt / tau)
    return fired


def synapses(network, dataset, connection):
    """(connection, j, i) of each synapse, in the order in which `weights_of` has them."""
    rows = dataset.recurrent
    return [
        (connection, int(row) // 2, i)
        for row in network.sizes.rows(connection)
        for i in rows.target[rows.first[row] : rows.first[row + 1]].tolist()
    ]
