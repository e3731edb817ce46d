"""A task: what a rule is asked to do, as the composition of a network, its rules, its datasets and a loss."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from numpy.typing import NDArray

from plastica.inner.footprint import Footprint
from plastica.inner.keys import Key, Purpose
from plastica.inner.one_thread import one_thread
from plastica.rules.base import Floats, Rule, Space
from plastica.rules.quantities import check_names
from plastica.tasks.losses.function import FunctionLoss


class Dataset(Protocol):
    """One draw of stimuli and initial weights: whatever its network needs, and how many bytes that takes."""

    @property
    def nbytes(self) -> int: ...


class Data(Protocol):
    """Where datasets come from: how many a generation sees, and for how many generations they are kept."""

    @property
    def count(self) -> int: ...

    @property
    def refresh(self) -> int: ...


class Trials(Protocol):
    """What R candidates made of D datasets."""

    @property
    def outcome(self) -> NDArray[np.int8]: ...


class Network(Protocol):
    """The inner loop: (rules, theta, dataset) -> what the network became.

    `kind` is the word under which theory and portraits of such networks are found; one of a user's own needs none.
    A differentiable network also has `gradient(rules, thetas, datasets, loss)`: {connection: [R, D, P]}, for losses
    with a `distance`. One that JAX computes says so by `in_jax`. One whose settings decide which known rule is to be
    found has `rules_to_find({connection: known rule})`, those of the task as they stand for it. One whose datasets are
    small has `datasets(data, rules, keys)` beside `dataset`, and `made_together(data)`, how many to make at a time.
    """

    @property
    def connections(self) -> tuple[str, ...]: ...

    def check(self, data: Any, rules: Mapping[str, Any]) -> None:
        """Raise ValueError where the parts do not fit together."""
        ...

    def footprint(self, data: Any, rules: Mapping[str, Any]) -> Footprint: ...

    def dataset(self, data: Any, rules: Mapping[str, Any], key: Key) -> Any: ...

    def simulate(self, rules: Mapping[str, Any], thetas: Mapping[str, Floats], datasets: Sequence[Any]) -> Trials: ...


class Loss(Protocol):
    """How far a trial is from what is asked: (loss [R, D], metrics {name: [R, D]}), finite for every outcome.

    `kind` is the word under which theory of such losses is found; a loss of a user's own needs none. One that says by
    `metrics` which metrics it may give has a config that names another refused before anything is computed;
    one that asks for a network of some sort has `check_network`, which raises ValueError for another.
    """

    def score(self, trials: Any, datasets: Sequence[Any]) -> tuple[Floats, dict[str, Floats]]: ...


@dataclass(frozen=True)
class Evaluation:
    """A population on datasets: loss, outcome and metrics, each [R, D]; always finite.

    gradient [G, D, P], where it was asked for: of the loss with respect to theta, at the last G of the population.
    """

    loss: Floats
    outcome: NDArray[np.int8]
    metrics: dict[str, Floats] = field(default_factory=dict)
    gradient: Floats | None = None

    def mean_gradient(self) -> Floats | None:
        """The gradient averaged over datasets, [G, P]."""
        return None if self.gradient is None else self.gradient.mean(axis=1)

    def of(self, rows: NDArray[np.intp]) -> "Evaluation":
        """The same of some candidates, without any gradient."""
        return Evaluation(self.loss[rows], self.outcome[rows], {name: one[rows] for name, one in self.metrics.items()})

    @staticmethod
    def join(parts: Sequence["Evaluation"]) -> "Evaluation":
        """Evaluations of one population on successive datasets, side by side."""
        gradients = [part.gradient for part in parts if part.gradient is not None]
        return _concatenated(parts, 1, np.concatenate(gradients, axis=1) if gradients else None)

    @staticmethod
    def stack(parts: Sequence["Evaluation"]) -> "Evaluation":
        """Evaluations of successive candidates on the same datasets, one below the other."""
        return _concatenated(parts, 0, parts[-1].gradient)


def _concatenated(parts: Sequence[Evaluation], axis: int, gradient: Floats | None) -> Evaluation:
    return Evaluation(
        np.concatenate([part.loss for part in parts], axis),
        np.concatenate([part.outcome for part in parts], axis),
        {name: np.concatenate([part.metrics[name] for part in parts], axis) for name in parts[0].metrics},
        gradient,
    )


@dataclass(frozen=True)
class Task:
    """Network x rules x data x loss; a plain function serves as a loss, too (`FunctionLoss`).

    `targets` names the known rule of each connection, where there is one to find; `baselines` names further known rules
    {baseline: {connection: known rule}} that a learned rule is compared with, at the best value of each coefficient.

        >>> from plastica import TASKS, Key
        >>> task = TASKS["oja"].task
        >>> known = task.known_theta(task.targets)
        >>> task.evaluate([known, 0 * known], [Key(1, "held-out", index=k) for k in range(3)]).loss.shape
        (2, 3)
    """

    name: str
    network: Network
    rules: Mapping[str, Rule]
    data: Data
    loss: Loss
    targets: Mapping[str, str] = field(default_factory=dict)
    baselines: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    if TYPE_CHECKING:  # what dataclass makes, in the words of one who calls it

        def __init__(
            self,
            name: str,
            network: Network,
            rules: Mapping[str, Rule],
            data: Data,
            loss: Loss | Callable[[Any, Any], Any],
            targets: Mapping[str, str] = ...,
            baselines: Mapping[str, Mapping[str, str]] = ...,
        ) -> None: ...

    def __post_init__(self) -> None:
        loss: Any = self.loss
        if callable(loss) and not hasattr(loss, "score"):
            object.__setattr__(self, "loss", FunctionLoss(loss))

    @cached_property
    def space(self) -> Space:
        """The parameters of all rules; each name carries its connection, as in `feedforward.A110`."""
        return Space(
            [
                replace(p, name=f"{connection}.{p.name}")
                for connection in self.network.connections
                for p in self.rules[connection].parameters()
            ]
        )

    def split(self, thetas: NDArray[Any]) -> dict[str, NDArray[Any]]:
        """thetas [..., P], or anything else with an entry for each parameter, by connection."""
        return {connection: thetas[..., part] for connection, part in self._parts.items()}

    @cached_property
    def _parts(self) -> dict[str, slice]:
        """Where the parameters of each connection stand in theta."""
        ends = np.cumsum([len(self.rules[connection].parameters()) for connection in self.network.connections])
        parts = map(slice, [0, *ends[:-1]], ends)
        return dict(zip(self.network.connections, parts, strict=True))

    def keys(self, seed: int, purpose: Purpose, count: int, generation: int = 0) -> list[Key]:
        """The keys of `count` datasets; those of a search change every `data.refresh` generations."""
        return [Key(seed, purpose, generation // self.data.refresh, index) for index in range(count)]

    @property
    def footprint(self) -> Footprint:
        """What datasets and trials take of memory, without making any."""
        return self.network.footprint(self.data, self.rules)

    def dataset(self, key: Key) -> Dataset:
        """The dataset of a key: all that no candidate changes."""
        with one_thread():
            return self.network.dataset(self.data, self.rules, key)

    @cached_property
    def made_together(self) -> int:
        """How many datasets `datasets` does well to make at a time: one, unless the network says otherwise, by the very
        class that says how one is made."""
        kind = next((kind for kind in type(self.network).__mro__ if "dataset" in vars(kind)), object)
        return self.network.made_together(self.data) if "made_together" in vars(kind) else 1  # type: ignore[attr-defined]

    def datasets(self, keys: Sequence[Key]) -> list[Dataset]:
        """The datasets of some keys: the same as one by one."""
        if self.made_together == 1:
            return [self.dataset(key) for key in keys]
        network: Any = self.network
        with one_thread():
            made: list[Dataset] = network.datasets(self.data, self.rules, keys)
        return made

    def check(self) -> None:
        """Raise ValueError, with a sentence for the user, where the parts do not fit together."""
        for rule in self.rules.values():
            check_names(rule)
        self.network.check(self.data, self.rules)
        if hasattr(self.loss, "check_network"):
            self.loss.check_network(self.network)
        if self.space.size == 0:
            raise ValueError("rules: every connection is held fixed, so there is nothing to search: free at least one")

    def known_thetas(self, names: Mapping[str, str]) -> dict[str, Floats]:
        """Known rules {connection: name} as {connection: theta}: of the searched connections that can express them."""
        thetas = {}
        for connection, name in names.items():
            rule = self.rules[connection]
            with suppress(ValueError):
                if rule.parameters():
                    thetas[connection] = rule.known(name)
        return thetas

    def known_theta(self, names: Mapping[str, str]) -> Floats | None:
        """Known rules {connection: name} as one theta [P]; None if some searched connection has none."""
        thetas = self.known_thetas(names)
        searched = [c for c in self.network.connections if self.rules[c].parameters()]
        return np.concatenate([thetas[c] for c in searched]) if all(c in thetas for c in searched) else None

    @property
    def differentiable(self) -> bool:
        """Whether the loss has exact gradients with respect to theta: its network and its loss must be made for it."""
        return hasattr(self.network, "gradient") and hasattr(self.loss, "distance")

    @property
    def in_jax(self) -> bool:
        """Whether JAX computes all trials, and not only gradients."""
        return bool(getattr(self.network, "in_jax", False))

    def gradient(self, thetas: Floats, datasets: Sequence[Dataset]) -> Floats:
        """[R, D, P]: of the loss with respect to thetas [R, P], on D datasets, all at once."""
        network: Any = self.network
        parts = network.gradient(self.rules, self.split(thetas), datasets, self.loss)
        return np.concatenate([parts[connection] for connection in network.connections], axis=-1)

    def score(self, thetas: Floats, datasets: Sequence[Dataset], gradients: int = 0) -> Evaluation:
        """thetas [R, P] on D datasets; with exact gradients at the last `gradients` of them."""
        with one_thread():
            trials = self.network.simulate(self.rules, self.split(thetas), datasets)
            loss, metrics = self.loss.score(trials, datasets)
        _check_loss(loss, len(thetas), len(datasets))
        gradient = self.gradient(thetas[-gradients:], datasets) if gradients else None
        return Evaluation(loss, trials.outcome, metrics, gradient)

    def evaluate(self, thetas: Floats, keys: Sequence[Key]) -> Evaluation:
        """thetas [R, P] on the datasets of D keys: the unit of work of the library."""
        return self.score(np.atleast_2d(np.asarray(thetas, dtype=float)), [self.dataset(key) for key in keys])


def _check_loss(loss: Floats, candidates: int, datasets: int) -> None:
    """No search ever sees a number that is not finite. Raises ValueError."""
    if np.shape(loss) != (candidates, datasets):
        raise ValueError(f"the loss is {np.shape(loss)} for {(candidates, datasets)} (candidates, datasets)")
    if not np.isfinite(loss).all():
        raise ValueError("the loss is not finite: a loss must give every outcome a finite number")


@dataclass(frozen=True)
class Preset:
    """A task with its default parts, and the settings that were found to solve it.

    `search` is the default search, `searches` has the settings of others by name, `held_out` those of the evaluation;
    `sparsity`, where there is one, gives the search's default `l1` for a number of inputs, and `first_datasets` that of
    the key of this name, for the default search.

        >>> from plastica import Preset, Task
        >>> from plastica.parts import GaussianData, PrincipalVectors, RateNetwork, Volterra
        >>> parts = RateNetwork(inputs=3), {"feedforward": Volterra(order=1)}, GaussianData(), PrincipalVectors()
        >>> preset = Preset("a principal component by a bilinear rule", Task("bilinear", *parts), generations=20)
        >>> preset.task.space.size
        8
    """

    summary: str
    task: Task
    generations: int = 100
    search: Mapping[str, Any] = field(default_factory=lambda: {"name": "cma"})
    searches: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    held_out: Mapping[str, Any] = field(default_factory=dict)
    sparsity: Callable[[int], float] | None = None
    first_datasets: Callable[[int], int] | None = None
