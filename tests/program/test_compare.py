"""`plastica compare`: several runs in a table and a figure."""

import json

import numpy as np
import pytest
from small import small

import plastica
from plastica.comparison import curve, named
from plastica.kept import Run


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
    assert lines[-3:] == ["a/figure.1.png", "a/figure.1.svg", "a/figure.1.pdf"]
    assert all((tmp_path / line).stat().st_size > 1000 for line in lines[-3:])


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
    drawn = curve(Run.open(others / "adam"), "a name")
    np.testing.assert_array_equal(drawn.trials, 3 * (16 + 2 * np.arange(6)))
    assert (np.diff(drawn.seconds) >= 0).all()
    assert drawn.label == "a name"


@pytest.fixture
def made(tmp_path):
    """Runs that have not begun, by their settings."""

    def make(*settings):
        folders = [tmp_path / f"run-{k}" for k in range(len(settings))]
        return [
            plastica.run(task, small(task, **own), out=folder, max_seconds=0)
            for own, folder in zip(settings, folders, strict=True)
            for task in [own.pop("task", "oja")]
        ]

    return make


def test_runs_are_named_by_what_differs_and_sorted_by_number(made):
    """3 inputs before 100, seed 2 before seed 10, whatever the order in which they are given."""
    runs = made(
        {"seed": 10, "network.inputs": 3},
        {"seed": 2, "network.inputs": 100},
        {"seed": 2, "network.inputs": 3},
    )
    found = named(runs)
    assert list(found) == ["inputs 3, seed 2", "inputs 3, seed 10", "inputs 100, seed 2"]
    assert list(found.values()) == [runs[2], runs[0], runs[1]]


def test_fractions_are_sorted_by_value(made):
    sigmas = made(*({"search.sigma0": sigma0} for sigma0 in (0.2, 1e-5, 0.05)))
    assert list(named(sigmas)) == ["cma, sigma0 1e-05", "cma, sigma0 0.05", "cma, sigma0 0.2"]


def test_negative_settings_are_sorted_by_value(made):
    potentials = made(
        *({"task": "inhibitory-balance", "network.e_inhibitory_mv": potential} for potential in (-70.0, -80.0))
    )
    assert list(named(potentials)) == ["e_inhibitory_mv -80", "e_inhibitory_mv -70"]


def test_a_name_has_task_and_search_where_they_differ(made):
    """Settings count where runs of the same task differ in them; how the work is carried does not."""
    runs = made(
        {"search.name": "random", "engine.threads": 2},
        {"seed": 5},
        {"task": "principal-components"},
        {"search.name": "adam"},
    )
    assert list(named(runs)) == [
        "oja, adam (exact), seed 1",
        "oja, cma, seed 5",
        "oja, random, seed 1",
        "principal-components, cma",
    ]


def test_settings_of_a_search_tell_alike_runs_apart(made):
    """And where nothing does, the folder."""
    runs = made(
        {"search.population": 12},
        {"search.population": 6},
        {"search.name": "random"},
        {"search.population": 12},
    )
    assert list(named(runs)) == [
        "cma, population 6",
        "cma, population 12, run-0",
        "cma, population 12, run-3",
        "random",
    ]
    assert list(named(runs[:1])) == ["cma"]


def test_table_and_figure_have_the_same_names_in_the_same_order(call, tmp_path):
    """The legend of the figure says what the first column says."""
    for seed in (10, 2):
        plastica.run("oja", small("oja", seed=seed), out=tmp_path / f"s{seed}")
    said = call("compare", tmp_path / "s10", tmp_path / "s2", "--out", tmp_path / "figure")
    assert [line.strip()[:7].strip() for line in said.out.splitlines()[1:3]] == ["seed 2", "seed 10"]
    text = (tmp_path / "figure.svg").read_text()
    assert 0 < text.index(">seed 2<") < text.index(">seed 10<")
    rows = json.loads(call("compare", tmp_path / "s10", tmp_path / "s2", "--json", "--out", tmp_path / "figure").out)
    assert [row["name"] for row in rows] == ["seed 2", "seed 10"]


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
