"""Whether a task keeps what plastica builds on: for tasks of a user's own, from a test or by `plastica check`."""

import pickle
import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from plastica.config import Config, load, parse
from plastica.inner.keys import Key
from plastica.inner.lanes import LANES
from plastica.inner.outcome import Outcome
from plastica.rules.base import Floats
from plastica.tasks import Evaluation, Preset, Task

HOSTILE = (np.nan, np.inf, -np.inf, 1e300, -1e300, 1e30, -1e30, 1e-310, 0.0)
DATASETS = 3
STEP, TOLERANCE = 1e-3, 0.05  # of finite differences, in units of random rules; of their mean error


@dataclass(frozen=True)
class Check:
    """What was held against a task, and what is wrong; nothing if that is empty."""

    name: str
    problem: str


def check_task(task: str | Preset, settings: Mapping[str, Any] | None = None, *, trust: bool = False) -> None:
    """Raise AssertionError, with a line for each check that fails, unless a task (as `plastica.run` takes it) is sound.

    `settings` may make it small: the checks evaluate some sixty candidates on three datasets.
    """
    failed = [f"{check.name}: {check.problem}" for check in checks(load(task, settings, trust)) if check.problem]
    assert not failed, "\n".join(failed)


def checks(config: Config) -> Iterator[Check]:
    """Each check in turn, as soon as it is done."""
    task = config.composed
    for name, find in {
        "its config survives a file": partial(_lost_in_toml, config),
        "its known rules can be expressed": partial(_inexpressible, task),
        "a dataset follows from its key": partial(_not_of_its_key, task),
        "any split of candidates and datasets gives the same": partial(_changed_by_splits, task),
        "hostile rules have finite losses, and leave others alone": partial(_harmed, task),
        "its memory is foreseen": partial(_unforeseen, task),
        "it travels to other processes": partial(_lost_on_the_way, task),
        "exact gradients, where it has any, are those of its loss": partial(_wrong_gradient, task),
    }.items():
        yield Check(name, _told(find))


def _told(find: Callable[[], str]) -> str:
    """What is wrong, also where finding out fails."""
    try:
        with np.errstate(all="ignore"):
            return find()
    except Exception as error:
        return " ".join(f"{type(error).__name__}: {error}".split())


def _lost_in_toml(config: Config) -> str:
    text = config.toml()
    return "" if parse(tomllib.loads(text), trust=True).toml() == text else "it reads back as another config"


def _inexpressible(task: Task) -> str:
    missing = set(task.targets) - set(task.known_thetas(task.targets))
    return f"targets: {', '.join(sorted(missing))} cannot be expressed by the rule" if missing else ""


def _not_of_its_key(task: Task) -> str:
    thetas, (key, *others) = _random(task, 4), _keys(task)
    first = task.evaluate(thetas, [key])
    if not _same(first, task.evaluate(thetas, [key])):
        return "the same key gives other losses the second time: draw from key.generator() and nothing else"
    if all(_same(first, task.evaluate(thetas, [other])) for other in others):
        return "all keys give the same losses: draw from key.generator()"
    return ""


def _changed_by_splits(task: Task) -> str:
    thetas, datasets = _random(task, LANES + 2), [task.dataset(key) for key in _keys(task)]
    whole = task.score(thetas, datasets)
    half = len(thetas) // 2
    for k, dataset in enumerate(datasets):
        if not _same(_part(whole, slice(None), k), task.score(thetas, [dataset])):
            return f"dataset {k} by itself gives other numbers than among others"
    for rows in (slice(0, half), slice(half, None), slice(3, 4), slice(None, None, -1)):
        if not _same(_part(whole, rows, slice(None)), task.score(thetas[rows], datasets)):
            return f"candidates {np.arange(len(thetas))[rows].tolist()} give other numbers than among all"
    return ""


