"""What `plastica check` finds: each check notices a task that breaks just its promise."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from plastica.config import load
from plastica.inner.footprint import Footprint
from plastica.inner.outcome import Outcome
from plastica.python_file import read_file
from plastica.tasks import TASKS, Task
from plastica.testing import check_task, checks

own = read_file("source", Path(__file__).parents[1] / "data" / "own_task.py", None).module()
CONFIG = load(str(Path(own.__file__)), trust=True)
SMALL = {"network.updates": 20, "data.count": 3, "data.batches": 2}


class Careless(own.ThresholdNeuron):
    """A network whose trials are changed by `fault`."""

    fault: str = ""

    def dataset(self, data, rules, key):
        generator = np.random.default_rng() if self.fault == "chance" else key.generator(1)
        dataset = super().dataset(data, rules, key)
        if self.fault == "one":
            return replace(dataset, x=np.ones_like(dataset.x), w=np.ones_like(dataset.w), axis=np.ones(self.inputs))
        return replace(dataset, w=0.1 * generator.standard_normal(self.inputs))

    def footprint(self, data, rules):
        small = Footprint(8, 8, 8, 8, ())
        return small if self.fault == "small" else super().footprint(data, rules)

    def simulate(self, rules, thetas, datasets):
        trials = super().simulate(rules, thetas, datasets)
        w, outcome = trials.w.copy(), trials.outcome.copy()
        if self.fault == "rank":
            w += 1e-9 * np.arange(len(w))[:, None, None]
        elif self.fault == "neighbour":
            w += float((trials.outcome != Outcome.OK).any())
        elif self.fault == "mean":
            w = w - 1e-3 * w.mean(axis=1, keepdims=True)
        elif self.fault == "calm":
            outcome[:] = Outcome.OK
        elif self.fault == "unheard":
            outcome[outcome == Outcome.EXPLODED] = 9
        return own.Trials(outcome, w)


class Endless:
    """A loss that is not finite where a trial failed."""

    def score(self, trials, datasets):
        return np.where(trials.outcome == Outcome.OK, 1.0, np.nan), {}


class Unmeasured:
    """A metric that is not finite."""

    def score(self, trials, datasets):
        return own.angle(trials, datasets), {"odd": np.full(trials.outcome.shape, np.inf)}


def found(**changes) -> dict[str, str]:
    """What the checks of a task say that is changed in these parts."""
    task = replace(CONFIG.composed, **changes)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(type(CONFIG), "composed", property(lambda _: task))
        return {check.name.split(",")[0]: check.problem for check in checks(CONFIG) if check.problem}


@pytest.mark.parametrize(
    ("changes", "name", "problem"),
    [
        ({"network": Careless(fault="chance")}, "a dataset follows from its key", "the same key gives other losses"),
        ({"network": Careless(fault="one")}, "a dataset follows from its key", "all keys give the same losses"),
        ({"network": Careless(fault="rank")}, "any split of candidates and datasets gives the same", "candidates ["),
        ({"network": Careless(fault="mean")}, "any split of candidates and datasets gives the same", "dataset 0 by"),
        ({"network": Careless(fault="calm")}, "hostile rules have finite losses", "ends as OK: its outcome is NONFIN"),
        ({"network": Careless(fault="unheard")}, "hostile rules have finite losses", "an outcome is none of OK = 0"),
        ({"network": Careless(fault="neighbour")}, "hostile rules have finite losses", "a bad rule changes"),
        ({"loss": Endless()}, "hostile rules have finite losses", "ValueError: the loss is not finite"),
        ({"loss": Unmeasured()}, "hostile rules have finite losses", "a metric is not finite"),
        ({"network": Careless(fault="small")}, "its memory is foreseen", "footprint says 8"),
        ({"loss": lambda trials, datasets: own.angle(trials, datasets)}, "it travels to other processes", "pickle"),
        ({"targets": {"synapses": "oja"}}, "its known rules can be expressed", "synapses cannot be expressed"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_broken_promise_is_noticed(changes, name, problem):
    said = found(**changes)
    assert name in said
    assert problem in said[name]


def test_a_sound_task_has_no_problem():
    assert found() == {}
    assert found(network=Careless()) == {}


def test_wrong_gradients_are_noticed(monkeypatch):
    """Of twice the length they are not those of the loss."""
    check_task("oja", SMALL)
    gradient = Task.gradient
    monkeypatch.setattr(Task, "gradient", lambda task, *arguments: 2 * gradient(task, *arguments))
    with pytest.raises(AssertionError, match="exact gradients, where it has any, are those of its loss: they differ"):
        check_task(TASKS["oja"], SMALL)


def test_a_config_that_reads_back_otherwise_is_noticed(monkeypatch):
    """Its text is what the folder keeps."""
    monkeypatch.setattr("plastica.testing.parse", lambda tree, trust: load("oja", SMALL | {"seed": 2}))
    with pytest.raises(AssertionError, match="its config survives a file: it reads back as another config"):
        check_task("oja", SMALL)
