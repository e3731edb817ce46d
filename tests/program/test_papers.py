"""The scripts that make the paper's figures, in small: what they draw, and what they say."""

import importlib
import sys
from pathlib import Path

import pytest
from small import small

import plastica
from plastica.config import load
from plastica.errors import UserError

SCRIPTS = Path(__file__).parents[2] / "papers" / "confavreux2020"


@pytest.fixture
def script(monkeypatch, tmp_path):
    """A script by name, as if started in an empty folder."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(SCRIPTS)

    def fresh(name):
        for loaded in (name, "searches"):
            monkeypatch.delitem(sys.modules, loaded, raising=False)
        return importlib.import_module(name)

    yield fresh
    for file in SCRIPTS.glob("*.py"):
        sys.modules.pop(file.stem, None)


@pytest.fixture
def fig3(script):
    """Fig. 3 with two small searches by Adam, and one by the task's default."""
    found = script("fig3")
    found.SEEDS, found.DEFAULT_SEEDS = range(1, 3), range(101, 102)
    found.SETTINGS |= small("inhibitory-balance")
    found.DEFAULT_SETTINGS |= small("inhibitory-balance")
    return found


@pytest.mark.parametrize(
    "success", [pytest.param(-1.0, id="none"), pytest.param(1e9, id="all", marks=pytest.mark.slow)]
)
def test_fig3_is_drawn_whether_searches_succeed_or_not(fig3, capsys, success):
    """Where none does, it says so and shows the best."""
    fig3.SUCCESS = success
    files = fig3.main()
    assert len(files) == 9
    assert all(file.is_file() for file in files)
    said = capsys.readouterr().out
    assert ("none of the 2 searches by Adam" in said) == (success < 0)
    for line in ("1 of 2: seed=1 is done", "2 of 2: seed=2 is done", "1 of 1: seed=101 is done"):
        assert line in said
    text = Path("runs/fig3d.svg").read_text()
    assert f"Adam: {0 if success < 0 else 2} of 2 succeeded" in text
    for sign in (">start<", ">end<", ">failed<", ">postsynaptic only, Eq. (18)<"):
        assert sign in text


def test_fig3_keeps_the_papers_method(script):
    """Adam on finite differences from one random rule, all of it set in the script: no default of the task matters."""
    fig3 = script("fig3")
    search = load(fig3.TASK, fig3.SETTINGS).search_section
    assert (search.name, search.gradient, search.screen, search.restarts.most) == ("adam", "finite-difference", 1, 0)
    given = {key.removeprefix("search.") for key in fig3.SETTINGS if key.startswith("search.")}
    assert search.start == {}
    assert set(type(search).model_fields) - {"differences", "restarts", "start", "start_step"} <= given


def test_a_script_prints_its_files_and_a_users_error_in_a_sentence(script, capsys):
    """Files one a line; an incomplete run, say, is refused with exit status 2."""
    searches = script("searches")
    with pytest.raises(SystemExit) as end:
        searches.script(lambda: [Path("runs/a.png"), Path("runs/a.pdf")])
    assert not end.value.code
    assert capsys.readouterr().out == "runs/a.png\nruns/a.pdf\n"

    def refuse():
        raise UserError("runs/fig1-3-inputs is not complete")

    with pytest.raises(SystemExit) as end:
        searches.script(refuse)
    assert end.value.code == 2
    assert capsys.readouterr().err == "plastica: runs/fig1-3-inputs is not complete\n"


@pytest.mark.parametrize(("name", "task"), [("fig1", "oja"), ("fig2", "principal-components")])
def test_a_row_for_each_search_with_letters(script, monkeypatch, name, task):
    """Three panels a search: coefficients, loss, angle."""
    figure = script(name)
    figure.INPUTS = (3, 5) if name == "fig1" else (5, 6)
    study = plastica.study
    monkeypatch.setattr(plastica, "study", lambda task, own, **kwargs: study(task, {**small(task), **own}, **kwargs))
    assert [str(file) for file in figure.main()] == [f"runs/{name}.{suffix}" for suffix in ("png", "svg", "pdf")]
    text = Path(f"runs/{name}.svg").read_text()
    assert all(f">{letter}<" in text for letter in "ABCDEF")


def test_the_family_is_drawn_and_told(script, monkeypatch, capsys):
    """Rounds, fresh datasets, theory, coverage, ends of other searches; a figure of four panels, and one of pairs."""
    figure = script("family")
    figure.WINDOWS = {"rate_hz": (1.0, 60.0)}
    short = {"search.population": 20, "search.rules": 0, "search.windows": figure.WINDOWS, "generations": 3}
    figure.FILTER = small(figure.TASK, **(figure.FILTER | short))
    figure.OTHERS = {"CMA-ES": small(figure.TASK, **{"search.name": "cma"})}
    figure.SHORT, figure.DRAWN, figure.SIMULATED, figure.FRESH = {}, 4000, 8, 2
    monkeypatch.setattr(figure, "plot_family", lambda table, stem: [stem])
    files = figure.main()
    assert [str(file) for file in files] == [*(f"runs/family.{s}" for s in ("png", "svg", "pdf")), "runs/family-pairs"]
    said = capsys.readouterr().out
    for part in (
        "kept in each round, %: ",
        "distinct rules kept; ",
        "excess of pairs c = ",
        "hold rate and regularity",
    ):
        assert part in said
    assert said.count("| CMA-ES | ") == 2
    text = Path("runs/family.svg").read_text()
    assert all(f">{label}<" in text for label in ("A", "B", "C", "D", "kept", "CMA-ES", "Eq. (17)"))


def test_seeds_that_tune_are_not_those_that_are_reported(script):
    figure = script("figS1")
    assert not set(figure.SEEDS) & set(figure.TUNING_SEEDS)
    assert min(figure.SEEDS) > 100


def test_each_method_is_tuned_and_then_runs_at_all_sizes(script, capsys):
    """In small: what tuning chose is what the sizes are searched with, in turns."""
    figure = script("figS1")
    figure.SIZES, figure.SEEDS, figure.TUNING_SEEDS, figure.LOSS = (2, 3), (101, 102), (1,), 1e9
    figure.SETTINGS = {key: value for key, value in small("oja").items() if not key.startswith("search.")}
    figure.METHODS = {
        "CMA-ES": ({"search.name": "cma"}, {"search.population": (6, 8)}),
        "Adam": ({"search.name": "adam", "search.gradient": "finite-difference"}, {"search.learning_rate": (0.1,)}),
    }
    assert all(file.is_file() for file in figure.main())
    said = capsys.readouterr().out
    assert "CMA-ES: chosen population=6" in said
    assert [line.split(" | ")[:3] for line in said.splitlines() if line.startswith("| 2")] == [
        ["| 2", "CMA-ES", "2 of 2"],
        ["| 2", "Adam", "2 of 2"],
    ]
    sizes = plastica.Study.open("runs/figS1/sizes")
    assert [(s.config.search_section.name, s.config.composed.network.inputs) for s in sizes.settings] == [
        ("cma", 2), ("adam", 2), ("cma", 3), ("adam", 3)
    ]  # fmt: skip
    assert sizes.settings[0].config.search_section.population == 6
