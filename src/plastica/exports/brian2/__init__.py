"""Brian2: the synapse model of each rule, in its whole network, as a script."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from plastica.errors import UserError, not_installed
from plastica.exports.apart import run_apart
from plastica.exports.brian2 import rate, recurrent, spiking_neuron, taught_neuron
from plastica.exports.brian2.online import REMARK
from plastica.exports.head import docstring, head
from plastica.exports.networks.loop import Trial, agreements
from plastica.exports.source import Source
from plastica.exports.target import Agreement, Target

NUMPY_TARGET = "import brian2; brian2.prefs.codegen.target = 'numpy'"  # no compiler, and double precision


@dataclass(frozen=True)
class Model:
    """What a kind of network is in Brian2; `remark` tells where that is not what plastica computes."""

    text: Callable[[Source], str]
    trial: Callable[[Source], Trial]
    remark: str


# By the kinds of the network and of its data, as in `networks`.
MODELS: Mapping[tuple[str, str], Model] = {
    ("rate", ""): Model(rate.text, rate.trial, REMARK),
    ("taught-neuron", ""): Model(taught_neuron.text, taught_neuron.trial, REMARK),
    ("spiking-neuron", "vogels-input"): Model(spiking_neuron.text, spiking_neuron.trial, spiking_neuron.REMARK),
    ("recurrent", "networks"): Model(recurrent.text, recurrent.trial, recurrent.REMARK),
}


def model_of(source: Source) -> Model:
    model = MODELS.get((source.kind, source.data_kind)) or MODELS.get((source.kind, ""))
    if model is None:
        known = ", ".join(dict.fromkeys(kind for kind, _ in MODELS))
        raise UserError(
            f"--to brian2: plastica writes the networks {known} for Brian2, and the task {source.task.name} has "
            "another: take --to python, which writes the rule alone, or --to json"
        )
    return model


def text(source: Source) -> str:
    model = model_of(source)
    run = "python FILE trains on data that it draws itself, and prints what comes of it."
    first = docstring(head(source, f"{source.task.name}: learned, for Brian2.", [model.remark, run]))
    return f"{first}\n\n{model.text(source)}"


def require() -> None:
    if find_spec("brian2") is None:
        raise not_installed("--to brian2 --check needs Brian2", "brian2")


def check(source: Source, file: Path) -> Sequence[Agreement]:
    """The whole network on the first held-out dataset; numpy computes for Brian2."""
    trial = model_of(source).trial(source)
    return agreements(trial, run_apart(file, trial.given, trial.call, list(trial.expected), before=NUMPY_TARGET))


TARGET = Target("_brian2.py", text, require, check)
