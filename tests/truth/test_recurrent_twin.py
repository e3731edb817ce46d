"""The kernel of recurrent networks against plain Python: spike for spike, weight for weight."""

import numpy as np
import pytest
from naive import recurrent as naive

from plastica.inner.keys import Key
from plastica.inner.recurrent import simulation
from plastica.inner.recurrent.dataset import DrawnNetworks
from plastica.inner.recurrent.network import RecurrentNetwork
from plastica.inner.recurrent.segments import Segment
from plastica.inner.recurrent.wiring import CONNECTIONS
from plastica.rules.formula import formula
from plastica.rules.spike_pair import SpikePair
from plastica.rules.spike_perceptron import SpikePerceptron
from plastica.rules.spike_polynomial import SpikePolynomial

SMALL = {
    "preset": "fsbi",
    "excitatory": 45,  # so that the numbering has gaps
    "inhibitory": 15,
    "probability": 0.4,
    "weight_EE": 0.4,
    "weight_EI": 0.4,
    "weight_IE": 1.0,
    "weight_II": 1.0,
    "weight_max": 2.0,
    "inputs": 100,
    "input_probability": 0.3,
    "input_weight": 0.5,
    "input_hz": 20.0,
    "learning_s": 0.3,
    "scoring_s": 0.1,
    "exploded_hz": 200.0,
}
CASES = {
    "as published": {},
    "refractory": {"neuron": "tif", "input_weight": 0.3},
    "no delay": {"delay_ms": 0.0},
    "long delay, after a warm-up": {"delay_ms": 3.0, "warmup_s": 0.1},
    "some plastic, tonic current": {"plastic": ("EI", "IE"), "tonic_mv": 5.0, "initial_sd_mv": 4.0},
    "adapting": {"neuron": "cvaif"},
    "a bound that is drawn": {"weight_max": (1.1, 1.9)},
    "rows of two vectors and some": {"probability": 0.9, "weight_EE": 0.2, "weight_EI": 0.2},
    "segments": {
        "segments": (
            Segment(name="before", seconds=0.05, plastic=False),
            Segment(name="learning", seconds=0.2),
            Segment(name="probe", seconds=0.0503, recorded=True, restores=True),
            Segment(name="after", seconds=0.1, recorded=True),
        )
    },
}
TRIPLET = formula(  # Pfister & Gerstner 2006, with weights that soften their bounds, and what the neuron has
    on_pre="w - w*(a2*x_post + a3*x_post*x_slow) + c*e_post - d*i_post",
    on_post="w + (2 - w)*x_pre*(b2 + b3*y_slow) + where(v_post > -0.06, d, -d)*exp(-w)",
    traces={"y_slow": {"side": "post", "tau": "tau_y"}, "x_slow": {"side": "pre", "tau": "tau_x"}},
    quantities=["v_post", "e_post", "i_post"],
)
ONE_SIDED = formula(on_post="w + a*(x_pre - b)*w + tanh(c)/20")


def random_rules(seed, size, taus=(2.0, 60.0)):
    """Six parameters a connection, of either sign."""
    generator = np.random.default_rng(seed)
    return np.hstack([generator.uniform(*taus, (4, 2)), size * generator.standard_normal((4, 4))])


def assert_equal(network, rules, key=1):
    """Of spike-pair rules [4, 6], by their kernel; returns how many weights are at a bound."""
    named = {c: tuple(rules[CONNECTIONS.index(c)]) for c in network.connections}
    return assert_same(network, rules, named, key)


def assert_same(network, candidate, named, key=1):
    dataset = network.dataset(DrawnNetworks(), {}, Key(key, "bench"))
    found = network.run(candidate, dataset, keep_s=0.0, double=True)
    spikes, weights = naive.simulate(network, named, dataset)
    assert len(spikes) > 300
    assert list(zip(found.spike_step.tolist(), found.spike_neuron.tolist(), strict=True)) == spikes
    bounds = 0
    for connection in network.connections:
        expected = [weights[synapse] for synapse in naive.synapses(network, dataset, connection)]
        np.testing.assert_allclose(found.weights_of(connection, dataset, network.sizes), expected, atol=1e-9)
        bounds += np.isin(expected, [0.0, dataset.weight_max]).sum()
    return bounds


@pytest.mark.parametrize("case", CASES)
def test_every_spike_and_every_weight_is_that_of_plain_python(case):
    """All four connections plastic, gaps in the numbering, delays, a warm-up, both membranes."""
    assert_equal(RecurrentNetwork(**{**SMALL, **CASES[case]}), random_rules(1, 0.02))


@pytest.mark.parametrize("seed", range(4))
def test_bounds_that_are_reached_and_left_are_exact(seed):
    """Large changes of either sign: most weights meet both bounds, many of them between two presynaptic spikes."""
    network = RecurrentNetwork(**{**SMALL, **CASES["rows of two vectors and some"]} if seed % 2 else SMALL)
    assert assert_equal(network, random_rules(seed, 0.6), seed) > 100


def test_short_time_constants_are_swept_often():
    """Rounding does not grow between sweeps."""
    assert_equal(RecurrentNetwork(**SMALL), random_rules(5, 0.05, (1.0, 1.5)))


def test_terms_may_be_missing():
    """Without gamma no sweep is needed for x_pre, whose scale would grow beyond all numbers."""
    for missing in (3, 4, 5):
        rules = random_rules(6, 0.02, (0.3, 0.4) if missing == 4 else (2.0, 60.0))
        rules[:, missing] = 0.0
        assert_equal(RecurrentNetwork(**SMALL), rules)


