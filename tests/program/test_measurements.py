"""The scripts of the paper's claims, whole, with settings that take seconds."""

from importlib import import_module
from pathlib import Path

import numpy as np
import pytest
from small import small

from plastica.analysis.mean_field import predicted_rate
from plastica.config import load
from plastica.kept import Run

PAPER = Path(__file__).parents[2] / "papers" / "confavreux2020"


@pytest.fixture
def script(monkeypatch, tmp_path):
    """A script of the paper by name, in an empty folder."""
    monkeypatch.syspath_prepend(PAPER)
    monkeypatch.chdir(tmp_path)
    return import_module


def rows(out):
    """The numbers of a printed Markdown table, cell by cell."""
    return [line.strip("| ").split(" | ") for line in out.splitlines() if line.startswith("| ") and line[2].isdigit()]


def test_the_rules_of_bias_hold_what_they_should(script):
    """Whatever its Hebbian share, which runs from the postsynaptic rule to that of Vogels et al."""
    bias = script("bias")
    for share in bias.SHARES:
        assert predicted_rate(bias.mixed(share, 8.0), bias.PRE_HZ) == pytest.approx(8.0)
    assert (bias.mixed(0.0, 5.0)[4:] == 0).all()
    np.testing.assert_array_equal(bias.mixed(1.0, 5.0), bias.vogels_2011(bias.ETA, 5.0))


