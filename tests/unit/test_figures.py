"""What the figures show: every term, the largest by name, a panel for each unit; and how their files are written."""

import errno
import os
from pathlib import Path

import numpy as np
import pytest
from matplotlib.figure import Figure
from small import small

import plastica
from plastica.analysis.ablation import Ablation
from plastica.comparison import Curve
from plastica.errors import UserError
from plastica.figures import (
    draw_comparison,
    draw_legend,
    draw_search,
    draw_spiking,
    figure,
    figures_folder,
    files_of,
    plot_comparison,
    plot_run,
    search_panels,
)
from plastica.figures.draw_ablation import MOST, ablation, rows_of
from plastica.rules.base import Parameter

TERMS = [Parameter(f"feedforward.A{k:03}") for k in range(20)]


@pytest.fixture(scope="module")
def oja(tmp_path_factory):
    """A small run of Oja's task."""
    return plastica.run("oja", small("oja"), out=tmp_path_factory.mktemp("oja") / "run")


def axes():
    return Figure().subplots()


def legend(panel):
    box = panel.get_legend()
    return [text.get_text() for text in box.get_texts()] if box else []


def made_up(increase):
    """An ablation with these increases of a loss of one."""
    increase = np.array(increase, dtype=float)
    return Ablation(tuple(f"A{k}" for k in range(len(increase))), 1 + increase, 1.0, np.full(len(increase), 0.01))


def test_an_ablation_shows_every_term_and_all_of_each_bar():
    """The most harmful terms too, within the axes however small they are beside the largest; the largest on top."""
    panel = ablation(axes(), made_up([17.0, *np.linspace(0.3, -3e-6, 26)]))
    labels = [text.get_text() for text in panel.get_yticklabels()]
    assert labels == [f"A{k}" for k in range(26, -1, -1)]
    low, high = panel.get_xlim()
    assert low < -3e-6 - 0.02
    assert high > 17.02
    assert "lower without" in panel.get_title()


def test_a_small_decrease_is_not_cut_off():
    """A loss that falls by a millionth of the largest increase has its bar within the axes."""
    result = made_up([17.0, -2e-5])
    panel = ablation(axes(), Ablation(result.names, result.loss, result.whole, np.zeros(2)))
    assert panel.get_xlim()[0] < -2e-5


def test_of_very_many_terms_the_largest_changes_are_drawn_and_the_others_counted():
    """By absolute increase: a large decrease stays, small increases go."""
    result = made_up([*np.geomspace(1e-4, 1, MOST + 30), -2.0])
    panel = ablation(axes(), result)
    labels = [text.get_text() for text in panel.get_yticklabels()]
    assert len(labels) == rows_of(result) == MOST
    assert labels[0] == f"A{MOST + 30}"
    assert "A0" not in labels
    assert f"left out: the 31 terms (of {MOST + 31})" in panel.get_title()


def test_a_rule_without_coefficients_has_an_empty_ablation():
    assert not ablation(axes(), made_up([])).patches


def test_the_figure_of_an_ablation_grows_with_its_terms(drawn, tmp_path):
    """No label is cut off: all that is drawn lies within the picture."""
    from plastica.figures import plot_ablation

    heights = []
    for count in (5, 54):
        plot_ablation(made_up(np.linspace(17, -0.1, count)), tmp_path)
        canvas = drawn["ablation.png"]
        canvas.draw_without_rendering()
        box = canvas.get_tightbbox()
        assert box.x0 >= 0
        assert box.y0 >= 0
        assert box.x1 <= canvas.get_figwidth()
        assert box.y1 <= canvas.get_figheight()
        heights.append(canvas.get_figheight())
    assert heights[1] > heights[0] + 4


def test_the_largest_terms_of_an_unknown_rule_have_names_and_colours():
    """By their last absolute value; each a colour of its own; the others are grey."""
    thetas = np.zeros((4, 20))
    thetas[:, 3], thetas[:, 7], thetas[:, 12], thetas[:, 5] = 1.0, -2.0, 0.5, 0.01
    thetas[0, 9] = 5.0  # large only at first
    panel = draw_search.parameters(axes(), thetas, TERMS, np.zeros(20))
    assert legend(panel) == ["$A_{003}$", "$A_{007}$", "$A_{012}$"]
    colours = [line.get_color() for line in panel.lines if not line.get_label().startswith("_")]
    assert len(set(colours)) == 3
    assert "0.75" not in colours


