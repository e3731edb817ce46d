"""What is wrong with the settings of a recurrent network, each in a sentence with its remedy."""

from math import pi
from typing import Any

from plastica.inner.recurrent.membranes import NEURONS
from plastica.inner.recurrent.presets import PRESETS
from plastica.inner.recurrent.protocol import segments_of
from plastica.inner.recurrent.segments import ends
from plastica.inner.recurrent.wiring import NEURONS_MOST

_DRAWN = ("weight_max", "weight_EE", "weight_EI", "weight_IE", "weight_II", "input_hz", "pattern_hz", "learning_s")
_EVENTS_MOST = 2**31 - 1


def check_settings(network: Any) -> None:
    """Raise ValueError."""
    for key, known in (("preset", PRESETS), ("neuron", NEURONS)):
        if getattr(network, key) not in known:
            raise ValueError(f"{key} = {getattr(network, key)!r}: choose from {', '.join(known)}")
    _check_ranges(network)
    _check_plastic(network)
    _check_times(network)
    if network.sizes.all > NEURONS_MOST:
        raise ValueError(f"excitatory + inhibitory = {network.sizes.all} are too many: at most {NEURONS_MOST}")
    _check_patterns(network)
    _check_inputs(network)


def most_hz(network: Any) -> float:
    """The highest mean rate of an input that a dataset may have, Hz."""
    background, shown = ends(network.input_hz)[1], ends(network.pattern_hz)[1]
    patterns = any(segment.patterns for segment in segments_of(network))
    return background + (shown * min(1.0, network.pattern_inputs / max(1, network.inputs)) if patterns else 0.0)


def reach(network: Any) -> float:
    """The share of neurons that an input reaches, about."""
    if not network.input_radius:
        return float(network.input_probability)
    return float(min(1.0, pi * network.input_radius**2 / max(1, network.inputs)))


def _check_ranges(network: Any) -> None:
    if not ends(network.weight_max)[0]:
        raise ValueError("weight_max = 0 leaves no plastic weight: give a larger one")
    for name in _DRAWN:
        low, high = ends(getattr(network, name))
        if low > high:
            raise ValueError(f"{name} = [{low:g}, {high:g}] is no range: write the smaller number first")
        if name[-2:] in network.plastic and high > ends(network.weight_max)[0]:
            raise ValueError(f"{name} = {high:g} is above weight_max = {ends(network.weight_max)[0]:g}: change one")


def _check_plastic(network: Any) -> None:
    given = list(network.plastic)
    if len(set(given)) < len(given):
        raise ValueError(f"plastic = {given} names a connection twice: name each once")
    if any("I" in name for name in given) and not network.inhibitory:
        raise ValueError(f"plastic = {given} needs inhibitory neurons, and inhibitory = 0: add some")


def _check_times(network: Any) -> None:
    times = {"delay_ms": network.delay_ms, "warmup_s": 1e3 * network.warmup_s, "scoring_s": 1e3 * network.scoring_s}
    for name, ms in times.items():
        steps = ms / network.dt_ms
        if abs(steps - round(steps)) > 1e-6:
            raise ValueError(
                f"dt_ms = {network.dt_ms:g} does not divide {name} = {getattr(network, name):g}: change one"
            )
    if not network.segments and not network.steps(ends(network.learning_s)[1]):
        raise ValueError(f"learning_s = {ends(network.learning_s)[1]:g} leaves no time to learn in: make it longer")
    names = [segment.name for segment in network.segments]
    for segment in network.segments:
        if names.count(segment.name) > 1:
            raise ValueError(f'segments: "{segment.name}" is the name of two: give each a name of its own')
        if not network.steps(ends(segment.seconds)[1]):
            raise ValueError(
                f'segments: "{segment.name}" of {ends(segment.seconds)[1]:g} s is shorter than a step of dt_ms = '
                f"{network.dt_ms:g}: make it longer, or leave it out"
            )
    if network.segments and not any(segment.recorded for segment in network.segments):
        raise ValueError("segments: none is recorded, so nothing would count: give one of them recorded = true")
    if network.segments and not any(segment.plastic for segment in network.segments):
        raise ValueError("segments: none is plastic, so nothing would be learned: give one of them plastic = true")


def _check_patterns(network: Any) -> None:
    starts = network.pattern_starts
    for segment in network.segments:
        for pattern in segment.patterns:
            if pattern >= len(starts):
                raise ValueError(
                    f'segments: "{segment.name}" shows the pattern {pattern}, and pattern_starts = {list(starts)} has '
                    f"{len(starts)}: numbers begin at 0"
                )
    for start in starts:
        if start + network.pattern_inputs > network.inputs:
            raise ValueError(
                f"pattern_starts: a pattern of pattern_inputs = {network.pattern_inputs} from {start} on goes beyond "
                f"inputs = {network.inputs}: change one"
            )
    shown = any(segment.patterns for segment in network.segments)
    if shown and not network.pattern_released and ends(network.pattern_hz)[0] < ends(network.input_hz)[1]:
        raise ValueError(
            f"pattern_hz = {ends(network.pattern_hz)[0]:g} is below input_hz = {ends(network.input_hz)[1]:g}, the rate "
            "of the background: raise it"
        )


def _check_inputs(network: Any) -> None:
    if network.inputs * most_hz(network) * network.longest_s > _EVENTS_MOST:
        raise ValueError("inputs spike too often: lower inputs or input_hz, or shorten learning_s")
    for name in ("input_hz", "pattern_hz"):
        if ends(getattr(network, name))[1] * network.dt_ms >= 1e3:
            raise ValueError(
                f"{name} = {ends(getattr(network, name))[1]:g} is more than one spike a step of dt_ms: lower it"
            )
