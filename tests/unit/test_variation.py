"""What varies in a study: seeds and values as text, the product of the values, and the names of its runs."""

import pytest
from small import small

from plastica.errors import UserError
from plastica.studies.variation import checked_seeds, seeds_of, settings_of, vary_of


@pytest.mark.parametrize(
    ("text", "seeds"), [("1-3", [1, 2, 3]), ("1,3,7-9", [1, 3, 7, 8, 9]), ("5", [5]), (" 1 - 2 , 4", [1, 2, 4])]
)
def test_seeds_are_read(text, seeds):
    assert seeds_of(text) == seeds


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "write seeds as 1-20"),
        ("1-", "write seeds as 1-20"),
        ("-1", "write seeds as 1-20"),
        ("1,,2", "write seeds as 1-20"),
        ("one", "write seeds as 1-20"),
        ("٣", "write seeds as 1-20"),
        ("3-1", "3-1 ends before it begins: write 1-3"),
        ("1-9999999999", "at most 100,000 runs"),
        ("9" * 40, "write seeds as 1-20"),
    ],
)
def test_seeds_that_are_none_are_a_sentence(text, sentence):
    with pytest.raises(UserError, match=sentence):
        seeds_of(text)


@pytest.mark.parametrize(
    ("seeds", "sentence"),
    [([], "a study without seeds"), ([1, 2, 1], "1 is given twice"), ([-1], "-1 is no seed"), ("12", "'1' is no seed")],
)
def test_seeds_from_python_are_checked(seeds, sentence):
    with pytest.raises(UserError, match=sentence):
        checked_seeds(seeds)


@pytest.mark.parametrize(
    ("text", "key", "values"),
    [
        ("network.inputs=3,10,30", "network.inputs", [3, 10, 30]),
        ("search.name=cma,adam", "search.name", ["cma", "adam"]),
        ("search.l1=.5,0.002", "search.l1", [0.5, 0.002]),
        ("data.scale=[0.6,1.5],[1.0,1.0]", "data.scale", [[0.6, 1.5], [1.0, 1.0]]),
        ("search={name='cma',l1=0},{name='random'}", "search", [{"name": "cma", "l1": 0}, {"name": "random"}]),
        ('rules.feedforward.change="minimum(a*x,y)","a*x"', "rules.feedforward.change", ["minimum(a*x,y)", "a*x"]),
    ],
)  # fmt: skip
def test_values_are_read_as_those_of_set(text, key, values):
    """A comma within brackets or quotes ends no value."""
    assert vary_of([text]) == {key: values}


def test_values_are_listed_once():
    with pytest.raises(UserError, match=r"^--vary seed is given twice"):
        vary_of(["seed=1", "seed=2"])
    with pytest.raises(UserError, match=r"^--vary inputs: write it as key=value"):
        vary_of(["inputs"])


def names(vary, task="oja", **settings):
    return [setting.run_name(5) for setting in settings_of(task, small(task) | settings, vary, [5, 6], False)]


def test_runs_are_named_by_what_varies_and_the_seed():
    assert names({}) == ["seed=5"]
    vary = {"network.inputs": [3, 10], "search.name": ["cma", "random"]}
    assert names(vary)[1:3] == ["inputs=3-search=random-seed=5", "inputs=10-search=cma-seed=5"]


def test_names_are_told_apart_and_can_be_folders():
    """Keys that end alike are written out, strange characters are not, and long names are numbered."""
    assert names({"network.eta": [0.1], "network.eta_lateral": [0.1]}) == ["eta=0.1-eta_lateral=0.1-seed=5"]
    assert names({"data.spectrum": [[1, 0.5, 0.1], [1, 0.4, 0.1]]}) == [
        "spectrum=_1,0.5,0.1_-seed=5",
        "spectrum=_1,0.4,0.1_-seed=5",
    ]
    terms = [[f"{a}{b}{c}" for a in range(3) for b in range(3) for c in range(3)][: 20 + k] for k in (0, 1)]
    long = names({"rules.feedforward.terms": terms})
    assert len(set(long)) == 2
    assert long[1].endswith("-2-seed=5")


def test_every_config_is_the_one_that_its_values_alone_would_make():
    """The default weight of the L1 norm follows the inputs, as in a run by itself; and the seed is the run's."""
    few, many = settings_of("oja", {}, {"network.inputs": [3, 30]}, [5, 6], False)
    assert few.at(6).search_section.l1 < many.at(6).search_section.l1
    assert (few.at(6).seed, few.at(6).composed.network.inputs) == (6, 3)


@pytest.mark.parametrize(
    ("settings", "vary", "sentence"),
    [
        ({}, {"nework.inputs": [3]}, "nework = {'inputs': 3}: there is no such key"),
        ({}, {"network.inputs": [3, 0]}, "network.inputs = 0"),
        ({}, {"network.inputs": []}, "--vary network.inputs lists no values"),
        ({}, {"search.name": "cma"}, "--vary search.name lists no values"),
        ({}, {"seed": [1, 2]}, "--vary seed: give the seeds of a study by --seeds"),
        ({"seed": 3}, {}, "--set seed=3: give the seeds of a study by --seeds"),
        ({}, {"engine.threads": [1, 2]}, "--vary engine.threads: one engine carries all runs"),
        ({}, {"task": ["oja"]}, "--vary task: a study asks for one task"),
        ({"network.inputs": 3}, {"network.inputs": [4]}, "--vary network.inputs: network.inputs is given, too"),
        ({"search": {}}, {"search.l1": [0.0]}, "--vary search.l1: search is given, too"),
        ({}, {"search": [{}], "search.l1": [0.0]}, "--vary search: search.l1 is given, too"),
        ({}, {"search.l1": [0.5, 0.50]}, "--vary: l1=0.5 and l1=0.5 ask for the same runs"),
        ({}, {"search.l1": range(60_000)}, "60,000 settings x 2 seeds: at most 100,000 runs"),
    ],
)  # fmt: skip
def test_what_cannot_be_varied_is_a_sentence(settings, vary, sentence):
    with pytest.raises(UserError) as caught:
        settings_of("oja", settings, vary, [1, 2], False)
    assert str(caught.value).startswith(sentence)
    assert "\n" not in str(caught.value)