def test_the_known_rule_keeps_the_papers_colours():
    """Blue and gold, however small they are; besides them the largest others."""
    names = ["feedforward.A000", "feedforward.A021", "feedforward.A110", *(f"feedforward.A2{k:02}" for k in range(9))]
    known = np.zeros(12)
    known[1:3] = -1.0, 1.0
    thetas = np.zeros((3, 12))
    thetas[:, 0], thetas[:, 1] = 3.0, 1e-6
    panel = draw_search.parameters(axes(), thetas, [Parameter(name) for name in names], known)
    colours = {line.get_label(): line.get_color() for line in panel.lines if not line.get_label().startswith("_")}
    assert list(colours) == ["$A_{021}$", "$A_{110}$", "$A_{000}$"]
    assert (colours["$A_{021}$"], colours["$A_{110}$"]) == ("gold", "tab:blue")
    assert colours["$A_{000}$"] not in ("gold", "tab:blue")


def test_terms_of_one_name_carry_their_connection():
    space = [
        Parameter("feedforward.A110"),
        Parameter("lateral.A110"),
        Parameter("lateral.my_$rate"),
        Parameter("tau_a"),
    ]
    panel = draw_search.parameters(axes(), np.ones((2, 4)), space, np.zeros(4))
    assert legend(panel) == ["feedforward $A_{110}$", "lateral $A_{110}$", r"my_\$rate", r"$\tau_{\rm a}$"]
    panel.figure.draw_without_rendering()


@pytest.mark.parametrize(
    ("task", "settings", "labels"),
    [
        ("oja", {}, ["coefficient", "loss", "angle to known rule (°)"]),
        ("oja", {"rules.feedforward.terms": ["000", "110"]}, ["coefficient", "loss"]),
        (
            "inhibitory-balance",
            {},
            ["time constant (ms)", "coefficient ($10^{-3}$ per spike)", "loss", "angle to known rule (°)"],
        ),
    ],
)
def test_a_panel_for_each_unit_and_no_empty_one(tmp_path, task, settings, labels):
    """Time constants apart from coefficients; without a known rule that can be expressed, no angle."""
    run = plastica.run(task, small(task, generations=2, **settings), out=tmp_path / "run")
    panels = [panel(axes()) for panel in search_panels(run)]
    assert [panel.get_ylabel() for panel in panels] == labels
    assert all(panel.lines for panel in panels)


@pytest.mark.parametrize(("inputs", "expected"), [(2, 3), (3, 4)])
def test_explained_variance_is_shown_where_it_can_differ_from_one(drawn, tmp_path, inputs, expected):
    """Not with as many outputs as inputs, whose span is everything."""
    settings = {"network.inputs": inputs, "network.outputs": 2, "generations": 1}
    run = plastica.run("principal-components", small("principal-components", **settings), out=tmp_path / "run")
    plot_run(run)
    labels = [panel.get_ylabel() for panel in drawn["learning.png"].axes]
    assert len(labels) == expected
    assert ("explained variance" in labels) == (expected == 4)


def test_the_metrics_of_any_loss_have_a_panel(drawn, tmp_path):
    """Under a label of their own, or their names."""
    run = plastica.run("independent-components", small("independent-components", generations=1), out=tmp_path / "run")
    plot_run(run)
    labels = [panel.get_ylabel() for panel in drawn["learning.png"].axes]
    assert labels == ["loss", "|cos| with the nearest source", "length of the weights"]


def test_the_plane_of_alpha_and_beta_says_what_its_signs_are():
    """Start, end, failed, and the two lines; also where no search succeeded."""
    path = np.array([[20, 20, -1e-3, 5e-3, 0, 0], [20, 20, -2e-3, 8e-3, 0, 0]])
    panel = draw_spiking.alpha_beta_plane(axes(), [], [path], 21.0, 5.0)
    draw_spiking.key_to_plane(panel)
    assert set(legend(panel)) == {
        "start", "end", "failed", "postsynaptic only, Eq. (18)", r"Hebbian only, $\beta = 0$"
    }  # fmt: skip
    assert panel.get_ylim()[0] < 0


@pytest.mark.parametrize("count", [3, 30])
def test_no_legend_lies_on_a_trace(drawn, tmp_path, count):
    """That of a comparison is below both axes, whole, whatever the number of runs; each run has a look of its own."""
    ones = np.ones(4)
    curves = [Curve(f"inputs {k}, seed {k}, generations 300", ones, np.arange(1, 5), ones) for k in range(count)]
    plot_comparison(curves, tmp_path / "figure")
    canvas = drawn["figure.png"]
    canvas.draw_without_rendering()
    (box,) = canvas.legends
    assert len(box.get_texts()) == count
    extent = box.get_window_extent()
    assert extent.y0 >= 0
    assert extent.x1 <= canvas.bbox.x1
    for panel in canvas.axes:
        assert extent.y1 < panel.get_window_extent().y0
        assert panel.get_window_extent().height > 0.8 * canvas.dpi
    assert len({(line.get_color(), line.get_linestyle()) for line in canvas.axes[0].lines}) == count


