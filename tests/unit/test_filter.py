"""Filter: what is kept, where the next rules come from, and what is said of windows that cannot be."""

import numpy as np
import pytest

import plastica
from plastica.config import load
from plastica.errors import UserError
from plastica.outer.filter import Filter
from plastica.outer.loop import favourite, tell
from plastica.outer.measured import Measured
from plastica.outer.mixture import Mixture
from plastica.rules.base import Parameter, Space
from plastica.tasks.task import Evaluation

SPACE = Space([Parameter(f"p{k}", scale=2.0, mean=0.5, sd=0.5) for k in range(3)])
BAND = {"sum": (4.0, 4.4)}  # a tenth of what the prior draws


def measured(loss, failed=0, error=0.0, **means) -> Measured:
    size = len(loss)
    errors = {name: np.full(size, error) for name in ("loss", *means)}
    return Measured(np.broadcast_to(failed, size), {name: np.array(values) for name, values in means.items()}, errors)


def round_of(search, error=0.0) -> tuple[np.ndarray, np.ndarray]:
    """One round, in which the sum of the parameters is a metric: thetas, and which were kept."""
    thetas = search.ask()
    loss = np.abs(thetas).sum(axis=1)
    search.hear(measured(loss, error=error, sum=thetas.sum(axis=1)))
    search.tell(loss)
    return thetas, search.kept


def start(seed=1, **settings):
    return Filter(**{"windows": BAND, "population": 100, **settings}).begin(SPACE, np.random.default_rng(seed))


def test_what_is_kept():
    """Means inside their windows by a margin of standard errors, and of rules without any failed trial."""
    section = Filter(windows={"rate_hz": (4.0, 6.0), "loss": (0.0, 1.0)}, margin=2.0)
    rates = [3.9, 4.1, 4.3, 5.0, 5.9, 5.7, 5.0]
    losses = np.array([0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.9])
    inside = section.outside(losses, measured(losses, error=0.1, rate_hz=rates)) == 0
    assert inside.tolist() == [False, False, True, True, False, True, False]
    failed = section.outside(losses, measured(losses, failed=[0, 0, 1, 0, 0, 2, 0], error=0.1, rate_hz=rates)) == 0
    assert failed.tolist() == [False, False, False, True, False, False, False]


def test_rounds_keep_more_and_more():
    """From a few of a hundred to more than half, all of them within the window; then the search is at its end."""
    search = start(windows={"sum": (4.0, 4.08)}, rules=100, enough=0.6)
    fractions = []
    while not search.stop() and len(fractions) < 40:
        thetas, kept = round_of(search)
        assert ((thetas[kept].sum(axis=1) >= 4.0) & (thetas[kept].sum(axis=1) <= 4.08)).all()
        fractions.append(search.state()["kept"])
    assert fractions[0] < 0.05
    assert fractions[-1] >= 0.6
    assert search.stop() == {"kept fraction": fractions[-1]}
    assert search.state()["rules"] >= 100


def test_rounds_do_not_close_in():
    """Rules that were found in one corner of a family first do not hold the search there: it spreads towards what the
    prior would give, a mean of 0 and a standard deviation of 1 along the family. Unweighted it stays: 1.4 and 0.4."""
    search = start(windows={"sum": (2.9, 3.1)}, population=300, enough=1.0)
    search._proposal = Mixture(np.ones(1), np.array([[1.0, -1.0, 0.0]]), 0.3 * np.eye(3)[None])
    search._asked = search._draw(301)
    kept = [thetas[1:][inside[1:]] for thetas, inside in (round_of(search) for _ in range(25))]
    along = np.concatenate(kept[15:]) @ np.array([1.0, -1.0, 0.0]) / np.sqrt(2)
    assert abs(np.mean(along)) < 0.9
    assert np.std(along) > 0.6


def test_the_favourite_is_the_best_that_was_kept():
    search = start()
    for _ in range(4):
        thetas, kept = round_of(search)
        if kept.any():
            best = thetas[kept][np.argmin(np.abs(thetas[kept]).sum(axis=1))]
            np.testing.assert_array_equal(favourite(search), best)


def test_where_nothing_is_kept_it_gives_up():
    """Nearer and nearer to windows that are out of reach; after `patience` rounds the reason says so, and there is a
    favourite."""
    search = start(windows={"sum": (1e3, 2e3)}, patience=6)
    sums = []
    while not search.stop():
        thetas, _ = round_of(search)
        sums.append(np.median(thetas[1:].sum(axis=1)))
    assert len(sums) == 6
    assert sums[-1] > sums[0] + 1.5 * np.sqrt(3)  # so many standard deviations of the sum
    assert search.stop() == {"rounds without a rule": 6.0}
    assert {**search.state(), "components": 0} == {"kept": 0.0, "rules": 0, "components": 0}
    assert np.isfinite(favourite(search)).all()


