"""The scripts of the paper's claims, whole, with settings that take seconds."""

from importlib import import_module
from pathlib import Path

import numpy as np
import pytest

from plastica.analysis.mean_field import predicted_rate

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
    assert out.splitlines()[-2:] == ["runs/bias.png", "runs/bias.svg"]
    assert all(Path(file).stat().st_size > 5000 for file in out.splitlines()[-2:])
