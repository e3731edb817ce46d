"""A recurrent network and its rules in plain Python, step by step and synapse by synapse: slow, obvious, float64."""

from math import exp

import numpy as np


def neurons(sizes):
    """The numbers that stand for neurons, of E and of I."""
    return [range(start, start + count) for start, count in map(sizes.population, "EI")]


class Cell:
    """One neuron of either kind: potentials in mV, conductances in units of the leak."""

    def __init__(self, jumping, v, drive):
        self.jumping, self.v, self.drive = jumping, v, drive
        self.rest = -70.0 if jumping else -60.0
        self.ampa = self.gaba = self.nmda = self.above = 0.0
        self.left = 0

    def spikes(self, dt):
        g = 0.3 / 1.3 * self.ampa + 1 / 1.3 * self.nmda if self.jumping else self.ampa
        current = -g * self.v - self.gaba * (self.v + 80) + self.drive
        after = self.v + dt / 20 * (self.rest - self.v + current)
        if self.jumping:
            mix = 1 - exp(-dt / 100)
            self.nmda = (self.nmda + mix * self.ampa) * (1 - mix)
            self.above *= exp(-dt / 5)
            self.v = min(max(after, -80.0), 0.0)
        else:
            self.v = self.rest if self.left else after
            self.left = max(0, self.left - 1)
        self.ampa *= exp(-dt / 5)
        self.gaba *= exp(-dt / 10)
        fired = self.v > -50 + self.above
        if fired:
            self.v, self.above, self.left = self.rest, 100.0 * self.jumping, round(5 / dt)
        return fired


def simulate(network, rules, dataset):
    """Spikes [(step, neuron)] and final weights {(connection, j, i): w}; rules {connection: six numbers}, in ms."""
    dt, sizes = network.dt_ms, network.sizes
    excitatory, inhibitory = neurons(sizes)
    kind = {i: name for name, group in zip("EI", (excitatory, inhibitory), strict=True) for i in group}
    cells = {i: Cell(network.neuron == "if", dataset.initial_mv[i], network.tonic_mv) for i in kind}
    weights = {}
    rows = dataset.recurrent
    for j in kind:
        for row in (2 * j, 2 * j + 1):
            for i in rows.target[rows.first[row] : rows.first[row + 1]].tolist():
                name = kind[j] + kind[i]
                weights[name, j, i] = dataset.initial_weights[("EE", "EI", "IE", "II").index(name)]
    into = {i: [] for i in kind}
    out = {j: [] for j in kind}
    for name, j, i in weights:
        out[j].append((name, i))
        into[i].append((name, j))
    x_pre = {(name, j): 0.0 for name, j, _ in weights}
    x_post = {(name, i): 0.0 for name, _, i in weights}
    delay, emitted, found = round(network.delay_ms / dt), [], []

    def held(w):
        return min(max(w, 0.0), network.weight_max)

    for step in range(dataset.phases.end):
        learns = step >= dataset.phases.learning
        emitted.append([i for i in kind if cells[i].spikes(dt)])
        found += [(step, i) for i in emitted[step]]
        for source in dataset.spikes.source[dataset.spikes.first[step] : dataset.spikes.first[step + 1]]:
            for i in dataset.inputs.target[dataset.inputs.first[source] : dataset.inputs.first[source + 1]].tolist():
                cells[i].ampa += network.input_weight
        arriving = emitted[step - delay] if step >= delay else []
        for j in arriving:
            for name, i in out[j]:
                w = weights[name, j, i]
                if kind[j] == "E":
                    cells[i].ampa += w
                else:
                    cells[i].gaba += w
                if learns and name in rules:
                    _, _, alpha, _, _, kappa = rules[name]
                    weights[name, j, i] = held(w + alpha + kappa * x_post[name, i])
        for i in emitted[step]:
            for name, j in into[i]:
                if learns and name in rules:
                    _, _, _, beta, gamma, _ = rules[name]
                    weights[name, j, i] = held(weights[name, j, i] + beta + gamma * x_pre[name, j])
        for traces, fired, place in ((x_pre, arriving, 0), (x_post, emitted[step], 1)):
            for name, i in traces:
                tau = rules[name][place] if name in rules else 20.0
                traces[name, i] = (traces[name, i] + (i in fired)) * exp(-dt / tau)
    return found, weights


def synapses(network, dataset, connection):
    """(connection, j, i) of each synapse, in the order in which `weights_of` has them."""
    rows = dataset.recurrent
    return [
        (connection, int(row) // 2, i)
        for row in network.sizes.rows(connection)
        for i in rows.target[rows.first[row] : rows.first[row + 1]].tolist()
    ]


def mean_weight(weights, connection):
    return np.mean([w for (name, _, _), w in weights.items() if name == connection])
