"""The way back through `train_on_moments`, sixteen candidates at a time: what the weights at the end owe to the rules.

`remember` trains as that kernel does and keeps the weights before each update. `go_back` computes an update again from
them and passes the slope of a loss back through it, line by line in the opposite order: through the rule (Eq. 3 or 7),
the averages G_b v_b, the monomials v_b and the activity (Eq. 6). Layouts are those of `kernels`, of one group; x_bar is
the slope with respect to x, in the layout of x. A lane whose weights go out of bounds keeps the first ones that are,
and no update after that counts.
"""

from numba import njit

from plastica.inner.lanes import any_lane, fma, load, minimum, splat, spread, store, where
from plastica.inner.rate.kernels import TILE, train_on_moments


@njit(nogil=True, cache=True)
def remember(
    powers, table, offsets, degree_start, parent, variable, multiplicity, pure, tiles, edge_start, edge_pre,
    begin, schedule, rules, eta, bound, w, lateral, exploded_at, v, z, m, once, past_w, past_lateral,
):  # fmt: skip
    """Train one group in place; past_w [updates, M N, 16] and past_lateral become the weights before each update.

    Scratch: v, z and m as in `train_on_moments`, once [1, 16].
    """
    weights, edges = w.shape[1], len(edge_pre)
    for t in range(len(schedule)):
        _copy(w, 0, past_w, t * weights, weights)
        _copy(lateral, 0, past_lateral, t * edges, edges)
        store(once, 0, splat(1.0, w))
        train_on_moments(powers, table, offsets, degree_start, parent, variable, multiplicity, pure, tiles,
                         edge_start, edge_pre, begin, schedule[t : t + 1], rules, eta, bound, w, lateral,
                         once, v, z, m)  # fmt: skip
        at = load(exploded_at, 0)
        at = where(load(once, 0) < 1, minimum(at, splat(t, w)), at)
        store(exploded_at, 0, at)
        alive = at >= splat(t, w)
        for k in range(weights):
            store(w, k, where(alive, load(w, k), load(past_w, t * weights + k)))
        for e in range(edges):
            store(lateral, e, where(alive, load(lateral, e), load(past_lateral, t * edges + e)))


@njit(nogil=True, inline="always")
def _copy(source, source_start, target, target_start, count):
    for k in range(count):
        store(target, target_start + k, load(source, source_start + k))


@njit(nogil=True, cache=True)
def go_back(
    powers, table, offsets, degree_start, parent, variable, multiplicity, pure, tiles, edge_start, edge_pre,
    begin, schedule, rules, eta, bound, w, lateral, exploded_at, v, z, m, once, past_w, past_lateral,
    w_bar, lateral_bar, leaving_w_bar, leaving_lateral_bar, rules_bar, v_bar, z_bar, m_bar, new_w_bar, new_lateral_bar,
):  # fmt: skip
    """Add to rules_bar what follows from w_bar [1, M N, 16] and lateral_bar, the slopes at the end, which become those
    at the start, and from leaving_w_bar and leaving_lateral_bar, those before the update by which a lane left its
    bounds. Scratch: w, lateral, what stands between exploded_at and past_w, and what stands behind rules_bar.
    """
    n = len(powers)
    outputs, inputs, edges = len(edge_start) - 1, pure.shape[1], len(edge_pre)
    width, rows, cells = v.shape[0] // outputs, tiles * TILE, table.shape[1]
    eta_w, eta_l = splat(eta[0], w), splat(eta[1], w)
    for t in range(len(schedule) - 1, -1, -1):
        alive = load(exploded_at, 0) >= splat(t, w)
        if not any_lane(alive):
            continue
        leaves = load(exploded_at, 0) <= splat(t, w)
        old_w, old_lateral, origin = t * outputs * inputs, t * edges, (begin[0] + schedule[t]) * cells
        _copy(past_w, old_w, w, 0, outputs * inputs)
        _copy(past_lateral, old_lateral, lateral, 0, edges)
        train_on_moments(powers, table, offsets, degree_start, parent, variable, multiplicity, pure, tiles,
                         edge_start, edge_pre, begin, schedule[t : t + 1], rules, eta, bound, w, lateral,
                         once, v, z, m)  # fmt: skip
        v_bar[:], z_bar[:] = 0, 0
        for i in range(outputs):
            _unlearn_feedforward(alive, i, past_w, old_w, w_bar, rules, table, origin, pure, z, rows, m, eta_w, powers,
                                 new_w_bar, rules_bar, z_bar, m_bar)  # fmt: skip
            for e in range(edge_start[i], edge_start[i + 1]):
                _unlearn_lateral(alive, i, edge_pre[e], e, past_lateral, old_lateral, lateral_bar, rules, degree_start,
                                 multiplicity, v, width, z, rows, m, eta_l, powers,
                                 new_lateral_bar, rules_bar, v_bar, z_bar, m_bar)  # fmt: skip
        for i in range(outputs - 1, -1, -1):
            for b in range(1, n):
                first, length = degree_start[b], degree_start[b + 1] - degree_start[b]
                _contract_back(table, origin + offsets[b], tiles, length, z_bar, (i * n + b) * rows,
                               v_bar, i * width + first)  # fmt: skip
            _activity_back(i, past_lateral, old_lateral, edge_start, edge_pre, parent, variable, inputs, v, width,
                           new_w_bar, new_lateral_bar, v_bar)  # fmt: skip
        for k in range(outputs * inputs):
            _go_on(w_bar, new_w_bar, leaving_w_bar, k, alive, leaves)
        for e in range(edges):
            _go_on(lateral_bar, new_lateral_bar, leaving_lateral_bar, e, alive, leaves)


