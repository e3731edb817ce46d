"""Settings that make any task small, so that a whole run takes a second; shapes stay those of the default kernels."""

from typing import Any

import pytest

from plastica.tasks import TASKS
from plastica.toml_text import literal

SHORT: dict[str, Any] = {
    "generations": 6,
    "held_out.count": 6,
    "held_out.random_rules": 3,
    "held_out.selection": 3,
}
RATE: dict[str, Any] = {"network.updates": 20, "data.count": 3, "data.batches": 2, "search.population": 6, **SHORT}
RECURRENT: dict[str, Any] = {
    "network.excitatory": 80,
    "network.inhibitory": 20,
    "network.probability": 0.4,
    "data.count": 3,
    "data.refresh": 2,
    "search.population": 6,
    **SHORT,
    "held_out.generations": 4,  # of calibrating known rules, which takes longer than the search
}

# A task without a rate network has an entry of its own.
OTHERS: dict[str, dict[str, Any]] = {
    "inhibitory-balance": {
        "network.training_s": 0.4,
        "network.scoring_s": 0.3,
        "network.window_s": 0.2,
        "data.count": 3,
        "data.refresh": 2,
        **SHORT,
    },
    "recurrent-stability": {
        **RECURRENT,
        "network.weight_IE": 1.0,
        "network.weight_II": 1.0,
        "network.inputs": 200,
        "network.input_hz": 15.0,
        "network.input_probability": 0.25,
        "network.input_weight": 0.4,
        "network.learning_s": 0.3,
        "network.scoring_s": 0.2,
    },
    "familiarity": {
        **RECURRENT,
        "network.weight_EE": 0.1,
        "network.inputs": 400,
        "network.input_hz": [4.0, 6.0],
        "network.neuron": "if",  # the kernels of the other task
        "network.input_weight": 0.6,
        "network.pattern_starts": [0, 133, 266],
        "network.pattern_inputs": 100,
        "network.segments": [
            {"name": "training", "seconds": [0.2, 0.3], "patterns": [0, 1], "on_s": 0.1},
            {"name": "novel", "seconds": 0.1, "plastic": False, "recorded": True, "patterns": [2]},
            {"name": "familiar", "seconds": 0.1, "plastic": False, "recorded": True, "patterns": [0, 1]},
        ],
    },
    "associative-memory": {
        "network.units": 20,
        "network.updates": 3,
        "data.count": 3,
        "search.population": 6,
        **SHORT,
    },
}


def one_a_network() -> list[Any]:
    """All tasks; those with the kind of network and the number of rules of an earlier one are slow checks."""
    forms = [(type(preset.task.network), len(preset.task.rules)) for preset in TASKS.values()]
    return [
        task if forms.index(form) == place else pytest.param(task, marks=pytest.mark.slow)
        for place, (task, form) in enumerate(zip(TASKS, forms, strict=True))
    ]


# What a search cannot do without.
REQUIRED: dict[str, dict[str, Any]] = {"filter": {"search.windows.loss": [0.0, 1e6], "search.population": 12}}


def small(task: str, **changes: Any) -> dict[str, Any]:
    """Settings of a small run of a task, changed by dotted keys."""
    settings = OTHERS.get(task, RATE) | REQUIRED.get(changes.get("search.name", ""), {}) | changes
    if settings.get("search.name") == "adam":
        settings.pop("search.population", None)
    return settings


def options(task: str, **changes: Any) -> list[str]:
    """The same as options of the command line."""
    return [part for key, value in small(task, **changes).items() for part in ("--set", f"{key}={literal(value)}")]
