"""A posterior over rules in a few lines: what it was learned from, how far it can be trusted, and what its rules do."""

from collections.abc import Mapping
from typing import Any

from plastica.display.family import print_family
from plastica.display.lines import counted, say


def print_inferred(found: Mapping[str, Any]) -> None:
    given = ", ".join(_given(name, *window) for name, window in found["windows"].items())
    say(f"rules given {given}")
    say(
        f"  {counted(found['networks'], 'network')}, learned from {counted(found['learned_from'], 'rule')}; "
        f"{found['left_out']:,} left out, of which a trial failed or a metric is no number"
    )
    say(f"  the samples tell as much as {found['effective_samples']:.0f} draws from the posterior itself")
    _say_calibration(found["calibration"])
    hold = "" if found["holds"] is None else f"{100 * found['holds']:.0f} % hold every window, and "
    say(
        f"  on {counted(found['datasets'], 'dataset')} that no search has seen {hold}"
        f"{100 * found['failed']:.0f} % fail in one trial or more"
    )
    print_family(found)


def _given(name: str, low: float, high: float) -> str:
    return f"{name} = {low:g}" if low == high else f"{name} = {low:g} to {high:g}"


def _say_calibration(found: Mapping[str, Any]) -> None:
    worst = min(found["p"], key=found["p"].get)
    covered = [100 * share for share in found["in_middle_90"].values()]
    passed = "passed" if found["passed"] else "FAILED"
    say(
        f"  calibration {passed} on {counted(found['rules'], 'rule')} kept back: ranks uniform with p = "
        f"{found['p'][worst]:.2g} at the least ({worst}); the middle 90 % hold {min(covered):.0f} to "
        f"{max(covered):.0f} %"
    )
