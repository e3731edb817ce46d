"""The parts that tasks are composed of: every kind that plastica has, by its word; a task as a table of such words."""

from collections.abc import Mapping
from typing import Any

from pydantic import Field

from plastica.errors import UserError
from plastica.inner.neuron.network import SpikingNeuron
from plastica.inner.neuron.vogels_input import VogelsInput
from plastica.inner.rate.gaussian import GaussianData
from plastica.inner.rate.network import RateNetwork
from plastica.inner.rate.sources import SourceData
from plastica.inner.recurrent.dataset import DrawnNetworks
from plastica.inner.recurrent.network import RecurrentNetwork
from plastica.inner.stepwise.associative_memory import AssociativeMemory, Patterns
from plastica.inner.stepwise.network import StepwiseNetwork
from plastica.inner.stepwise.taught_neuron import Lessons, TaughtNeuron
from plastica.installed import part, word_of
from plastica.rules import RULES, Formula, Perceptron, SpikePair, SpikePerceptron, SpikePolynomial, Volterra
from plastica.section import Section
from plastica.tasks import Preset, Task
from plastica.tasks.losses.familiarity import Familiarity
from plastica.tasks.losses.function import FunctionLoss
from plastica.tasks.losses.metric_windows import MetricWindows
from plastica.tasks.losses.nearest_source import NearestSource
from plastica.tasks.losses.population_rate import PopulationRate
from plastica.tasks.losses.principal_vectors import PrincipalVectors
from plastica.tasks.losses.recall_error import RecallError
from plastica.tasks.losses.target_rate import TargetRate
from plastica.tasks.losses.teacher_distance import TeacherDistance

__all__ = [
    "DATA",
    "LOSSES",
    "NETWORKS",
    "RULES",
    "AssociativeMemory",
    "DrawnNetworks",
    "Familiarity",
    "Formula",
    "GaussianData",
    "Lessons",
    "MetricWindows",
    "NearestSource",
    "Parts",
    "Patterns",
    "Perceptron",
    "PopulationRate",
    "PrincipalVectors",
    "RateNetwork",
    "RecallError",
    "RecurrentNetwork",
    "SourceData",
    "SpikePair",
    "SpikePerceptron",
    "SpikePolynomial",
    "SpikingNeuron",
    "StepwiseNetwork",
    "TargetRate",
    "TaughtNeuron",
    "TeacherDistance",
    "VogelsInput",
    "Volterra",
    "parts_of",
    "source_of",
]

Kinds = Mapping[str, type[Section]]

NETWORKS: Kinds = {
    "rate": RateNetwork,
    "spiking-neuron": SpikingNeuron,
    "taught-neuron": TaughtNeuron,
    "associative-memory": AssociativeMemory,
    "recurrent": RecurrentNetwork,
}
DATA: Kinds = {
    "gaussian": GaussianData,
    "vogels-input": VogelsInput,
    "sources": SourceData,
    "lessons": Lessons,
    "patterns": Patterns,
    "networks": DrawnNetworks,
}
LOSSES: Kinds = {
    "principal-vectors": PrincipalVectors,
    "target-rate": TargetRate,
    "nearest-source": NearestSource,
    "teacher-distance": TeacherDistance,
    "recall-error": RecallError,
    "population-rate": PopulationRate,
    "metric-windows": MetricWindows,
    "familiarity": Familiarity,
}


class Parts(Section):
    """A task as data: the kind of each part, whose settings are the tables of these names; a part of an installed
    package that offers tasks is `module:name`."""

    network: str = Field(description=f"kind of the network: {', '.join(NETWORKS)}")
    data: str = Field(description=f"kind of the data: {', '.join(DATA)}")
    loss: str = Field(description=f"kind of the loss: {', '.join(LOSSES)}")
    rules: dict[str, str] = Field(description=f"kind of the rule of each connection: {', '.join(RULES)}")
    targets: dict[str, str] = Field(default={}, description="known rule of each connection, where there is one to find")
    baselines: dict[str, dict[str, str]] = Field(
        default={},
        description="further known rules that the learned one is compared with: {baseline: {connection: rule}}",
    )

    @property
    def words(self) -> tuple[str, ...]:
        return (self.network, self.data, self.loss, *self.rules.values())

    def preset(self, name: str) -> Preset:
        """The task, each part with its defaults. Raises UserError for a kind that there is not."""
        rules = {c: _default(RULES, f"rules.{c}", word) for c, word in self.rules.items()}
        network, data = _default(NETWORKS, "network", self.network), _default(DATA, "data", self.data)
        loss = _default(LOSSES, "loss", self.loss)
        return Preset("", Task(name, network, rules, data, loss, self.targets, self.baselines))


def parts_of(task: Task) -> Parts:
    """A task of plastica's own parts, and of installed packages', as data. Raises UserError for any other part."""
    return Parts(
        network=_word(NETWORKS, task, "network", task.network),
        data=_word(DATA, task, "data", task.data),
        loss=_word(LOSSES, task, "loss", task.loss),
        rules={c: _word(RULES, task, f"rule {c}", rule) for c, rule in task.rules.items()},
        targets=dict(task.targets),
        baselines={name: dict(rules) for name, rules in task.baselines.items()},
    )


def source_of(found: Any) -> Any:
    """What defines a part: its class, or the function that it is."""
    return found.function if type(found) is FunctionLoss else type(found)


def _word(kinds: Kinds, task: Task, what: str, found: Any) -> str:
    source = source_of(found)
    word = next((word for word, kind in kinds.items() if kind is source), None) or word_of(source)
    if word is None:
        raise UserError(
            f"the {what} of the task {task.name}, {source.__qualname__}, is defined in {source.__module__}, of which "
            "no run folder can keep a copy: put the whole task into a Python file of its own, as TASK = Preset(...), "
            "and run that: plastica.run('my_task.py', trust=True)"
        )
    return word


def _default(kinds: Kinds, key: str, word: str) -> Any:
    """A part with the defaults of its kind; those without are left to the config."""
    if ":" not in word and word not in kinds:
        raise UserError(f"parts.{key} = {word!r}: choose from {', '.join(kinds)}, or module:name of a package")
    found: Any = kinds[word] if word in kinds else part(key, word)
    if not isinstance(found, type):
        return found
    if not issubclass(found, Section):
        raise UserError(f"parts.{key} = {word!r}: derive the class from plastica.section.Section")
    return found.model_construct()
