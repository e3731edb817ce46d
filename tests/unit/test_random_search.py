"""Random search: independent draws of random initial rules, the best of which is kept."""

import numpy as np

from plastica.outer import RandomSearch
from plastica.rules.base import Parameter, Space

SPACE = Space([Parameter("a", sd=0.1), Parameter("tau", transform="log", scale=20.0, sd=0.5)])


def start(**settings):
    return RandomSearch(**settings).begin(SPACE, np.random.default_rng(1))


def test_candidates_are_random_initial_rules():
    """Every generation draws anew, as a random initial rule is drawn."""
    search = start(population=2000)
    first, second = search.ask()[1:], search.ask()[1:]
    assert not np.intersect1d(first, second).size
    np.testing.assert_allclose(first[:, 0].std(), 0.1, rtol=0.1)
    np.testing.assert_allclose(np.log(first[:, 1] / 20).std(), 0.5, rtol=0.1)


def test_the_favourite_is_the_best_on_the_same_datasets():
    """It stays while it wins, whatever it lost before, and goes as soon as another one wins."""
    search = start(population=4)
    asked = search.ask()
    search.tell(np.array([5.0, 4.0, 3.0, 2.0, 6.0]))
    assert (search.ask()[0] == asked[3]).all()
    search.tell(np.array([50.0, 60.0, 70.0, 80.0, 90.0]))
    after = search.ask()
    assert (after[0] == asked[3]).all()
    search.tell(np.array([1.0, 1.0, 1.0, 0.5, 1.0]))
    assert (search.ask()[0] == after[3]).all()
    assert search.state() == {"improvements": 2}


def test_sparsity_counts():
    """With a large l1 the smallest rule wins, whatever its loss."""
    search = start(population=50, l1=1e6)
    asked = search.ask()
    search.tell(np.random.default_rng(0).standard_normal(51))
    np.testing.assert_array_equal(search.ask()[0], asked[np.argmin(np.abs(asked[:, 0]))])
