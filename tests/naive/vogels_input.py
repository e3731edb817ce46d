"""The input of Vogels et al. (2011) as they define it, one group and one afferent at a time."""

import numpy as np
from scipy.signal import lfilter

DT_MS, TAU_MS, REFRACTORY_MS, SHORTEST_BUMP_MS = 0.1, 50.0, 5.0, 1.0
BASELINE_HZ, PEAK_HZ, UNIT = 5.0, 500.0, 0.03  # rate = 5 Hz + 500 Hz max(0, s) / 0.03
WALK_SD = 0.00913


def group(afferents, steps, sparsify, generator):
    """The spikes of one group: for each afferent, the steps at which it spikes."""
    s = walk(steps, generator)
    heard = audible(s, generator.integers(2)) if sparsify else 1
    probability = DT_MS * 1e-3 * (BASELINE_HZ + heard * PEAK_HZ * np.maximum(0, s) / UNIT)
    return [spaced(np.flatnonzero(generator.random(steps) < probability)) for _ in range(afferents)]


def walk(steps, generator):
    """s <- u - (u - s) exp(-dt / tau), with u even in (-0.5, 0.5)."""
    decay = np.exp(-DT_MS / TAU_MS)
    before = generator.normal(0, WALK_SD)
    return lfilter([1 - decay], [1, -decay], generator.uniform(-0.5, 0.5, steps), zi=[decay * before])[0]


def audible(s, heard):
    """1 where a bump is heard, 0 where it is left out: by turns, from one upward crossing of zero to another."""
    result, since = np.empty(s.size), 0
    for crossing in np.flatnonzero((s[:-1] <= 0) & (s[1:] > 0)) + 1:
        if (crossing - since) * DT_MS > SHORTEST_BUMP_MS - DT_MS / 2:
            result[since:crossing] = heard
            heard, since = 1 - heard, crossing
    result[since:] = heard
    return result


def spaced(steps):
    """Without the spikes that come within the refractory period of the last one."""
    kept, ready = [], 0
    for step in steps.tolist():
        if step >= ready:
            kept.append(step)
            ready = step + round(REFRACTORY_MS / DT_MS)
    return np.array(kept, dtype=int)
