"""The figures and tables of virtual protocols: a panel for each thing that is seen, a line for each that differs."""

import csv

import numpy as np
import pytest
from matplotlib.figure import Figure
from stated import spike_rule

from plastica import formula
from plastica.analysis.protocols import Response, protocols, readable
from plastica.analysis.protocols.activities import of_activities
from plastica.analysis.protocols.spikes import of_spikes
from plastica.config import load
from plastica.errors import UserError
from plastica.figures import draw_protocols, plot_protocols
from plastica.figures.protocol_figures import all_panels, csv_of, main_panels, plot_rule
from plastica.rules.expression import name
from plastica.rules.spike_pair import SpikePair, vogels_2011
from plastica.rules.volterra import Volterra


@pytest.fixture(scope="module")
def vogels():
    return of_spikes(SpikePair(), vogels_2011(), [0.1, 0.5, 0.9], seed=1)


@pytest.fixture(scope="module")
def oja():
    return of_activities(Volterra(), Volterra().known("oja"), "linear")


def axes():
    return Figure().subplots()


def legend(panel):
    box = panel.get_legend()
    return [text.get_text() for text in box.get_texts()] if box else []


def test_a_table_has_a_line_for_each_point(vogels):
    """With the place on each axis, and nothing where a value is not finite."""
    lines = list(csv.reader(csv_of(vogels["window"]).splitlines()))
    assert lines[0] == ["weight", "frequency_hz", "lag_ms", "change"]
    assert len(lines) == 1 + 3 * 4 * 68
    place = lines[1 + 68 + 3]
    assert place[:3] == ["0.1", "10.0", str(vogels["window"].axes["lag_ms"][3])]
    assert float(place[3]) == vogels["window"].values["change"][0, 1, 3]
    gaps = Response({"w": np.array([1.0, 2.0])}, {"change": np.array([np.inf, 3.0])})
    assert csv_of(gaps) == "w,change\n1.0,\n2.0,3.0\n"
    assert gaps.plain()["values"] == {"change": [None, 3.0]}


def test_what_does_not_depend_on_the_weight_is_one_line(vogels):
    panel = draw_protocols.window_of_weights(axes(), vogels["window"])
    assert legend(panel) == []
    assert len(panel.lines) == 2 + 2  # the branches, and the two axes through zero
    down = spike_rule(name("w") * 0.99, name("w"))
    found = of_spikes(down, np.array([20.0, 20.0]), [0.1, 0.5, 0.9], seed=1)
    assert legend(draw_protocols.window_of_weights(axes(), found["window"])) == ["w = 0.1", "w = 0.5", "w = 0.9"]
    assert draw_protocols.rates(axes(), found["rates"]).get_title() == "Poisson trains, w = 0.5"


def test_a_window_ends_where_the_next_pairing_is_nearer(vogels):
    panel = draw_protocols.window_of_frequencies(axes(), vogels["window"])
    assert legend(panel) == ["1 Hz", "10 Hz", "20 Hz", "50 Hz"]
    (fast,) = (line for line in panel.lines if line.get_label() == "50 Hz")
    assert fast.get_xdata()[np.isfinite(fast.get_ydata())].min() == -10.0


def test_fixed_points_are_full_where_they_are_stable(oja):
    panel = draw_protocols.mean(axes(), oja["mean"], oja["fixed-points"])
    marks = {line.get_label(): line for line in panel.lines if line.get_marker() == "o"}
    assert {label: line.get_xdata().tolist() for label, line in marks.items()} == {"stable": [-1, 1], "unstable": [0]}
    assert panel.get_xlim() == (-1.5, 1.5)
    assert "y = wx" in panel.get_title()


def test_each_kind_of_rule_has_its_panels(vogels, oja):
    delta = of_activities(formula(change="a*x*e"), np.ones(1), "linear")
    assert [len(all_panels(found)) for found in (vogels, oja, delta)] == [6, 4, 3]
    assert [len(main_panels(found)) for found in (vogels, oja, delta)] == [2, 2, 2]
    panels = [panel(axes()) for panel in all_panels(delta)]
    assert [panel.get_xlabel() for panel in panels] == ["postsynaptic activity y", "e", "weight w"]
    assert panels[0].get_title() == "any w, e = 1"
    assert panels[2].get_title() == "x normal, y = wx, e of a teacher"


def test_nothing_of_a_figure_is_cut_off(vogels, oja, drawn, tmp_path):
    """All panels, and those of a portrait with two connections, each under its name."""
    plot_protocols({"a/b": vogels}, tmp_path)
    plot_rule({"feedforward": oja, "lateral": oja}, tmp_path / "rule")
    assert {file.name for file in tmp_path.iterdir()} == {f"protocols-a_b-{one}.csv" for one in vogels}
    for file in ("protocols-a_b.png", "rule.png"):
        canvas = drawn[file]
        canvas.draw_without_rendering()
        box = canvas.get_tightbbox()
        assert min(box.x0, box.y0) >= 0
        assert box.x1 <= canvas.get_figwidth()
        assert box.y1 <= canvas.get_figheight()
    titles = [panel.get_title(loc="left") for panel in drawn["rule.png"].axes]
    assert [title.partition(":")[0] for title in titles] == ["feedforward"] * 2 + ["lateral"] * 2


def test_a_rule_whose_numbers_leave_all_bounds_is_drawn_all_the_same(drawn, tmp_path):
    """Without a warning; what is not finite is a gap."""
    wild = formula(change="exp(a*w) + log(x) - y/0 + b*y**3")
    found = {"feedforward": of_activities(wild, np.array([1e5, 1e150]), "linear")}
    plot_protocols(found, tmp_path)
    drawn["protocols-feedforward.png"].draw_without_rendering()
    steep = spike_rule(name("w") * name("a"), name("w") + name("x_pre"))
    plot_protocols({"inhibitory": of_spikes(steep, np.array([20.0, 20.0, 1e20]), [0.1, 0.5], seed=1)}, tmp_path)
    drawn["protocols-inhibitory.png"].draw_without_rendering()


def test_what_protocols_cannot_read_is_said():
    """A spiking rule that reads more than traces and the weight."""
    strange = spike_rule(name("w") + name("x_post"), name("w"), ())
    object.__setattr__(strange, "names", ())
    assert not readable(strange)
    task = load("inhibitory-balance").composed
    object.__setattr__(task, "rules", {"inhibitory": strange})
    with pytest.raises(UserError, match=r"^rules.inhibitory states on_pre and on_post: a protocol reads"):
        protocols(task, np.empty(0))


def test_a_fixed_connection_is_read_too():
    """By its numbers, without parameters; weights of spiking rules go with their largest."""
    settings = {"rules.lateral.fixed": "anti_hebb"}
    task = load("principal-components", settings).composed
    found = protocols(task, task.rules["feedforward"].known("oja"))
    assert found["lateral"]["fixed-points"].axes["w"].tolist() == [0.0]
    task = load("inhibitory-balance", {"network.weight_max": 20.0}).composed
    found = protocols(task, vogels_2011())
    assert found["inhibitory"]["window"].axes["weight"].tolist() == [2.0, 10.0, 18.0]
