"""The input of section 3.3, and the weights of its excitatory afferents, as functions of a script in numpy."""

from string import Template
from typing import Any

from plastica.exports.source import Source

TEXT = Template('''\
DT = $dt  # time step, ms
TRAINING_S, SCORING_S = $training, $scoring  # seconds of training, and then of scoring
STEPS = round((TRAINING_S + SCORING_S) * 1e3 / DT)
GROUPS = $groups  # of afferents; those of a group share a rate
EXCITATORY, INHIBITORY = $excitatory, $inhibitory  # afferents, numbered group by group: first excitatory ones


def draw_rates(rng):
    """Rates [STEPS, GROUPS] in Hz: a baseline, and above it where a random walk is above zero$sparsified."""
    decay = np.exp(-DT / $tau_input)
    noise = np.sqrt(1 - decay**2) * rng.standard_normal((STEPS, GROUPS))
    walk = np.empty((STEPS + 1, GROUPS))
    walk[0] = rng.standard_normal(GROUPS)
    for step in range(STEPS):
        walk[step + 1] = decay * walk[step] + noise[step]
$heard
    return $baseline + $modulation * heard * np.maximum(walk[1:], 0)


def draw_spikes(rng):
    """Steps and afferents of all input spikes, in order of time: Poisson, none within $refractory ms of the last."""
    rates, steps, afferents = draw_rates(rng), [], []
    for first, size in ((0, EXCITATORY // GROUPS), (EXCITATORY, INHIBITORY // GROUPS)):
        counts = rng.poisson(rates * size * DT * 1e-3)
        step, group = np.repeat(np.argwhere(counts), counts[counts > 0], axis=0).T
        steps.append(step)
        afferents.append(first + group * size + rng.integers(size, size=step.size))
    order = np.argsort(np.concatenate(steps), kind="stable")
    steps, afferents = np.concatenate(steps)[order], np.concatenate(afferents)[order]
    ready, kept = [0] * (EXCITATORY + INHIBITORY), []
    for index, (step, afferent) in enumerate(zip(steps.tolist(), afferents.tolist())):
        if step >= ready[afferent]:
            ready[afferent] = step + $dead
            kept.append(index)
    return steps[kept], afferents[kept]


def draw_excitatory(rng):
    """Excitatory weights [EXCITATORY], tuned to one of the groups."""
    distance = np.arange(1, GROUPS + 1) - $preferred
    tuning = $weight_baseline + $weight_tuning / (1 + distance**4.0)
    return np.repeat(tuning, EXCITATORY // GROUPS) + rng.uniform(0, $weight_noise, EXCITATORY)
''')
SPARSIFIED = """\
    heard = np.empty((STEPS, GROUPS))
    for group in range(GROUPS):
        upward = np.flatnonzero((walk[:-1, group] <= 0) & (walk[1:, group] > 0))
        bumps = np.zeros(STEPS, int)
        bumps[upward[np.diff(upward, prepend=-STEPS) * DT >= $shortest]] = 1
        heard[:, group] = (np.cumsum(bumps) + rng.integers(2)) % 2"""
KIND = "vogels-input"


def text(source: Source) -> str:
    data: Any = source.task.data
    network = source.network
    heard = Template(SPARSIFIED).substitute(shortest=data.shortest_bump_ms) if data.sparsify else "    heard = 1"
    return TEXT.substitute(
        dt=network.dt_ms,
        training=network.training_s,
        scoring=network.scoring_s,
        groups=data.groups,
        excitatory=data.excitatory,
        inhibitory=data.inhibitory,
        sparsified="; every second bump is left out" if data.sparsify else "",
        tau_input=data.tau_input_ms,
        heard=heard,
        baseline=data.baseline_hz,
        modulation=data.modulation_hz,
        refractory=data.refractory_ms,
        dead=max(1, round(data.refractory_ms / network.dt_ms)),
        preferred=network.preferred_group,
        weight_baseline=network.weight_baseline,
        weight_tuning=network.weight_tuning,
        weight_noise=network.weight_noise,
    )
