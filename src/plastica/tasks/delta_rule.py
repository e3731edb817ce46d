"""A neuron that learns from a teacher's examples: the delta rule, rediscovered (Widrow & Hoff 1960)."""

from plastica.inner.stepwise.taught_neuron import Lessons, TaughtNeuron
from plastica.rules.volterra import Volterra
from plastica.tasks.losses.teacher_distance import TeacherDistance
from plastica.tasks.task import Preset, Task

DELTA_RULE = Preset(
    summary="a neuron learns from a teacher's examples: the delta rule of Widrow and Hoff",
    task=Task(
        name="delta-rule",
        network=TaughtNeuron(eta=0.05),
        rules={"feedforward": Volterra(order=1, variables=("x", "e", "y", "w"))},
        data=Lessons(),
        loss=TeacherDistance(),
        targets={"feedforward": "delta"},
        baselines={"hebb_decay_best": {"feedforward": "hebb_decay"}},
    ),
    generations=150,
    search={"name": "cma", "population": 31, "sigma0": 0.2, "l1": 0.01, "average": 20},
    searches={
        "adam": {
            "gradient": "exact",
            "iterations": 300,
            "learning_rate": 0.03,
            "clip": 1.0,
            "average": 20,
            "l1": 0.01,
        }
    },
)
