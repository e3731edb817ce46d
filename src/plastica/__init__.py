"""plastica finds the synaptic plasticity rules that carve a desired function into a neural network.

    import plastica

    run = plastica.run("oja", {"seed": 1, "network.inputs": 3})
    print(run.summary()["equation"], run.summary()["angle_deg"])

`run`, `resume`, `study` and `evaluate` do what the commands of the same names do; `Run.open` reads any run folder, and
`Study.open` that of a study. `TASKS` lists
what can be asked; a `Preset`, which is a `Task` with settings, asks what you like. `formula` makes a rule of your own,
of text or of a function that uses `where`, `exp` and the like. A task computes on its own, too:
`run.task.evaluate(thetas, keys)`.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from plastica.errors import UserError
    from plastica.experiment import ablate, evaluate, resume, run, run_or_resume
    from plastica.exports.export import export
    from plastica.inner.keys import Key
    from plastica.kept import Run
    from plastica.rules.expression import absolute, exp, log, maximum, minimum, sqrt, tanh, where
    from plastica.rules.formula import formula
    from plastica.simulation import Simulation, simulate
    from plastica.studies import Study, resume_study, study
    from plastica.tasks import TASKS, Preset, Task

__all__ = [
    "TASKS",
    "Key",
    "Preset",
    "Run",
    "Simulation",
    "Study",
    "Task",
    "UserError",
    "ablate",
    "absolute",
    "evaluate",
    "exp",
    "export",
    "formula",
    "log",
    "maximum",
    "minimum",
    "resume",
    "resume_study",
    "run",
    "run_or_resume",
    "simulate",
    "sqrt",
    "study",
    "tanh",
    "where",
]

_OF_FORMULAS = ("absolute", "exp", "log", "maximum", "minimum", "sqrt", "tanh", "where")
_HOMES = dict.fromkeys(__all__, "experiment") | {
    "Run": "kept",
    "Preset": "tasks",
    "TASKS": "tasks",
    "Task": "tasks",
    "Key": "inner.keys",
    "UserError": "errors",
    "export": "exports.export",
    "formula": "rules.formula",
    "Simulation": "simulation",
    "simulate": "simulation",
    **dict.fromkeys(("Study", "resume_study", "study"), "studies"),
    **dict.fromkeys(_OF_FORMULAS, "rules.expression"),
}


def __getattr__(name: str) -> Any:
    """Load on first use, so that importing the package costs nothing."""
    if name not in _HOMES:
        raise AttributeError(f"module 'plastica' has no attribute {name!r}")
    return getattr(import_module(f"plastica.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return __all__
