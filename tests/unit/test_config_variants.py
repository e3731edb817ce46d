"""Parts of a config that come in variants: spectra, terms, masks; and configs in files."""

import tomllib

import pytest

from plastica.config import load, parse
from plastica.errors import UserError

PC = "principal-components"


@pytest.mark.parametrize(
    ("task", "settings"),
    [
        ("oja", {"data.spectrum": [3.0, 1, 0.5]}),
        ("oja", {"data.spectrum.shape": "geometric", "data.spectrum.ratio": 0.25}),
        ("oja", {"data.spectrum": {"shape": "leading", "leading": [2, 1], "rest": 0.1}}),
        ("oja", {"rules.feedforward.terms": ["110", "021"]}),
        ("oja", {"rules.feedforward.order": 4, "rules.feedforward.terms": ["440"]}),
        ("oja", {"data.scale": [1, 1]}),
        ("oja", {"network.outputs": 2, "network.lateral": "none"}),
        (PC, {"network.outputs": 3, "network.lateral": [[0, 0, 0], [1, 0, 0], [0, 1, 0]]}),
        (PC, {"rules.lateral.fixed": "anti_hebb"}),
        (PC, {"rules.feedforward.fixed": "oja", "rules.lateral.order": 1}),
        (PC, {"network.inputs": 50, "network.outputs": 5}),
        (PC, {"network.outputs": 1}),
        ("oja", {"search.options": {"CMA_diagonal": True}}),
    ],
)
def test_variants_survive_the_trip_through_toml(task, settings):
    """Whatever the variant, parse(toml) == config."""
    config = load(task, settings)
    assert parse(tomllib.loads(config.toml(comments=True))) == config
    assert config != load(task)


def test_another_shape_of_the_spectrum_replaces_the_default_whatever_the_order():
    """Parameters of the new shape may come before or after its name; those of the old one are gone."""
    ratio, shape = {"data.spectrum.ratio": 0.25}, {"data.spectrum.shape": "geometric"}
    one, other = load("oja", ratio | shape), load("oja", shape | ratio)
    assert one == other
    assert one.composed.data.eigenvalues(3).tolist() == [1, 0.25, 0.0625]


def test_a_parameter_of_the_same_shape_keeps_the_others():
    """Changing one number of a table leaves its other numbers."""
    assert load("oja", {"data.spectrum.last": 0.2}).composed.data.eigenvalues(3).tolist() == [1, 0.4, 0.2]


def test_a_file_needs_only_what_differs(tmp_path):
    """What a file leaves out has the task's default; settings come last."""
    file = tmp_path / "mine.toml"
    file.write_text('task = "oja"\nseed = 7\n[network]\ninputs = 10\n')
    assert load(str(file)) == load("oja", {"seed": 7, "network.inputs": 10})
    assert load(str(file), {"seed": 8}).seed == 8


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("task = ", "is not valid TOML"),
        ("seed = 1\n", 'the config names no task: add task = "...", one of oja'),
        ('task = "oha"\n', "there is no task oha: did you mean oja?"),
        ('task = "oja"\nnetwork = 3\n', "network = 3: input should be a table"),
        (b"\xff\xfe", "is not valid TOML"),
    ],
)
def test_a_file_that_cannot_be_used_says_why(tmp_path, text, says):
    """One sentence, with the file where it is the file that is wrong."""
    file = tmp_path / "mine.toml"
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(UserError) as caught:
        load(str(file))
    assert says in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_missing_file_is_named():
    """The sentence says what could have been given instead."""
    with pytest.raises(UserError, match=r"nowhere\.toml cannot be read .*give a task .* or a TOML file"):
        load("nowhere.toml")


def test_settings_of_one_config_leave_the_defaults_alone():
    """Also those in tables of tables, which a task's preset shares with all its configs."""
    before = load("principal-components")
    changed = load("principal-components", {"search.restarts.most": 0, "search.restarts.good": 9.0})
    assert changed != before
    assert load("principal-components") == before
