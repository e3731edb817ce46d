"""Virtual protocols in a few lines: what is seen of a rule at a glance; the tables have the rest."""

from collections.abc import Iterator, Mapping
from itertools import pairwise

import numpy as np

from plastica.analysis.protocols import Response
from plastica.display.lines import counted, say
from plastica.rules.base import Floats

CLEAR = 3.0  # standard errors: a mean change that is less has no sign
WORDS = {1.0: "potentiation", -1.0: "depression"}


def print_protocols(found: Mapping[str, Mapping[str, Response]]) -> None:
    """Of each connection: windows and rates, or fixed points."""
    for connection, responses in found.items():
        say(f"{connection}:")
        for line in _of_spikes(responses) if "window" in responses else _of_activities(responses):
            say(f"  {line}")


def _of_spikes(responses: Mapping[str, Response]) -> Iterator[str]:
    pairs, rates = responses["frequency"], responses["rates"]
    weights, frequencies = pairs.axes["weight"], pairs.axes["frequency_hz"]
    weight = weights[len(weights) // 2]
    for hz in (frequencies[0], frequencies[-1]):
        at = {lag: pairs.at(weight=weight, frequency_hz=hz, lag_ms=lag) for lag in pairs.axes["lag_ms"]}
        changes = ", ".join(f"{change:+.3g} at {lag:+g} ms" for lag, change in at.items())
        yield f"{counted(int(pairs.held['repeats']), 'pairing')} at {hz:g} Hz, from w = {weight:g}: {changes}"
    for pre in rates.axes["pre_hz"]:
        change, error = (rates.at(name, weight=weight, pre_hz=pre) for name in ("change_per_s", "standard_error"))
        clear = np.where(np.abs(change) > CLEAR * error, change, 0.0)
        yield f"Poisson trains, pre at {pre:g} Hz, w = {weight:g}: {_signs(rates.axes['post_hz'], clear)}"


def _signs(post_hz: Floats, change: Floats) -> str:
    """Potentiation or depression, and between which postsynaptic rates one becomes the other."""
    signs = np.sign(change).tolist()
    known = [(hz, WORDS[sign]) for hz, sign in zip(post_hz.tolist(), signs, strict=True) if sign in WORDS]
    turns = (
        f"{after} from between {low:g} and {high:g} Hz of post"
        for (low, before), (high, after) in pairwise(known)
        if before != after
    )
    return ", ".join([known[0][1], *turns]) if known else "no change"


def _of_activities(responses: Mapping[str, Response]) -> Iterator[str]:
    fixed, weights = responses["fixed-points"], responses["mean"].axes["w"]
    given = "; ".join(f"{name} = {value}" for name, value in fixed.held.items())
    yield f"mean change of the weight ({given}), from w = {weights[0]:g} to {weights[-1]:g}:"
    for w, stable in zip(fixed.axes["w"].tolist(), fixed.values["stable"].tolist(), strict=True):
        yield f"  {'stable' if stable else 'unstable'} fixed point at w = {w:.4g}"
    if not len(fixed.axes["w"]):
        yield "  no fixed point"
