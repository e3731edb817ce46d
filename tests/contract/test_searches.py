"""What every search in the registry keeps: ask and tell, the same again from the same generator, and it does search."""

import json

import numpy as np
import pytest
from small import one_a_network, small

from plastica.config import load
from plastica.errors import UserError
from plastica.inner.keys import Key
from plastica.outer import SEARCHES
from plastica.outer.base import Search
from plastica.outer.loop import OuterLoop, favourite
from plastica.outer.measured import Measured
from plastica.rules.base import Parameter, Space

SPACE = Space([Parameter(f"p{k}", sd=1.0) for k in range(5)])

pytestmark = pytest.mark.parametrize("name", SEARCHES)


# Of a search that remembers all it ever kept.
FEW = {"filter": {"population": 20, "components": 2}}


def start(name: str, seed: int = 1, **changes):
    return SEARCHES[name](**FEW.get(name, {}) | changes).begin(SPACE, np.random.default_rng(seed))


def hear(search: Search, loss: np.ndarray) -> None:
    """All trials ended well, and nothing else was measured."""
    if search.measures:
        search.hear(Measured(np.zeros(len(loss), int), {}, {"loss": np.zeros(len(loss))}))


def sphere(thetas: np.ndarray) -> np.ndarray:
    return ((thetas - 0.5) ** 2).sum(axis=1)


def losses(name: str, generations: int, seed: int = 1) -> list:
    search = start(name, seed)
    asked = []
    for _ in range(generations):
        thetas = search.ask()
        asked.append(thetas)
        hear(search, sphere(thetas))
        search.tell(sphere(thetas))
    return asked


def test_ask_gives_candidates_and_the_favourite_first(name):
    """[R, P], finite, and row 0 is what the search answers with."""
    search = start(name)
    thetas = search.ask()
    assert thetas.shape == (len(thetas), SPACE.size)
    assert len(thetas) >= 2
    assert np.isfinite(thetas).all()
    search.tell(sphere(thetas))
    assert favourite(search).shape == (SPACE.size,)


def test_it_is_deterministic_given_its_generator(name):
    """The same generator, the same candidates bit for bit; another one, others; numpy's global state is left alone."""
    np.random.seed(3)
    before = np.random.get_state()[1].copy()
    one, same, other = losses(name, 8), losses(name, 8), losses(name, 8, seed=2)
    np.testing.assert_array_equal(np.random.get_state()[1], before)
    for a, b in zip(one, same, strict=True):
        np.testing.assert_array_equal(a, b)
    assert (one[0] != other[0]).any()
    np.random.seed(4)
    np.testing.assert_array_equal(losses(name, 8)[-1], one[-1])


def test_it_gets_nearer(name):
    """On a bowl, the favourite's loss falls to a small part of what it was."""
    asked = losses(name, 150)
    assert sphere(asked[-1][:1]) < 0.05 * sphere(asked[0][:1])


def test_stop_and_state_are_plain_data(name):
    """No reason to stop at the beginning; reasons are numbers, the state is something that JSON can hold."""
    search = start(name)
    assert search.stop() == {}
    search.tell(sphere(search.ask()))
    assert all(isinstance(value, float) for value in search.stop().values())
    state = search.state()
    assert json.loads(json.dumps(state, allow_nan=False)) == state
    assert state


def records(loop: OuterLoop, generations: int) -> list:
    return [{key: value for key, value in record.items() if key != "seconds"} for record in loop.run(generations)]


@pytest.fixture(params=one_a_network())
def loops(name, request):
    """A function that gives a new outer loop on a small task, each on an engine of its own."""
    config = load(request.param, small(request.param, **{"search.name": name}))
    task = config.composed

    def begin(engine, seed=1) -> OuterLoop:
        section = config.search_section
        return OuterLoop(task, section.begin(task.space, Key(seed, "initial").generator()), engine, seed)

    with config.engine_section.start(task) as engine:
        yield lambda seed=1: begin(engine, seed)


def test_a_replayed_search_goes_on_as_the_original(loops):
    """Ask, check the digest, tell the recorded loss: then every further generation is the same, bit for bit."""
    original = records(loops(), 6)
    assert [record["generation"] for record in original] == list(range(6))
    json.dumps(original, allow_nan=False)
    for kept in (0, 1, 4, 6):
        loop = loops()
        loop.replay([{**record, "seconds": 0.0} for record in original[:kept]])
        assert loop.generation == kept
        assert records(loop, 6) == original[kept:]


def test_a_journal_of_another_config_is_refused(loops):
    """The digest tells that the candidates are not the recorded ones, and the sentence says what to do. A search that
    begins at the centre has its first favourite there from any seed, and may be rounded otherwise: the next tells."""
    original = [{**record, "seconds": 0.0} for record in records(loops(), 2)]
    with pytest.raises(
        UserError, match=r"generation [01] of the journal does not follow .* resume with the config\.toml"
    ):
        loops(seed=2).replay(original)


def test_it_never_sees_nan(loops):
    """Whatever candidates are asked for, even not a number, what is told is finite."""
    loop = loops()
    told = []
    search = loop.search

    class Wild(Search):
        @property
        def gradients(self):
            return search.gradients

        @property
        def measures(self):
            return search.measures

        def hear(self, measured):
            told.extend([*measured.mean.values(), *measured.error.values()])
            search.hear(measured)

        def ask(self):
            thetas = search.ask().copy()
            thetas[1::2], thetas[2::2] = np.nan, 1e300
            return thetas

        def tell(self, loss, gradient=None):
            told.extend([loss, np.zeros(1) if gradient is None else gradient])
            search.tell(loss, gradient)

        def stop(self):
            return {}

        def state(self):
            return search.state()

    loop.search = Wild()
    outcomes = [record["outcomes"] for record in loop.run(2)]
    assert all(np.isfinite(values).all() for values in told)
    assert all(count["nonfinite"] for count in outcomes)
