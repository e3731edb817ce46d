"""Few datasets at first, more when they no longer agree on the candidates."""

import json
import tomllib

import numpy as np
import pytest
from scipy.stats import spearmanr
from small import small

from plastica.conduct import estimate, start
from plastica.config import load, load_kept
from plastica.engines import Threads
from plastica.outer.loop import OuterLoop
from plastica.outer.sample import WINDOW, Sample, agreement


def heard(sample: Sample, value: float, times: int) -> int:
    for _ in range(times):
        sample.hear(value, restarted=False)
    return sample.count


def test_it_doubles_where_datasets_disagree():
    """After WINDOW generations of disagreement, and again after as many; never beyond the most."""
    sample = Sample(3, 10)
    assert [heard(sample, 0.1, times) for times in (WINDOW - 1, 1, WINDOW, WINDOW)] == [3, 6, 10, 10]


def test_it_stays_where_they_agree():
    assert heard(Sample(3, 10), 0.95, 100) == 3


def test_a_search_that_begins_again_begins_with_few():
    sample = Sample(3, 10)
    assert heard(sample, 0.1, WINDOW) == 6
    sample.hear(0.1, restarted=True)
    assert sample.count == 3


@pytest.mark.parametrize(("first", "count"), [(0, 10), (12, 10), (10, 10)])
def test_without_fewer_it_is_all_of_them(first, count):
    sample = Sample(first, 10)
    assert (sample.count, sample.grows) == (count, False)


def test_agreement_is_that_of_ranks():
    """Spearman's correlation of the two halves, as scipy has it; 1 for candidates that are all alike."""
    loss = np.random.default_rng(1).standard_normal((30, 6)) + np.linspace(0, 2, 30)[:, None]
    halves = loss[:, ::2].mean(axis=1), loss[:, 1::2].mean(axis=1)
    assert agreement(loss) == pytest.approx(spearmanr(*halves).statistic)
    assert agreement(np.ones((30, 6))) == 1.0


def records(loop: OuterLoop, generations: int) -> list[dict]:
    return [json.loads(json.dumps(record)) | {"seconds": 0.0} for record in loop.run(generations)]


def test_a_replayed_search_has_the_same_datasets():
    """The journal holds how they agreed: what follows is the same bit for bit, and the numbers grew on the way."""
    config = load("oja", small("oja") | {"data.count": 8, "first_datasets": 2, "search.sigma0": 1e-3})
    with Threads(threads=2).start(config.composed) as engine:

        def loop() -> OuterLoop:
            return OuterLoop(config.composed, start(config), engine, 1, first_datasets=config.first_datasets)

        original = records(loop(), 16)
        assert len({record["datasets"] for record in original}) > 1
        again = loop()
        again.replay(original[:11])
        assert records(again, 16) == original[11:]


@pytest.mark.parametrize(
    ("task", "settings", "first"),
    [
        ("oja", {}, 0),
        ("oja", {"network.inputs": 100}, 4),
        ("oja", {"network.inputs": 100, "first_datasets": 0}, 0),
        ("oja", {"network.inputs": 100, "search.name": "adam"}, 0),
        ("oja", {"network.inputs": 100, "search.start.feedforward.A110": 1.0}, 0),
        ("principal-components", {"network.inputs": 7}, 3),
        ("inhibitory-balance", {}, 0),
    ],
)
def test_the_default_follows_from_task_inputs_and_search(task, settings, first):
    assert load(task, settings).first_datasets == first


def test_a_run_that_began_before_there_was_this_key_has_all_datasets(tmp_path):
    """Whatever the default is today: its journal was made so."""
    kept = tomllib.loads(load("principal-components").toml())
    assert load_kept(kept, tmp_path).first_datasets == kept.pop("first_datasets") == 3
    assert load_kept(kept, tmp_path).first_datasets == 0


@pytest.mark.parametrize(("first", "amount"), [(0, "42 trials"), (2, "at most 42 trials"), (3, "42 trials")])
def test_the_estimate_is_of_all_datasets_and_says_so(first, amount):
    config = load("oja", small("oja") | {"data.count": 3, "first_datasets": first, "generations": 2})
    with Threads(threads=1).start(config.composed) as engine:
        assert estimate(config, engine).amount == amount
