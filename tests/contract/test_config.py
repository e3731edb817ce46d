"""What the config of every task keeps: complete, readable, and the same after a trip through TOML."""

import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st
from small import REQUIRED

from plastica.config import load, parse
from plastica.engines import ENGINES
from plastica.outer import SEARCHES
from plastica.tasks import TASKS
from plastica.toml_text import setting

# The keys that the issues promise to later work.
PROMISED = (
    "seed", "generations", "data.count", "search.name", "engine.name", "engine.threads",
)  # fmt: skip
CMA = ("search.population", "search.sigma0", "search.l1")
RATE = ("network.inputs", "network.outputs", "network.updates", "data.batch")

pytestmark = pytest.mark.parametrize("name", TASKS)


def value_at(tree: dict, key: str):
    for part in key.split("."):
        tree = tree[part]
    return tree


@pytest.mark.parametrize("comments", [False, True])
def test_toml_and_back_is_the_same_config(name, comments):
    """parse(toml) == config, with and without comments; the text of that is the same text."""
    config = load(name)
    text = config.toml(comments)
    again = parse(tomllib.loads(text))
    assert again == config
    assert again.toml(comments) == text


def test_it_is_complete(name):
    """Every promised key is written out, and every key has a sentence above it, but for the names of variants and the
    numbers of a spectrum, for which that of the table stands."""
    text = load(name).toml(comments=True)
    tree = tomllib.loads(text)
    for key in (
        *PROMISED,
        *(RATE if "outputs" in tree["network"] else ()),
        *(CMA if tree["search"]["name"] == "cma" else ()),
    ):
        value_at(tree, key)
    table, above = "", ""
    for line in text.splitlines():
        table = line if line.startswith("[") else table
        is_key = line and not line.startswith((" ", "]", "[", "#", "name = "))
        assert not is_key or above.startswith("# ") or table == "[data.spectrum]", line
        above = line


@pytest.mark.parametrize("search", SEARCHES)
@pytest.mark.parametrize("engine", ENGINES)
def test_every_search_and_engine_can_be_chosen_by_name(name, search, engine):
    """A name alone selects the member; what it has no setting for takes its own default."""
    config = load(name, {"search.name": search, "engine.name": engine, **REQUIRED.get(search, {})})
    assert type(config.search_section) is SEARCHES[search]
    assert type(config.engine_section) is ENGINES[engine]
    assert parse(tomllib.loads(config.toml())) == config


@given(st.data())
def test_settings_reach_the_config_and_survive_the_trip(name, data):
    """Dotted keys change what they name and nothing else; the result survives TOML."""
    changes = {
        "seed": data.draw(st.integers(0, 2**63 - 1)),
        "generations": data.draw(st.integers(1, 10**6)),
        "data.count": data.draw(st.integers(1, 1000)),
        "search.l1": data.draw(st.floats(0, 10)),
        "engine.threads": data.draw(st.integers(0, 64)),
    }
    config = load(name, changes)
    tree, default = tomllib.loads(config.toml()), tomllib.loads(load(name).toml())
    for key, value in changes.items():
        assert value_at(tree, key) == value
        *parents, leaf = key.split(".")
        holder, other = tree, default
        for parent in parents:
            holder, other = holder[parent], other[parent]
        holder[leaf] = other.get(leaf)
        if other.get(leaf) is None:
            del holder[leaf]
    assert tree == default
    assert parse(tomllib.loads(config.toml())) == config


def test_settings_of_the_command_line_are_toml_values(name):
    """`--set key=value` reads numbers, lists and tables; a bare word is a string."""
    assert setting("seed=3") == ("seed", 3)
    assert setting(" a.b = [1, 2.5]") == ("a.b", [1, 2.5])
    assert setting("a={b=true}") == ("a", {"b": True})
    assert setting("a=.5") == ("a", 0.5)
    assert setting('a="x=y"') == ("a", "x=y")
    assert setting("rules.lateral.fixed=anti_hebb") == ("rules.lateral.fixed", "anti_hebb")
    assert load(name, dict([setting("seed=12")])).seed == 12
