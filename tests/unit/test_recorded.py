"""What a seed means, it means for ever: numbers, rules and datasets of today, which no later version may change.

A journal is replayed, and a table of results made again, from nothing but a config and a seed. Where a default changes
on purpose, the old value belongs into the settings here, and the records stay as they are.
"""

import hashlib

import numpy as np
import pytest

import plastica
from plastica.config import load
from plastica.inner.keys import Key

KEY = Key(1, "search", 0, 0)


def digest(values: np.ndarray) -> str:
    """Of whole numbers as they are; of others to five decimals, since processors differ in the last bits."""
    exact = np.issubdtype(values.dtype, np.integer)
    whole = values if exact else np.rint(1e5 * values)
    return hashlib.sha256(np.ascontiguousarray(whole, dtype="<i8").tobytes()).hexdigest()[:16]


GENERATORS = {
    "initial": [6447455697624344479, 4388153156890594173],
    "search": [1278605475603564141, 6788183912136615741],
    "selection": [5504038792111278450, 3350753168036311540],
    "held-out": [2894616999105416727, 3742163711382325598],
    "baseline": [54971382766376768, 2706266321323147284],
    "bench": [3885002956791371421, 7095690248903268144],
}


@pytest.mark.parametrize("purpose", GENERATORS)
def test_generators(purpose):
    """The first number of either stream of a key, for each purpose."""
    drawn = [Key(1, purpose).generator(stream).integers(2**63) for stream in (0, 1)]
    assert drawn == GENERATORS[purpose]


def test_generators_of_other_seeds_generations_and_indices():
    keys = (Key(2, "search"), Key(1, "search", 1, 0), Key(1, "search", 0, 1))
    drawn = [key.generator().integers(2**63) for key in keys]
    assert drawn == [141040155883086339, 7207959315870085259, 7134977526158287905]


NORMAL = [-0.06403185283986666, 0.039277271540066334, -0.03931523837068824, 0.10972743902540472]


@pytest.mark.parametrize(
    ("name", "settings", "size", "first"),
    [
        ("oja", {}, 27, NORMAL),
        ("principal-components", {}, 54, NORMAL),
        (
            "inhibitory-balance",
            {"step": 1e-3, "sd": 1.0, "tau_scale_ms": 20.0, "tau_sd": 0.3},
            6,
            [16.504560143142196, 22.501097553454393, 1e-2 * NORMAL[2], 1e-2 * NORMAL[3]],
        ),
    ],
)
def test_the_rule_that_a_search_starts_from(name, settings, size, first):
    space = load(name, {f"rules.inhibitory.{key}": value for key, value in settings.items()}).composed.space
    theta = space.draw(Key(1, "initial").generator(), 1)[0]
    assert space.size == theta.size == size
    np.testing.assert_allclose(theta[:4], first, rtol=1e-12)


# Digests of samples, initial weights and lateral weights; a few samples, variances and a principal vector's entries.
RATE_DATASETS = {
    "3 inputs": (
        load("oja"),
        ("a489296c60fa9980", "54888de4d9e84b64", "af5570f5a1810b7a"),
        [0.07289922703912478, 0.18238728240984742, 0.505260866293817],
        [0.6942490825065807, 0.2663086086751735, 0.06786008826052348],
        [0.20998157866490486, 0.976408864610818, 0.050333544786822816],
    ),
    "100 inputs": (
        load("oja", {"network.inputs": 100}),
        ("ea9e2edcf86702e5", "2528c2d39bb0fe43", "af5570f5a1810b7a"),
        [-0.33749300862194126, 0.2283635528697836, -0.6556560784052179],
        [1.2665768502692307, 0.5516273696697487, 0.5409534781787475],
        [0.021199623689481646, 0.05044948465777885, 0.23264945777708723],
    ),
    "5 to 5": (
        load("principal-components"),
        ("7fb8595e73771303", "c62b33d2faacfa4d", "6d9c54dee5660c46"),
        [0.2896412270457655, 1.036422619101362, 0.7239855951869871],
        [1.922930250434953, 1.4574461693242053, 0.9945352253874788],
        [0.21018255590116877, 0.1620662143194559, 0.17343191128129334],
    ),
}


