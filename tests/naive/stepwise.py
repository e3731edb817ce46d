"""The taught neuron and the associative memory, written down as their docstrings have them: one candidate, one
dataset, in double precision."""

import numpy as np


def delta_rule_training(change, stimuli, target, w, activation, updates, eta):
    """change(x, e, y, w) is a rule for numbers; returns the final weights."""
    w = np.array(w, dtype=float)
    for t in range(updates):
        new = w.copy()
        batch = list(zip(stimuli[t % len(stimuli)], target[t % len(target)], strict=True))
        for x, wanted in batch:
            y = activation(sum(w_j * x_j for w_j, x_j in zip(w, x, strict=True)))
            for j in range(len(w)):
                new[j] += eta * change(x[j], wanted - y, y, w[j]) / len(batch)
        w = new
    return w


def recall_after_storage(change, patterns, cues, activity, threshold, gain, sweeps):
    """change(x, y, w) is a rule for numbers; returns the answers [patterns, N]."""
    units = len(patterns[0])
    w = np.zeros((units, units))
    for pattern in patterns:
        for i in range(units):
            for j in range(units):
                if i != j:
                    w[i, j] += change(pattern[j], pattern[i], w[i, j])
    answers = []
    for cue in cues:
        s = np.array(cue, dtype=float)
        for _ in range(sweeps):
            field = w @ s / (units * activity * (1 - activity))
            s = 1 / (1 + np.exp(-gain * (field - threshold)))
        answers.append(s)
    return np.array(answers)


def layers_training(change, lateral_change, batches, w, lateral, edges, activation, updates, eta, eta_lateral):
    """The two-layer network with any activation and any rules (x, y, w) for numbers: y_i = f(sum_j w_ij x_j +
    sum_j<i w^_ij y_j), neuron by neuron; returns the final weights."""
    w, lateral = np.array(w, dtype=float), np.array(lateral, dtype=float)
    for t in range(updates):
        batch = batches[t % len(batches)]
        new_w, new_lateral = w.copy(), lateral.copy()
        for x in batch:
            y = []
            for i in range(len(w)):
                y.append(activation(w[i] @ x + sum(lateral[i, j] * y[j] for post, j in edges if post == i)))
            for i in range(len(w)):
                for j in range(len(x)):
                    new_w[i, j] += eta * change(x[j], y[i], w[i, j]) / len(batch)
            for i, j in edges:
                new_lateral[i, j] += eta_lateral * lateral_change(y[j], y[i], lateral[i, j]) / len(batch)
        w, lateral = new_w, new_lateral
    return w, lateral