def test_bias_counts_every_spike_of_an_afferent(script):
    """Against counting in the obvious way; a last bin that is not whole is left out."""
    bias = script("bias")
    settings = {"network.training_s": 0.3, "network.scoring_s": 0.21, "network.window_s": 0.1}
    task = bias.load("inhibitory-balance", settings).composed
    dataset = task.dataset(bias.Key(1, "held-out"))
    counts = np.zeros((200, 26), int)
    for m, step in enumerate(dataset.drive.event_step[:-1]):
        for synapse in dataset.drive.event_synapse[dataset.drive.event_first[m] : dataset.drive.event_first[m + 1]]:
            counts[synapse, step // 200] += 1
    np.testing.assert_array_equal(bias.spike_counts(task, dataset), counts[:, :25].reshape(8, 25, 25))


def test_bias_knows_the_correlation_of_what_is_alike(script):
    """Afferents whose counts share half of their variance, and independent ones."""
    bias = script("bias")
    generator = np.random.default_rng(1)
    shared, own = generator.standard_normal((3, 1, 20000)), generator.standard_normal((3, 5, 20000))
    assert bias.group_correlation(shared + own) == pytest.approx(0.5, abs=0.02)
    assert bias.group_correlation(own) == pytest.approx(0.0, abs=0.02)
    np.testing.assert_allclose(bias.excess(1 / (1 + 0.4 * np.array(bias.SHARES))), 0.4)


def test_bias_prints_its_tables_and_draws_its_figure(script, monkeypatch, capsys):
    bias = script("bias")
    times = {"network.training_s": 2.0, "network.scoring_s": 1.0, "network.window_s": 1.0}
    monkeypatch.setattr(bias, "SETTINGS", times)
    monkeypatch.setattr(bias, "DATASETS", 2)
    monkeypatch.setattr(bias, "INPUTS", bias.INPUTS[::6])
    bias.main()
    out = capsys.readouterr().out
    assert [row[0] for row in rows(out)] == ["0", "200"] * len(bias.TARGETS_HZ)
    independent, correlated = (float(row[3]) for row in rows(out)[:2])
    assert abs(independent) < 0.1 < 0.5 < correlated
    assert out.splitlines()[-2:] == ["runs/bias.svg", "runs/bias.pdf"]
    assert all(Path(file).stat().st_size > 5000 for file in out.splitlines()[-2:])


@pytest.fixture
def scaling(script, monkeypatch):
    """Searches of six generations at most, of which the first five have any loss."""
    module = script("scaling")
    monkeypatch.setattr(module, "SETTINGS", small("principal-components", **{"search.average": 1}))
    monkeypatch.setattr(module, "SIZES", ())
    monkeypatch.setattr(module, "SEEDS", (1, 2))
    monkeypatch.setattr(module, "LOSS", 1e9)
    return module


def test_searches_of_scaling_end_at_the_loss_and_are_not_done_again(scaling, monkeypatch, capsys):
    """The median of five generations is known after five; a lower loss sends the same searches on to their end."""
    scaling.main(["--sizes", "3x2", "4x3"])
    out = capsys.readouterr().out
    assert out.startswith("4 searches to do")
    assert [row[:4] for row in rows(out)] == [["3", "2", "2 of 2", "5 (5-5)"], ["4", "3", "2 of 2", "5 (5-5)"]]
    assert all(Path(file).stat().st_size > 5000 for file in ("runs/scaling.png", "runs/scaling.svg"))
    scaling.main(["--sizes", "3x2", "--seeds", "1"])
    out = capsys.readouterr().out
    assert out.startswith("0 searches to do")
    assert len(rows(out)) == 1
    monkeypatch.setattr(scaling, "LOSS", 1e-9)
    scaling.main(["--sizes", "3x2", "--seeds", "1"])
    assert [row[2:6] for row in rows(capsys.readouterr().out)] == [["0 of 1", "-", "-", "-"]]
    assert Run.open(scaling.folder((3, 2), 1)).is_complete


def test_scaling_refuses_other_settings_in_its_folder(scaling, monkeypatch):
    scaling.search((3, 2), 1)
    monkeypatch.setitem(scaling.SETTINGS, "network.updates", 21)
    with pytest.raises(SystemExit, match="another config: delete it"):
        scaling.main(["--sizes", "3x2", "--seeds", "1"])


@pytest.mark.parametrize("wrong", ["5", "5x", "x2", "2x3", "5x1", "axb"])
def test_scaling_explains_a_size_that_is_none(script, wrong, capsys):
    with pytest.raises(SystemExit):
        script("scaling").main(["--sizes", wrong])
    assert f"{wrong}: write inputs x outputs" in capsys.readouterr().err


def test_generations_until_the_loss_stays(script):
    """As the median of five: two low ones by luck do not count, three do."""
    scaling = script("scaling")
    task = load("principal-components", {"network.outputs": 2}).composed  # a loss of 0.2
    assert scaling.generations(np.array([2, 0.1, 0.1, 2, 2, 2, 0.2, 0.2, 0.2, 0.2]), task) == 9
    assert scaling.generations(np.array([0.1] * 4), task) == np.inf
    assert scaling.generations(np.array([0.21] * 9), task) == np.inf


def test_updates_of_the_known_rules_are_the_fewest(script):
    """With one less the loss is higher than asked."""
    scaling = script("scaling")
    task = load("principal-components", {"network.inputs": 4, "network.outputs": 2, "data.count": 2}).composed
    fewest = scaling.updates_of_known_rules(task, 1)
    keys = task.keys(1, "held-out", 2)
    for updates, is_low in ((fewest, True), (fewest - 1, False)):
        shorter = load(
            "principal-components",
            {"network.inputs": 4, "network.outputs": 2, "data.count": 2, "network.updates": int(updates)},
        ).composed
        loss = shorter.evaluate(task.known_theta(task.targets), keys).loss.mean()
        assert (loss <= 0.2) == is_low


@pytest.mark.parametrize(
    ("law", "numbers", "better"),
    [
        (lambda n, m: 3 * n**1.5 * m**2, ["1.50", "2.00", "1.00"], "the power law"),
        (lambda n, m: 3 * 2 ** (n / 10) * 1.5**m, ["2.00", "1.50", "1.00"], "the exponential"),
    ],
)
def test_fits_of_scaling_find_the_law(script, capsys, law, numbers, better):
    """Each law is found again from points that obey it; searches without an end do not count."""
    scaling = script("scaling")
    sizes = [(n, m) for n in (5, 10, 20, 50) for m in (2, 3, 5)]
    value = {size: np.array([law(*size), np.inf]) for size in sizes}
    value[5, 2] = np.array([np.inf])
    scaling.fits({size: dict.fromkeys(scaling.FITTED, values) for size, values in value.items()})
    lines = [line.strip("| ").split(" | ") for line in capsys.readouterr().out.splitlines()[-len(scaling.FITTED) :]]
    for line in lines:
        assert (line[1:4] if better == "the power law" else line[4:7]) == numbers
        assert line[7] == better


def test_too_few_sizes_have_no_fit(script, capsys):
    scaling = script("scaling")
    values = {(5, m): dict.fromkeys(scaling.FITTED, np.array([1.0])) for m in (2, 3)}
    scaling.fits(values)
    assert capsys.readouterr().out.count("sizes are too few: 2, of 5 at least") == len(scaling.FITTED)