@pytest.mark.parametrize(
    ("config", "digests", "samples", "variance", "principal"), RATE_DATASETS.values(), ids=RATE_DATASETS
)
def test_a_dataset_of_a_rate_network(config, digests, samples, variance, principal):
    """Matrix products, rotations and eigenvectors round as the processor likes, and an eigenvector has no sign."""
    dataset = config.composed.dataset(KEY)
    stimuli = dataset.stimuli
    np.testing.assert_allclose(stimuli.samples[0, 0, :3], samples, rtol=1e-9)
    np.testing.assert_allclose(stimuli.variance[:3], variance, rtol=1e-9)
    np.testing.assert_allclose(np.abs(stimuli.principal[0, :3]), principal, rtol=1e-9)
    assert (digest(stimuli.samples), digest(dataset.w), digest(dataset.lateral)) == digests


def test_a_dataset_of_the_spiking_neuron():
    """Spikes are the same to the last one on any processor: nothing that makes them is left to rounding."""
    task = load("inhibitory-balance").composed
    dataset = task.dataset(KEY)
    trains = task.data.spike_trains(dataset.steps, task.network.dt_ms, KEY.generator(0))
    assert trains.step[:12].tolist() == [1, 2, 2, 3, 3, 3, 3, 4, 6, 6, 6, 6]
    assert trains.afferent[:12].tolist() == [57, 465, 39, 312, 46, 91, 368, 93, 51, 459, 905, 54]
    first = np.searchsorted(trains.step, np.arange(dataset.steps + 1)).astype(np.int32)
    groups = [185063, 197273, 180292, 182803, 193234, 188566, 191704, 202480]
    assert np.bincount(trains.afferent // 100)[:8].tolist() == groups
    assert (digest(first), digest(trains.afferent)) == ("fa866df68261ac55", "02e99b8e97dfce05")
    _, *events = dataset.drive
    assert [digest(part) for part in events] == ["b5e23521ecbe8769", "ec1634284790515a", "09880f1b6b5de13d"]
    assert digest(dataset.drive.conductance) == "98d96eddbbc7a094"
    assert digest(dataset.initial_weights) == "77531a39023618b7"
    assert digest(dataset.tuning) == "65f388a93d11483d"
    assert dataset.window_start == 692772


@pytest.mark.parametrize(
    ("settings", "recorded"),
    [
        ({"data.groups": 19, "network.preferred_group": 1}, "879d731f17231c62"),
        ({"data.baseline_hz": 100.0, "data.modulation_hz": 1000.0, "data.refractory_ms": 0.0}, "327638af3e641418"),
        ({"data.groups": 6, "data.baseline_hz": 0.01, "data.modulation_hz": 0.0}, "5ee882a0dd9c91e2"),
    ],
    ids=["groups of two vectors", "many spikes", "hardly a spike"],
)
def test_datasets_of_other_input(settings, recorded):
    """As the generator of version 0.2.0 made them, which drew one spike after another."""
    short = {"network.training_s": 3.0, "network.scoring_s": 1.0, "network.window_s": 0.5}
    drive = load("inhibitory-balance", short | settings).composed.dataset(KEY).drive
    assert digest(np.concatenate([part.astype(float) for part in drive])) == recorded


# Of the first three generations of seed 1: mean and least loss of the candidates, and the length of the favourite.
SEARCHES = {
    "oja": [
        [11.7953854, 0.706349586, 0.527961076],
        [9.09740443, 0.849394925, 0.531223935],
        [6.66575764, 0.711126273, 0.521369122],
    ],
    "principal-components": [
        [19.6388418, 12.2665319, 0.732632221],
        [18.3234065, 5.47757886, 0.860099172],
        [16.6537268, 4.6716379, 1.01252971],
    ],
    "inhibitory-balance": [
        [95.3144063, 0.80026117, 141.711193],
        [78.8684151, 0.0630294328, 134.344246],
        [96.2638975, 0.0654806737, 129.735246],
    ],
}

THEN = {"principal-components": {"search.population": 100}}  # what was the default when they were recorded


@pytest.mark.parametrize("name", SEARCHES)
def test_a_search_with_the_settings_of_the_task(name, tmp_path):
    """Candidates, datasets, simulations, losses and the search itself, all of them as they are by default."""
    short = {"generations": 3, "held_out.count": 1, "held_out.random_rules": 1, "held_out.selection": 1}
    settings = {"seed": 1, "first_datasets": 0} | short | THEN.get(name, {})
    records = plastica.run(name, settings, out=tmp_path / "run").records()
    found = [[np.mean(r["loss"]), np.min(r["loss"]), np.linalg.norm(r["favourite"])] for r in records]
    np.testing.assert_allclose(found, SEARCHES[name], rtol=1e-5)