def _harmed(task: Task) -> str:
    good, datasets = _random(task, 2), [task.dataset(key) for key in _keys(task)]
    one = np.tile(good[:1], (len(HOSTILE), 1))
    one[np.arange(len(HOSTILE)), np.arange(len(HOSTILE)) % task.space.size] = HOSTILE
    bad = np.concatenate([np.tile(np.array(HOSTILE)[:, None], (1, task.space.size)), one])
    mixed = task.score(np.concatenate([good, bad]), datasets)
    if not all(np.isfinite(metric).all() for metric in mixed.metrics.values()):
        return "a metric is not finite"
    if not np.isin(mixed.outcome, list(Outcome)).all():
        return f"an outcome is none of {', '.join(f'{one.name} = {one.value}' for one in Outcome)}"
    if (mixed.outcome[2:][~np.isfinite(bad).all(axis=1)] == Outcome.OK).any():
        return "a rule with a number that is not finite ends as OK: its outcome is NONFINITE"
    alone = task.score(good, datasets)
    return "" if _same(_part(mixed, slice(0, 2), slice(None)), alone) else "a bad rule changes what its neighbours do"


def _unforeseen(task: Task) -> str:
    most, dataset = task.footprint, task.dataset(_keys(task)[0])
    if most.dataset < 0.9 * dataset.nbytes or most.making < most.dataset:
        return f"a dataset has {dataset.nbytes:,} bytes, footprint says {most.dataset:,}, and {most.making:,} in making"
    return ""


def _lost_on_the_way(task: Task) -> str:
    thetas, keys = _random(task, 2), _keys(task)
    there = pickle.loads(pickle.dumps(task))
    return "" if _same(task.evaluate(thetas, keys), there.evaluate(thetas, keys)) else "it gives other numbers there"


def _wrong_gradient(task: Task) -> str:
    """By central differences along each gradient, in the coordinates of a search, where trials end well."""
    if not task.differentiable:
        return ""
    space, datasets = task.space, [task.dataset(key) for key in _keys(task)]
    z = space.encode(_random(task, 4))
    slopes = task.gradient(space.decode(z), datasets) * space.slope(space.decode(z))[:, None]
    lengths = np.linalg.norm(slopes, axis=-1)
    errors = []
    for r, d in np.argwhere((lengths > 1e-6) & (task.score(space.decode(z), datasets).outcome == Outcome.OK)):
        step = STEP * _size(task) * slopes[r, d] / lengths[r, d]
        there, back = task.score(space.decode(np.stack([z[r] + step, z[r] - step])), [datasets[d]]).loss[:, 0]
        errors.append(abs((there - back) / (2 * np.linalg.norm(step)) / lengths[r, d] - 1))
    error = float(np.median(errors)) if errors else 0.0
    return "" if error < TOLERANCE else f"they differ from finite differences by {100 * error:.2g} % in the median"


def _size(task: Task) -> float:
    return float(np.mean([parameter.sd for parameter in task.space.parameters])) or 1.0


def _random(task: Task, count: int) -> Floats:
    return task.space.draw(Key(1, "initial").generator(), count)


def _keys(task: Task) -> Sequence[Key]:
    return task.keys(1, "search", DATASETS)


def _part(evaluation: Evaluation, rows: slice, columns: Any) -> Evaluation:
    """Some candidates on some datasets, or on one."""

    def cut(values: Any) -> Any:
        return values[rows, columns].reshape(len(values[rows]), -1)

    metrics = {name: cut(values) for name, values in evaluation.metrics.items()}
    return Evaluation(cut(evaluation.loss), cut(evaluation.outcome), metrics)


def _same(one: Evaluation, other: Evaluation) -> bool:
    """Bit for bit."""
    pairs: list[tuple[Any, Any]] = [(one.loss, other.loss), (one.outcome, other.outcome)]
    pairs += [(values, other.metrics[name]) for name, values in one.metrics.items()]
    return all(np.array_equal(a, b) for a, b in pairs)
