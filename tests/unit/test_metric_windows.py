"""Windows of metrics: what lies within costs nothing, and a trial that ended early more than any other."""

import numpy as np
import pytest
from small import small

from plastica.config import load
from plastica.errors import UserError
from plastica.inner.outcome import Outcome
from plastica.tasks.losses.metric_windows import PLAUSIBLE, MetricWindows


class Trials:
    """What the loss reads of three candidates on one dataset."""

    outcome = np.array([[Outcome.OK], [Outcome.OK], [Outcome.SILENT]], np.int8)
    share = np.array([[1.0], [1.0], [0.5]])

    def __init__(self, **metrics):
        self.metrics = {name: np.array(values)[:, None] for name, values in metrics.items()}


def test_the_loss_is_that_of_its_docstring():
    windows = {"rate_hz": (1.0, 50.0), "cv": (0.7, 2.0)}
    loss, _ = MetricWindows(counted=tuple(windows), windows=windows).score(
        Trials(rate_hz=[10, 100, 0], cv=[0.9, 0.35, 0]), [None]
    )
    np.testing.assert_allclose(loss[:, 0], [0, (50 / 100 + 0.35 / 1.05) / 2, 1 + np.exp(-0.5)])
    loss, _ = MetricWindows(counted=("auto_cov",), windows={"auto_cov": (0.0, 0.0)}).score(
        Trials(auto_cov=[0, 1, 0]), [None]
    )
    np.testing.assert_allclose(loss[:2, 0], [0, 0.5])


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({"loss.windows.speed": [0.0, 1.0]}, "there is no metric speed: choose from rate_hz"),
        ({"loss.counted": ["speed"]}, "there is no metric speed: choose from rate_hz"),
        ({"loss.counted": ["cv_i"]}, "counted names cv_i, which has no window: add windows.cv_i = [least, most]"),
        ({"loss.windows.cv": [2.0, 1.0]}, "windows.cv = [2, 1]: write the smaller number first"),
        ({"loss.counted": []}, "asks for nothing"),
    ],
)
def test_windows_that_cannot_be_are_refused_in_a_sentence(settings, sentence, tmp_path):
    with pytest.raises(UserError) as refusal:
        load(written(tmp_path), settings)
    assert sentence in str(refusal.value)
    assert "\n" not in str(refusal.value)


def written(folder):
    """A task of these parts as a file."""
    file = folder / "plausible.toml"
    file.write_text(
        'task = "plausible"\n[parts]\nnetwork = "recurrent"\ndata = "networks"\nloss = "metric-windows"\n'
        'rules = {IE = "spike-pair"}\n'
    )
    return str(file)


def test_a_network_is_scored_by_its_windows(tmp_path):
    """All published ones count, and random rules are told apart."""
    settings = {
        key: value for key, value in small("recurrent-stability").items() if key.startswith(("network", "data"))
    }
    task = load(written(tmp_path), settings).composed
    evaluation = task.evaluate(task.space.draw(np.random.default_rng(1), 3), task.keys(1, "search", 2))
    assert evaluation.loss.shape == (3, 2)
    assert ((evaluation.loss > 0) & (evaluation.loss <= 2)).all()
    assert set(PLAUSIBLE) <= set(evaluation.metrics)
