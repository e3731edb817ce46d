"""Networks of the literature by name: the settings in which they differ; all else is as in `RecurrentNetwork`.

spikes, spikes-cvaif: Confavreux et al. 2025, PLoS Computational Biology 21(4):e1012910 (github.com/VogelsLab/SpikES);
fsbi, fsbi-cvaif: the networks of github.com/VogelsLab/fSBI, and two of 1,000 neurons with the same input to a neuron;
vogels-2011: Vogels et al. 2011, Science 334:1569, with the weights of Brian2's example.
"""

from collections.abc import Mapping
from typing import Any

from plastica.inner.recurrent.segments import Segment

_FSBI = {
    "neuron": "if",
    "excitatory": 4096,
    "inhibitory": 1024,
    "probability": 0.1,
    "weight_EE": 0.1,
    "weight_EI": 0.1,
    "weight_IE": 1.0,
    "weight_II": 1.0,
    "weight_max": 20.0,
    "inputs": 5000,
    "input_probability": 0.05,
    "input_weight": 0.075,
    "input_hz": 10.0,
    "tonic_mv": 0.0,
    "initial_sd_mv": 0.0,
    "plastic": ("EE", "EI", "IE", "II"),
    "learning_s": (15.0, 20.0),
    "silent_hz": 0.0,
    "exploded_hz": 100.0,
}
_SMALL = _FSBI | {
    "excitatory": 800,
    "inhibitory": 200,
    "probability": 0.2,
    "weight_EE": 0.25,
    "weight_EI": 0.25,
    "weight_IE": 2.5,
    "weight_II": 2.5,
}
_SPARSE = _SMALL | {"probability": 0.1, "weight_EE": 0.5, "weight_EI": 0.5, "weight_IE": 5.0, "weight_II": 5.0}
_SPIKES = _FSBI | {
    "neuron": "tif",
    "excitatory": 8000,
    "inhibitory": 2000,
    "probability": 0.02,
    "weight_EE": 0.03,
    "weight_EI": 0.03,
    "weight_IE": 0.15,
    "weight_II": 0.3,
    "weight_max": 2.5,
    "input_weight": 0.1,
    "input_hz": 3.0,
    "plastic": ("IE",),
    "silent_hz": 0.1,
}
_ADAPTING = _FSBI | {
    "neuron": "cvaif",
    "weight_IE": (0.0, 0.1),
    "input_weight": 0.1,
    "input_hz": (4.0, 5.0),
    "plastic": ("IE",),
    "silent_hz": 0.1,
}
_ALWAYS_S = 100.0  # a pattern that stays for longer than any segment
_FAMILIARITY = _SPIKES | {
    "weight_IE": (0.0, 0.3),
    "input_hz": (1.0, 5.0),
    "input_radius": 8.0,
    "pattern_starts": (0, 1666, 3332),
    "pattern_inputs": 500,
    "pattern_hz": (15.0, 20.0),
    "segments": (
        Segment(name="training", seconds=(30.0, 35.0), patterns=(0, 1)),
        Segment(name="break", seconds=(1.0, 3.0)),
        Segment(name="novel", seconds=5.0, plastic=False, recorded=True, patterns=(2,), on_s=_ALWAYS_S),
        Segment(name="second break", seconds=(1.0, 3.0), plastic=False),
        Segment(name="familiar", seconds=5.0, plastic=False, recorded=True, patterns=(0, 1), on_s=_ALWAYS_S),
    ),
}
PRESETS: Mapping[str, Mapping[str, Any]] = {
    "small": _SPARSE
    | {
        "weight_IE": (2.0, 8.0),
        "input_hz": (5.0, 15.0),
        "plastic": ("IE",),
        "learning_s": (8.0, 12.0),
        "silent_hz": 0.1,
    },
    "spikes": _SPIKES,
    "spikes-cvaif": _ADAPTING,
    "fsbi": _FSBI,
    "fsbi-cvaif": _FSBI
    | {"neuron": "cvaif-fsbi", "input_hz": (5.0, 15.0), "plastic": ("EE", "IE"), "exploded_hz": 50.0},
    "fsbi-small": _SMALL,
    "fsbi-small-sparse": _SPARSE,
    "familiarity": _FAMILIARITY,
    "familiarity-small": _FAMILIARITY | {"excitatory": 800, "inhibitory": 200, "probability": 0.2},
    "vogels-2011": _SPIKES
    | {
        "weight_IE": 0.0,
        "weight_max": 10.0,
        "inputs": 0,
        "tonic_mv": 20.0,
        "initial_sd_mv": 5.0,
        "exploded_hz": 200.0,
    },
}


def plain(settings: Mapping[str, Any]) -> dict[str, Any]:
    """As a file has them."""
    return {
        key: tuple(one.model_dump() if isinstance(one, Segment) else one for one in value)
        if isinstance(value, tuple)
        else value
        for key, value in settings.items()
    }
