"""`plastica compare`: several runs in a table and a figure."""

import json

import numpy as np
import pytest
from small import small

import plastica
from plastica.comparison import curve
from plastica.experiment import Run


@pytest.fixture(scope="module")
def others(tmp_path_factory):
    """Small runs of other searches on Oja's task, one of them stopped at its beginning."""
    home = tmp_path_factory.mktemp("others")
    for name, settings in (
        ("adam", {"search.name": "adam"}),
        ("difference", {"search.name": "adam", "search.gradient": "finite-difference"}),
        ("random", {"search.name": "random"}),
    ):
        plastica.run("oja", small("oja", **settings), out=home / name)
    plastica.run("oja", small("oja"), out=home / "empty", max_seconds=0)
    return home


def test_a_row_for_each_run(call, finished, others, tmp_path, monkeypatch):
    """Task, search with its kind of gradient, losses, angle, trials, seconds; the figure is where it was asked for."""
    monkeypatch.chdir(tmp_path)
    said = call("compare", finished, others / "adam", others / "difference", others / "random", "--out", "a/figure.1")
    assert (said.status, said.err) == (0, "")
    lines = said.out.splitlines()
    for search in ("cma", "adam (exact)", "adam (finite-difference)", "random"):
        assert any(search in line for line in lines)
    assert lines[-2:] == ["a/figure.1.png", "a/figure.1.svg"]
    assert all((tmp_path / line).stat().st_size > 1000 for line in lines[-2:])


def test_json_has_the_numbers_of_the_summaries(call, finished, others, tmp_path):
    said = call("compare", finished, others / "random", "--json", "--out", tmp_path / "figure")
    first, second = json.loads(said.out)
    summary = Run.open(finished).summary()
    assert first["search"] == "cma"
    assert first["held_out"] == summary["held_out"]["loss"]
    assert {key: first[key] for key in ("task", "seed", "status", "loss", "angle_deg", "trials", "seconds")} == {
        key: summary[key] for key in ("task", "seed", "status", "loss", "angle_deg", "trials", "seconds")
    }
    assert second["search"] == "random"
    assert second["trials"] == 6 * 7 * 3


def test_trials_add_up(others):
    """Screening takes 16 candidates, then the favourite and the point, on three datasets each."""
    drawn = curve(Run.open(others / "adam"))
    np.testing.assert_array_equal(drawn.trials, 3 * (16 + 2 * np.arange(6)))
    assert (np.diff(drawn.seconds) >= 0).all()
    assert drawn.label == "adam (exact)"


def test_what_cannot_be_compared_is_said_in_a_sentence(call, finished, others, tmp_path):
    for arguments, sentence in (
        ((finished, finished), "is given twice"),
        ((finished, tmp_path / "nowhere"), "is not a folder"),
        ((finished, others / "empty"), "has no generation yet"),
    ):
        said = call("compare", *arguments, "--out", tmp_path / "figure")
        assert said.status == 2
        assert sentence in said.err
        assert len(said.err.splitlines()) == 1