def test_a_legend_beside_axes_is_outside_them(drawn, oja, tmp_path):
    plot_run(oja, tmp_path)
    for name in ("search.png", "learning.png"):
        drawn[name].draw_without_rendering()
        boxes = [(panel, panel.get_legend()) for panel in drawn[name].axes if panel.get_legend()]
        assert boxes
        for panel, box in boxes:
            assert box.get_window_extent().x0 >= panel.get_window_extent().x1
            assert box.get_window_extent().x1 <= drawn[name].bbox.x1


def test_runs_of_one_name_share_a_colour():
    """As the seeds of a method do in Fig. S1; in the legend it is once."""
    curves = [Curve(name, np.ones(2), np.ones(2), np.ones(2)) for name in ("a", "a", "b")]
    panel = draw_comparison.loss_against_trials(axes(), curves)
    first, second, third = (line.get_color() for line in panel.lines)
    assert first == second != third
    draw_legend.beside(panel)
    assert legend(panel) == ["a", "b"]


def test_a_figure_is_three_files_which_are_the_same_every_time(oja, tmp_path):
    """PNG, SVG and PDF, none with a date; the PNG has 300 dots per inch."""
    first, again = plot_run(oja, tmp_path / "a"), plot_run(oja, tmp_path / "deep" / "b")
    assert [file.name for file in first] == [
        f"{s}.{f}" for s in ("search", "learning", "rule") for f in ("png", "svg", "pdf")
    ]
    for one, other in zip(first, again, strict=True):
        content = one.read_bytes()
        assert content == other.read_bytes()
        assert b"CreationDate" not in content
        assert b"<dc:date>" not in content
    assert int.from_bytes(first[0].read_bytes()[16:20]) == pytest.approx(300 * 2.8 * 3, abs=2)


def test_panels_have_letters_where_asked(drawn, tmp_path):
    with figure(tmp_path / "figure", panels=2, rows=2, letters=True):
        pass
    assert [panel.texts[0].get_text() for panel in drawn["figure.png"].axes] == ["A", "B", "C", "D"]


def test_a_full_disk_is_said_in_a_sentence(monkeypatch, tmp_path):
    def full(*_, **__):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(Figure, "savefig", full)
    with (
        pytest.raises(UserError, match=r"figure\.png cannot be written \(No space left on device\): .* --out DIR$"),
        figure(tmp_path / "figure", panels=1),
    ):
        pass


def test_a_run_draws_through_no_link(oja, tmp_path):
    """Neither its folder of figures nor a file in it; a folder that the user names may be one."""
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    oja.folder.figures.symlink_to(elsewhere)
    try:
        with pytest.raises(UserError, match=r"figures is a symbolic link, .* --out DIR$"):
            plot_run(oja)
    finally:
        oja.folder.figures.unlink()
    assert not list(elsewhere.iterdir())
    chosen, victim = tmp_path / "chosen", tmp_path / "victim"
    chosen.symlink_to(elsewhere)
    victim.write_text("mine")
    (elsewhere / "search.png").symlink_to(victim)
    with pytest.raises(UserError, match=r"search\.png is a symbolic link"):
        plot_run(oja, chosen)
    assert victim.read_text() == "mine"
    (elsewhere / "search.png").unlink()
    assert all(file.is_file() for file in plot_run(oja, chosen))


def test_a_folder_that_may_only_be_read_is_noticed_at_once(oja, monkeypatch, tmp_path):
    monkeypatch.setattr(os, "access", lambda *_: False)
    with pytest.raises(UserError, match=r"cannot be written \(Permission denied\)"):
        figures_folder(oja, tmp_path)


def test_the_files_of_a_stem_keep_its_dots():
    assert [file.name for file in files_of(Path("a/figure.1"))] == ["figure.1.png", "figure.1.svg", "figure.1.pdf"]


@pytest.mark.parametrize("name", ["delta-rule", "associative-memory"])
def test_what_learns_by_updates_has_a_portrait(name, tmp_path, drawn):
    """A panel for the loss and for each metric, with the learned rule beside the known one."""
    run = plastica.run(name, small(name) | {"network.updates": 3}, out=tmp_path / "run")
    plot_run(run)
    panels = drawn["learning.png"].axes
    metrics = run.task.evaluate(run.theta, run.task.keys(1, "search", 1)).metrics
    assert len(panels) == 1 + len(metrics) == 2
    assert legend(panels[-1]) == ["learned rule", "known rule"]
