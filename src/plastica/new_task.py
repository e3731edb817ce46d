"""A first task of one's own, as a Python file to edit."""

from pathlib import Path

from plastica.errors import UserError

TEMPLATE = '''"""Which rule holds the variance of a neuron's output at one, whatever its inputs are?

    plastica check FILE --trust     # does the task keep what plastica builds on?
    plastica run FILE --trust       # half a minute
"""

import numpy as np

from plastica import Preset, Task
from plastica.parts import GaussianData, RateNetwork, Volterra


def loss(trials, datasets):
    """How far each trial is from what is asked: [candidates, datasets].

    `trials` is what the network became: here trials.w [candidates, datasets, outputs, inputs] after training. A trial
    that blew up costs 1000, whatever stands here.
    """
    samples = np.stack([dataset.stimuli.samples.reshape(-1, trials.w.shape[-1]) for dataset in datasets])
    outputs = (trials.w[:, :, 0, None, :] * samples).sum(axis=-1)
    return np.abs((outputs**2).mean(axis=-1) - 1)


TASK = Preset(
    summary="a neuron holds the variance of its output at one",
    task=Task(
        name="NAME",
        network=RateNetwork(inputs=3, updates=200),  # or a class of your own: docs/tasks.md
        rules={"feedforward": Volterra(terms=("100", "010", "001", "110", "011", "021"))},  # powers of x, y and w
        data=GaussianData(count=10),  # whose settings, as all others, `--set data.count=20` changes
        loss=loss,
        targets={},  # {"feedforward": "oja"} if a known rule should come out
    ),
    generations=100,
    search={"name": "cma", "population": 30, "l1": 0.01},
)
'''


def write_task(file: Path) -> None:
    """A short task that runs, into a new file. Raises UserError if it cannot be written."""
    if file.suffix != ".py":
        raise UserError(f"{file} is no name of a Python file: write plastica new {file.with_suffix('.py')}")
    name = "".join(c if c.isascii() and c.isalnum() else "-" for c in file.stem).strip("-") or "my-task"
    try:
        with file.open("x", encoding="utf-8") as opened:
            opened.write(TEMPLATE.replace("FILE", file.name).replace("NAME", name))
    except FileExistsError:
        raise UserError(f"{file} exists already: choose another name, or delete it") from None
    except OSError as error:
        raise UserError(f"{file} cannot be written ({error.strerror}): choose another place") from None
