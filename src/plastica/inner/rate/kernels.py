"""The inner loop of rate networks, sixteen candidates at a time.

An update needs only averages over the mini-batch, m[a, b] = <x_j^a y_i^b>. The activity is linear in the stimulus,
y_i = u_i . x, so with the degree-b monomials of u_i as a vector v_b(u_i), every such average is a row of G_b v_b,
where the matrix G_b holds averages of the stimulus alone. G_b is the same for every candidate: it is made once per
mini-batch, and the cost of an update no longer depends on the size of the batch (`train_on_moments`). With many inputs
v_b would be longer than the batch is large; then v_b is the activity itself, (y_i of each sample)^b, and G_b holds the
samples (`train_on_samples`). Either way the work is the same matrix product.

Layouts (`n` = K + 1 powers, of a rule of order K): lanes are the last axis of every array of floats, [..., 16]; groups
of sixteen candidates come first. w [groups, M N, 16], lateral [groups, edges, 16], exploded_at [groups, 16], rules
[groups, 2 n^3, 16]: feedforward, then lateral coefficients, index (a n + b) n + d. A matrix G is stored in tiles of
eight rows, so that eight rows advance together in registers; `table` [batches, cells] holds all that one mini-batch
needs, `offsets` says where. Edge e carries y[edge_pre[e]] to the neuron i with edge_start[i] <= e < edge_start[i + 1].
"""

from numba import njit

from plastica.inner.lanes import WIDE, any_lane, fma, load, registers, splat, spread, store, where

TILE = 8


@njit(nogil=True, inline="always")
def contract(table, start, tiles, length, v, v_start, out, out_start):
    """out = G v for one tiled matrix of `tiles` x 8 rows and `length` columns that stands at table[start:]."""
    for tile in range(tiles):
        cell, row = start + tile * length * TILE, out_start + tile * TILE
        if WIDE:  # registers for eight sums
            _eight_rows(table, cell, length, v, v_start, out, row)
        elif registers(v) == 2:
            _four_rows(table, cell, length, v, v_start, out, row)
            _four_rows(table, cell + 4, length, v, v_start, out, row + 4)
        else:
            for k in range(0, TILE, 2):
                _two_rows(table, cell + k, length, v, v_start, out, row + k)


@njit(nogil=True, inline="always")
def _eight_rows(table, cell, length, v, v_start, out, row):
    zero = splat(0.0, v)
    s0, s1, s2, s3, s4, s5, s6, s7 = zero, zero, zero, zero, zero, zero, zero, zero
    for column in range(v_start, v_start + length):
        x = load(v, column)
        s0 = fma(spread(table, cell), x, s0)
        s1 = fma(spread(table, cell + 1), x, s1)
        s2 = fma(spread(table, cell + 2), x, s2)
        s3 = fma(spread(table, cell + 3), x, s3)
        s4 = fma(spread(table, cell + 4), x, s4)
        s5 = fma(spread(table, cell + 5), x, s5)
        s6 = fma(spread(table, cell + 6), x, s6)
        s7 = fma(spread(table, cell + 7), x, s7)
        cell += TILE
    store(out, row, s0)
    store(out, row + 1, s1)
    store(out, row + 2, s2)
    store(out, row + 3, s3)
    store(out, row + 4, s4)
    store(out, row + 5, s5)
    store(out, row + 6, s6)
    store(out, row + 7, s7)


@njit(nogil=True, inline="always")
def _four_rows(table, cell, length, v, v_start, out, row):
    zero = splat(0.0, v)
    s0, s1, s2, s3 = zero, zero, zero, zero
    for column in range(v_start, v_start + length):
        x = load(v, column)
        s0 = fma(spread(table, cell), x, s0)
        s1 = fma(spread(table, cell + 1), x, s1)
        s2 = fma(spread(table, cell + 2), x, s2)
        s3 = fma(spread(table, cell + 3), x, s3)
        cell += TILE
    store(out, row, s0)
    store(out, row + 1, s1)
    store(out, row + 2, s2)
    store(out, row + 3, s3)


@njit(nogil=True, inline="always")
def _two_rows(table, cell, length, v, v_start, out, row):
    zero = splat(0.0, v)
    s0, s1 = zero, zero
    for column in range(v_start, v_start + length):
        x = load(v, column)
        s0 = fma(spread(table, cell), x, s0)
        s1 = fma(spread(table, cell + 1), x, s1)
        cell += TILE
    store(out, row, s0)
    store(out, row + 1, s1)