@njit(nogil=True, inline="always")
def _go_on(bar, new_bar, leaving_bar, k, alive, leaves):
    """The slope before an update, in lanes that it changed; where weights left by it, they have one of their own."""
    before = load(new_bar, k)
    store(bar, k, where(alive, where(leaves, before + load(leaving_bar, k), before), load(bar, k)))


@njit(nogil=True, inline="always")
def _add(array, at, value):
    store(array, at, load(array, at) + value)


@njit(nogil=True, inline="always")
def _unlearn(alive, old, bar, at, rule, start, m, eta, powers, old_bar, rule_bar, m_bar):
    """The way back through `_learn`: old_bar[at], m_bar, and what is added to rule_bar in lanes that are alive."""
    n = len(powers)
    change_bar, slope = eta * bar, splat(0.0, old)
    for ab in range(n * n):
        average, power = load(m, ab), change_bar
        change, derivative = splat(0.0, old), splat(0.0, old)  # of this term by Horner, without its average
        for k in range(n):
            d = n - 1 - k
            derivative = fma(derivative, old, change)
            change = fma(change, old, load(rule, start + ab * n + d))
        for d in range(n):
            place = start + ab * n + d
            here = load(rule_bar, place)
            store(rule_bar, place, where(alive, fma(average, power, here), here))
            power = power * old
        store(m_bar, ab, change_bar * change)
        slope = fma(average, derivative, slope)
    store(old_bar, at, fma(change_bar, slope, bar))


@njit(nogil=True, inline="always")
def _contract_back(table, start, tiles, length, z_bar, row_start, v_bar, v_start):
    """v_bar += G^T z_bar for the tiled matrix of `contract`."""
    for tile in range(tiles):
        cell, row = start + tile * length * TILE, row_start + tile * TILE
        for column in range(v_start, v_start + length):
            total = load(v_bar, column)
            for r in range(TILE):
                total = fma(spread(table, cell + r), load(z_bar, row + r), total)
            store(v_bar, column, total)
            cell += TILE


@njit(nogil=True, inline="always")
def _unlearn_feedforward(
    alive, i, past_w, old_w, w_bar, rules, table, origin, pure, z, rows, m, eta, powers,
    new_w_bar, rules_bar, z_bar, m_bar,
):  # fmt: skip
    """All weights onto neuron i."""
    n, inputs, out = len(powers), pure.shape[1], i * len(powers) * rows
    for b in range(1, n):
        store(m, b, load(z, out + b * rows))
    for j in range(inputs):
        for a in range(1, n):
            row = pure[a, j]
            store(m, a * n, spread(table, origin + row))
            for b in range(1, n):
                store(m, a * n + b, load(z, out + b * rows + row))
        k = i * inputs + j
        _unlearn(alive, load(past_w, old_w + k), load(w_bar, k), k, rules, 0, m, eta, powers,
                 new_w_bar, rules_bar, m_bar)  # fmt: skip
        for b in range(1, n):
            _add(z_bar, out + b * rows, load(m_bar, b))
            for a in range(1, n):
                _add(z_bar, out + b * rows + pure[a, j], load(m_bar, a * n + b))


@njit(nogil=True, inline="always")
def _unlearn_lateral(
    alive, i, pre, e, past_lateral, old_lateral, lateral_bar, rules, degree_start, multiplicity, v, width, z, rows, m,
    eta, powers, new_lateral_bar, rules_bar, v_bar, z_bar, m_bar,
):  # fmt: skip
    """The weight of edge e, from neuron `pre` to neuron i."""
    n, out = len(powers), i * len(powers) * rows
    for b in range(1, n):
        store(m, b, load(z, out + b * rows))
    for a in range(1, n):
        store(m, a * n, load(z, (pre * n + a) * rows))
        for b in range(1, n):
            total = splat(0.0, v)
            for k in range(degree_start[a], degree_start[a + 1]):
                x = spread(multiplicity, k) * load(v, pre * width + k)
                total = fma(x, load(z, out + b * rows + 1 + k), total)
            store(m, a * n + b, total)
    _unlearn(alive, load(past_lateral, old_lateral + e), load(lateral_bar, e), e, rules, n * n * n, m, eta, powers,
             new_lateral_bar, rules_bar, m_bar)  # fmt: skip
    for a in range(1, n):
        _add(z_bar, out + a * rows, load(m_bar, a))
        _add(z_bar, (pre * n + a) * rows, load(m_bar, a * n))
        for b in range(1, n):
            for k in range(degree_start[a], degree_start[a + 1]):
                x = spread(multiplicity, k) * load(m_bar, a * n + b)
                _add(z_bar, out + b * rows + 1 + k, x * load(v, pre * width + k))
                _add(v_bar, pre * width + k, x * load(z, out + b * rows + 1 + k))


@njit(nogil=True, inline="always")
def _activity_back(
    i, past_lateral, old_lateral, edge_start, edge_pre, parent, variable, inputs, v, width,
    new_w_bar, new_lateral_bar, v_bar,
):  # fmt: skip
    """From the monomials of u_i to u_i itself, and to what it is the sum of."""
    u = i * width
    for k in range(width - 1, inputs - 1, -1):
        slope, p, q = load(v_bar, u + k), u + parent[k], u + variable[k]
        _add(v_bar, p, slope * load(v, q))
        _add(v_bar, q, slope * load(v, p))
    for j in range(inputs):
        slope = load(v_bar, u + j)
        _add(new_w_bar, i * inputs + j, slope)
        for e in range(edge_start[i], edge_start[i + 1]):
            at = edge_pre[e] * width + j
            _add(new_lateral_bar, e, slope * load(v, at))
            _add(v_bar, at, slope * load(past_lateral, old_lateral + e))
