"""A recurrent network that recalls patterns it saw once: the covariance rule (Tsodyks & Feigelman 1988)."""

from plastica.inner.stepwise.associative_memory import AssociativeMemory, Patterns
from plastica.rules.volterra import Volterra
from plastica.tasks.losses.recall_error import RecallError
from plastica.tasks.task import Preset, Task

ASSOCIATIVE_MEMORY = Preset(
    summary="a recurrent network recalls patterns it saw once: the covariance rule of Tsodyks and Feigelman",
    task=Task(
        name="associative-memory",
        network=AssociativeMemory(),
        rules={"recurrent": Volterra(order=1, terms=("000", "100", "010", "110", "001"), initial_sd=0.1)},
        data=Patterns(count=20),
        loss=RecallError(),
        targets={"recurrent": "covariance"},
        baselines={"hebb_best": {"recurrent": "hebb"}},
    ),
    generations=200,
    search={"name": "cma", "population": 31, "sigma0": 0.2, "l1": 0.001, "average": 20},
)