@njit(nogil=True, inline="always")
def activity(w, w_start, lateral, l_start, edge_start, edge_pre, inputs, i, u, width):
    """Row i of u = (1 - L)^-1 W, the solution of Eq. (6) by forward substitution, into u[i width:]."""
    for j in range(inputs):
        total = load(w, w_start + i * inputs + j)
        for e in range(edge_start[i], edge_start[i + 1]):
            total = fma(load(lateral, l_start + e), load(u, edge_pre[e] * width + j), total)
        store(u, i * width + j, total)


@njit(nogil=True, inline="always")
def _learn(weights, at, rule, start, m, eta, low, high, powers):
    """One weight's update by Eq. (3) or (7), Horner in w; returns whether it stayed within its bounds."""
    n = len(powers)  # known to the compiler, which unrolls both loops
    old = load(weights, at)
    change = splat(0.0, old)
    for k in range(n):
        d = n - 1 - k
        slope = splat(0.0, old)
        for ab in range(n * n):
            slope = fma(load(rule, start + ab * n + d), load(m, ab), slope)
        change = fma(change, old, slope)
    new = fma(eta, change, old)
    store(weights, at, new)
    return (new <= high) & (new >= low)


@njit(nogil=True, inline="always")
def _learn_feedforward(w, w_start, rules, r_start, table, origin, pure, z, z_start, rows, m, eta, low, high, powers):
    """All weights onto one neuron; row b of z holds <x^a y^b>, table[origin:] <x^a>; True in lanes within bounds."""
    n = len(powers)
    for b in range(1, n):
        store(m, b, load(z, z_start + b * rows))
    ok = high > low
    for j in range(pure.shape[1]):
        for a in range(1, n):
            row = pure[a, j]
            store(m, a * n, spread(table, origin + row))
            for b in range(1, n):
                store(m, a * n + b, load(z, z_start + b * rows + row))
        ok = ok & _learn(w, w_start + j, rules, r_start, m, eta, low, high, powers)
    return ok


@njit(nogil=True, inline="always")
def _average_product(v, p, q, samples, per_sample):
    """<v[p:] v[q:]> over the samples; four partial sums, or the additions would wait for each other."""
    zero = splat(0.0, v)
    s0, s1, s2, s3 = zero, zero, zero, zero
    for s in range(0, samples, 4):
        s0 = fma(load(v, p + s), load(v, q + s), s0)
        s1 = fma(load(v, p + s + 1), load(v, q + s + 1), s1)
        s2 = fma(load(v, p + s + 2), load(v, q + s + 2), s2)
        s3 = fma(load(v, p + s + 3), load(v, q + s + 3), s3)
    return ((s0 + s1) + (s2 + s3)) * per_sample


@njit(nogil=True, inline="always")
def _average(v, p, samples, per_sample):
    """<v[p:]> over the samples."""
    total = splat(0.0, v)
    for s in range(p, p + samples):
        total = total + load(v, s)
    return total * per_sample


@njit(nogil=True, inline="always")
def record(exploded_at, g, ok, t):
    """Keep the first update after which a lane was out of bounds; returns whether any lane is still alive."""
    at = load(exploded_at, g)
    now = where(ok, at, splat(t, at))
    at = where(at > now, now, at)
    store(exploded_at, g, at)
    return any_lane(at > splat(t, at))