def test_windows_that_no_first_round_meets_are_found_by_and_by():
    """Twelve parameters, each of which must be within a window that a fifth of the prior meets: one in 300 million."""
    space = Space([Parameter(f"p{k}") for k in range(12)])
    windows = {f"p{k}": (0.3, 0.9) for k in range(12)}
    search = Filter(windows=windows, population=400, margin=0.0, rules=400).begin(space, np.random.default_rng(1))
    kept, rounds = [], 0
    while not search.stop() and rounds < 40:
        thetas = search.ask()
        columns = dict(zip(windows, thetas.T, strict=True))
        failed = (np.abs(thetas) > 2).any(axis=1)
        search.hear(measured(np.ones(len(thetas)), failed=failed, **columns))
        search.tell(np.ones(len(thetas)))
        kept.append(thetas[search.kept])
        rounds += 1
    assert not len(kept[0])
    assert search.state()["kept"] >= 0.5
    found = np.concatenate(kept)
    assert len(found) >= 400
    assert ((found >= 0.3) & (found <= 0.9)).all()


def test_how_far_outside():
    """Less than one for rules whose trials went well, more for all others; loss then tells which failed earlier."""
    section = Filter(windows={"rate_hz": (4.0, 6.0), "cv": (0.5, 1e3)}, margin=2.0)
    losses = np.array([0.0, 0.0, 0.0, 300.0, 200.0])
    means = measured(losses, failed=[0, 0, 0, 1, 1], error=0.1, rate_hz=[5.0, 1.8, 1e6, 5.0, 5.0], cv=[1.0] * 5)
    outside = section.outside(losses, means)
    np.testing.assert_allclose(outside[:3], [0.0, 0.5 * 2.4 / 6.4, 0.5], atol=1e-5)
    assert (np.argsort(outside) == [0, 1, 2, 4, 3]).all()


def test_without_anything_measured_nothing_is_kept():
    """As where a search is only timed, and told made up losses."""
    search = start()
    search.tell(np.arange(len(search.ask()), dtype=float))
    assert not search.kept.any()
    assert len(search.ask()) == 101


def test_a_parameter_without_a_spread_stays():
    space = Space([*SPACE.parameters, Parameter("fixed", mean=3.0, sd=0.0)])
    search = Filter(windows={"sum": (6.9, 7.4)}, population=50).begin(space, np.random.default_rng(1))
    for _ in range(5):
        thetas, _ = round_of(search)
        assert (thetas[:, 3] == 3.0).all()


def test_a_metric_that_is_not_measured_is_told_at_once():
    """Where the loss does not say which metrics it has, the first round does."""
    search = start(windows={"height": (0.0, 1.0)})
    thetas = search.ask()
    evaluation = Evaluation(np.ones((len(thetas), 2)), np.zeros((len(thetas), 2), np.int8), {"sum": np.ones((101, 2))})
    with pytest.raises(UserError, match=r"^search\.windows\.height: there is no such metric; choose from loss, sum$"):
        tell(search, evaluation)


SENTENCES = {
    "none": ({}, r"search\.windows is empty: name what to keep, such as loss = \[0, 1\]; there is loss, rate_hz, cv,"),
    "unknown": (
        {"rate": [1.0, 2.0]},
        r"search\.windows\.rate: there is no such metric; choose from loss, rate_hz, cv,",
    ),
    "reversed": ({"cv": [2.0, 1.0]}, r"search\.windows\.cv = \[2, 1\]: the first number must be the smaller one$"),
    "nan": ({"cv": [1.0, float("nan")]}, r"search\.windows\.cv\.1 = nan: input should be a finite number$"),
    "one number": ({"cv": [1.0]}, r"search\.windows\.cv"),
    "no numbers": ({"cv": "high"}, r"search\.windows\.cv = 'high': input should be a list$"),
}


@pytest.mark.parametrize(("windows", "sentence"), SENTENCES.values(), ids=SENTENCES)
def test_what_is_wrong_with_windows(windows, sentence):
    with pytest.raises(UserError, match=f"^{sentence}"):
        load("inhibitory-balance", {"search.name": "filter", "search.windows": windows})


def test_rules_that_are_all_the_same_cannot_be_filtered():
    settings = {"rules.inhibitory.sd": 0.0, "rules.inhibitory.tau_sd": 0.0}
    with pytest.raises(UserError, match="all random initial rules are the same"):
        load("inhibitory-balance", {"search.name": "filter", "search.windows": {"cv": [0.0, 1.0]}, **settings})


@pytest.mark.parametrize("task", plastica.TASKS)
def test_losses_say_which_metrics_they_give(task, request):
    """All that an evaluation has, and nothing that is never there."""
    from small import small

    task = load(task, small(task)).composed
    evaluation = task.evaluate(task.space.zero, task.keys(1, "search", 1))
    assert set(evaluation.metrics) <= set(task.loss.metrics)
    if task.name != "oja":  # whose one neuron overlaps with none
        assert set(evaluation.metrics) == set(task.loss.metrics)
