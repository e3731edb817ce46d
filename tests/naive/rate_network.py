"""The rate network of Eqs. (1), (3), (6) and (7), written down as the paper has them: one candidate, one dataset."""

from itertools import product
from math import isfinite


def activity(sample, w, lateral, edges):
    """y_i = sum_j w_ij x_j + sum_j w^_ij y_j for one stimulus (Eqs. 1 and 6); every j in `edges` is below i."""
    y = []
    for i in range(len(w)):
        y_i = sum(w[i][j] * x_j for j, x_j in enumerate(sample))
        y_i += sum(lateral[i][j] * y[j] for post, j in edges if post == i)
        y.append(y_i)
    return y


def polynomial(coefficients):
    """The rule sum_abd A_abd <x_j^a y_i^b> w_ij^d (Eqs. 3 and 7), averaged over the samples; coefficients [a][b][d]."""
    powers = range(len(coefficients))

    def change(pre, post, weight):
        total = 0.0
        for a, b in product(powers, repeat=2):
            average = sum(x**a * y**b for x, y in zip(pre, post, strict=True)) / len(pre)
            for d in powers:
                total += coefficients[a][b][d] * average * weight**d
        return total

    return change


def averaged(function):
    """The rule <function(x_j, y_i, w_ij)>, averaged over the samples."""
    return lambda pre, post, weight: sum(function(x, y, weight) for x, y in zip(pre, post, strict=True)) / len(pre)


def train(feedforward, lateral_rule, batches, w, lateral, edges, updates, eta, eta_lateral, bound):
    """Train one network on one dataset.

    feedforward and lateral_rule: two rules, as functions of the samples of x_j and y_i, and of w_ij. Returns the final
    weights w [M][N] and lateral [M][M], the update at which a weight first passed the bound (None if none did), and how
    close any weight came to it without passing, relative to the bound.
    """
    w, lateral = [list(map(float, row)) for row in w], [list(map(float, row)) for row in lateral]
    outputs, inputs = len(w), len(w[0])
    closest = 1.0
    for t in range(updates):
        batch = batches[t % len(batches)]
        ys = [activity(sample, w, lateral, edges) for sample in batch]
        x = [[float(sample[j]) for sample in batch] for j in range(inputs)]
        y = [[sample[i] for sample in ys] for i in range(outputs)]
        new_w = [[w[i][j] + eta * feedforward(x[j], y[i], w[i][j]) for j in range(inputs)] for i in range(outputs)]
        for i, j in edges:
            lateral[i][j] += eta_lateral * lateral_rule(y[j], y[i], lateral[i][j])
        w = new_w
        sizes = [abs(value) for row in w for value in row] + [abs(lateral[i][j]) for i, j in edges]
        closest = min([closest, *(abs(size - bound) / bound for size in sizes if isfinite(size))])
        if not all(isfinite(size) and size <= bound for size in sizes):
            return w, lateral, t, closest
    return w, lateral, None, closest