@njit(nogil=True, cache=True)
def train_on_moments(
    powers, table, offsets, degree_start, parent, variable, multiplicity, pure, tiles, edge_start, edge_pre,
    begin, schedule, rules, eta, bound, w, lateral, exploded_at, v, z, m,
):  # fmt: skip
    """Train all groups in place, each on the dataset whose rows of the table begin at begin[g], for each dataset by the
    same rules; v_b are monomials.

    offsets[b] of G_b in a row of the table, its degree_start[b + 1] - degree_start[b] columns the degree-b monomials:
    `parent` times input `variable`, `multiplicity` times in y^b; pure[a, j] is the row of x_j^a. Scratch: v [M V, 16],
    z [M n rows, 16], m [n^2, 16].
    """
    n = len(powers)
    outputs, inputs, edges = len(edge_start) - 1, pure.shape[1], len(edge_pre)
    width, rows = v.shape[0] // outputs, tiles * TILE
    zero, high, low = splat(0.0, w), splat(bound, w), splat(-bound, w)
    eta_w, eta_l = splat(eta[0], w), splat(eta[1], w)
    store(m, 0, splat(1.0, w))
    cells = table.shape[1]
    for g in range(len(w)):
        w_start, l_start, r_start = g * outputs * inputs, g * edges, g % len(rules) * 2 * n * n * n
        for t in range(len(schedule)):
            origin = (begin[g] + schedule[t]) * cells
            for i in range(outputs):
                activity(w, w_start, lateral, l_start, edge_start, edge_pre, inputs, i, v, width)
                u = i * width
                for k in range(inputs, width):
                    store(v, u + k, load(v, u + parent[k]) * load(v, u + variable[k]))
                for b in range(1, n):
                    first, length = degree_start[b], degree_start[b + 1] - degree_start[b]
                    out = (i * n + b) * rows
                    contract(table, origin + offsets[b], tiles, length, v, u + first, z, out)
            ok = high > low
            for i in range(outputs):
                ok = ok & _learn_feedforward(w, w_start + i * inputs, rules, r_start, table, origin, pure,
                                             z, i * n * rows, rows, m, eta_w, low, high, powers)  # fmt: skip
                for e in range(edge_start[i], edge_start[i + 1]):
                    pre = edge_pre[e]
                    for a in range(1, n):
                        store(m, a * n, load(z, (pre * n + a) * rows))
                        for b in range(1, n):
                            total = zero
                            for k in range(degree_start[a], degree_start[a + 1]):
                                x = spread(multiplicity, k) * load(v, pre * width + k)
                                total = fma(x, load(z, (i * n + b) * rows + 1 + k), total)
                            store(m, a * n + b, total)
                    ok = ok & _learn(lateral, l_start + e, rules, r_start + n * n * n, m, eta_l, low, high, powers)
            if not record(exploded_at, g, ok, t):
                break


@njit(nogil=True, cache=True)
def train_on_samples(
    powers, table, offsets, pure, tiles_read, tiles, sample_tiles, batch, by_input, edge_start, edge_pre,
    schedule, rules, eta, bound, w, lateral, exploded_at, v, z, m,
):  # fmt: skip
    """Train all groups in place on one dataset; v_b are powers of the activity of each sample.

    A row of the table holds the averages <x^a>, at offsets[0] the samples x, at offsets[1] the x^a of each sample over
    the batch size, and at offsets[2], where `by_input`, the averages <x^a x>, which give <x^a y> at the cost of the
    inputs rather than of the samples. Of the averages <x^a y^b> the first tiles_read[b] tiles are computed. Scratch: v
    [M (N + K samples), 16], z [n rows, 16], m [n^2, 16].
    """
    n = len(powers)
    outputs, inputs, edges = len(edge_start) - 1, pure.shape[1], len(edge_pre)
    samples, rows = sample_tiles * TILE, tiles * TILE
    width = v.shape[0] // outputs
    high, low, per_sample = splat(bound, w), splat(-bound, w), splat(1.0 / batch, w)
    eta_w, eta_l = splat(eta[0], w), splat(eta[1], w)
    store(m, 0, splat(1.0, w))
    cells = table.shape[1]
    for t in range(len(schedule)):
        origin = schedule[t] * cells
        alive = False
        for g in range(len(w)):
            w_start, l_start, r_start = g * outputs * inputs, g * edges, g * 2 * n * n * n
            for i in range(outputs):
                activity(w, w_start, lateral, l_start, edge_start, edge_pre, inputs, i, v, width)
                y = i * width + inputs
                contract(table, origin + offsets[0], sample_tiles, inputs, v, i * width, v, y)
                for k in range(y + samples, i * width + width):
                    store(v, k, load(v, k - samples) * load(v, y + (k - y) % samples))
            ok = high > low
            for i in range(outputs):
                y = i * width + inputs
                for b in range(1, n):
                    if b == 1 and by_input:
                        contract(table, origin + offsets[2], tiles_read[b], inputs, v, i * width, z, rows)
                    else:
                        v_start = y + (b - 1) * samples
                        contract(table, origin + offsets[1], tiles_read[b], samples, v, v_start, z, b * rows)
                ok = ok & _learn_feedforward(w, w_start + i * inputs, rules, r_start, table, origin, pure,
                                             z, 0, rows, m, eta_w, low, high, powers)  # fmt: skip
                for e in range(edge_start[i], edge_start[i + 1]):
                    pre = edge_pre[e] * width + inputs
                    for a in range(1, n):
                        p = pre + (a - 1) * samples
                        store(m, a * n, _average(v, p, samples, per_sample))
                        for b in range(1, n):
                            store(m, a * n + b, _average_product(v, p, y + (b - 1) * samples, samples, per_sample))
                    ok = ok & _learn(lateral, l_start + e, rules, r_start + n * n * n, m, eta_l, low, high, powers)
            if record(exploded_at, g, ok, t):
                alive = True
        if not alive:
            break