def drawn(rules, seed, size):
    """theta of each connection's rule, coefficients of either sign, and time constants of some ms."""
    generator = np.random.default_rng(seed)
    return {
        c: np.array(
            [generator.uniform(2, 60) if p.unit == "ms" else size * generator.normal() for p in rule.parameters()]
        )
        for c, rule in rules.items()
    }


QUARTET = {"EE": TRIPLET, "EI": SpikePair(), "IE": TRIPLET, "II": ONE_SIDED}


def assert_formulas_equal(network, rules, thetas):
    (candidate,) = network.plasticities(rules, {c: theta[None] for c, theta in thetas.items()})
    named = {c: naive.acting(rules[c], theta) for c, theta in thetas.items()}
    return assert_same(network, candidate, named)


def test_any_formula_is_that_of_plain_python():
    """Four rules of several forms: more traces than one, weights and quantities in them, one that acts on one side; in
    a protocol of segments with a probe."""
    network = RecurrentNetwork(**{**SMALL, **CASES["segments"], "neuron": "cvaif"})
    assert assert_formulas_equal(network, QUARTET, drawn(QUARTET, 3, 0.1)) < 2000


@pytest.mark.slow
@pytest.mark.parametrize("rule", [SpikePolynomial(), SpikePolynomial(released=True), SpikePerceptron(hidden=(5, 3))])
def test_rules_of_the_sequels_are_those_of_plain_python(rule):
    """On some of the connections, the others keep their weights."""
    network = RecurrentNetwork(**{**SMALL, "neuron": "cvaif", "plastic": ("EI", "IE")})
    rules = dict.fromkeys(network.connections, rule)
    assert_formulas_equal(network, rules, drawn(rules, 3, 0.1))


@pytest.mark.slow
@pytest.mark.parametrize("case", ["refractory", "no delay", "long delay, after a warm-up"])
def test_a_pair_rule_is_the_same_by_both_kernels(case):
    """Bounds that are reached and left included."""
    network = RecurrentNetwork(**{**SMALL, **CASES[case]})
    pairs = random_rules(2, 0.4)
    eager = formula(on_pre="maximum(w, 0) + alpha + kappa*x_post", on_post="w + beta + gamma*x_pre")
    order = [("tau_pre", "tau_post", "alpha", "beta", "gamma", "kappa").index(p.name) for p in eager.parameters()]
    thetas = {c: pairs[k][order][None] for k, c in enumerate(CONNECTIONS)}
    (candidate,) = network.plasticities(dict.fromkeys(CONNECTIONS, eager), thetas)
    dataset = network.dataset(DrawnNetworks(), {}, Key(1, "bench"))
    one, other = (network.run(rules, dataset, keep_s=0.0, double=True) for rules in (pairs, candidate))
    np.testing.assert_array_equal(one.spike_step, other.spike_step)
    np.testing.assert_array_equal(one.spike_neuron, other.spike_neuron)
    np.testing.assert_allclose(one.weights, other.weights, atol=1e-9)


def test_spikes_have_room_wherever_it_runs_out(monkeypatch):
    """A kernel that comes back at each step at which there may be too little changes nothing, by either kernel."""

    def barely(array, many, numbers):
        return np.concatenate([array[:many], np.empty(numbers, array.dtype)])

    network = RecurrentNetwork(**{**SMALL, **CASES["segments"], "neuron": "cvaif"})
    dataset = network.dataset(DrawnNetworks(), {}, Key(1, "bench"))
    (eager,) = network.plasticities(QUARTET, {c: v[None] for c, v in drawn(QUARTET, 1, 0.1).items()})
    for candidate in (random_rules(3, 0.05), eager):
        whole = network.run(candidate, dataset, keep_s=0.0, double=True)
        with monkeypatch.context() as patched:
            patched.setattr(simulation, "_with_room", barely)
            parted = network.run(candidate, dataset, keep_s=0.0, double=True)
        assert len(whole.spike_step) > 10 * network.sizes.all
        for name, values in vars(whole).items():
            np.testing.assert_array_equal(getattr(parted, name), values)


def test_a_probe_leaves_no_trace():
    """All that comes behind it is bit for bit what it would be without it, by either kernel."""
    parts = [Segment(name=name, seconds=0.1, recorded=name == "after") for name in ("before", "probe", "after")]
    probed = (parts[0], parts[1].model_copy(update={"restores": True}), parts[2])
    with_probe, without = (
        RecurrentNetwork(**{**SMALL, "neuron": "cvaif", "segments": s}) for s in (probed, (parts[0], parts[2]))
    )
    key = Key(1, "bench")
    dataset = with_probe.dataset(DrawnNetworks(), {}, key)
    cut = without.dataset(DrawnNetworks(), {}, key)
    spans = tuple(s._replace(first=s.first, last=s.last) for s in dataset.spans if not s.restores)
    object.__setattr__(cut, "spikes", dataset.spikes)
    object.__setattr__(cut, "spans", spans)
    pairs = random_rules(3, 0.05)
    (eager,) = with_probe.plasticities(QUARTET, {c: v[None] for c, v in drawn(QUARTET, 1, 0.1).items()})
    for candidate in (pairs, eager):
        one, other = with_probe.run(candidate, dataset, double=True), without.run(candidate, cut, double=True)
        np.testing.assert_array_equal(one.weights, other.weights)
        late = one.spike_step >= spans[-1].first
        np.testing.assert_array_equal(one.spike_step[late], other.spike_step)
        np.testing.assert_array_equal(one.spike_neuron[late], other.spike_neuron)
