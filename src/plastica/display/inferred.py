"""A posterior over rules in a few lines: what was asked, how far the answer can be trusted, and what its rules do."""

from collections.abc import Mapping
from typing import Any

from plastica.display.family import print_family
from plastica.display.lines import counted, say


def print_inferred(found: Mapping[str, Any]) -> None:
    say(f"rules given {given(found)}")
    for sentence in sentences(found):
        say(f"  {sentence}")
    print_family(found)


def given(found: Mapping[str, Any]) -> str:
    """What was asked."""
    return ", ".join(
        f"{name} = {low:g}" if low == high else f"{name} = {low:g} to {high:g}"
        for name, (low, high) in found["windows"].items()
    )


def sentences(found: Mapping[str, Any]) -> list[str]:
    """What it was learned from, and how far it can be trusted."""
    hold = "" if found["holds"] is None else f"{100 * found['holds']:.0f} % hold every window, and "
    return [
        f"{counted(found['networks'], 'network')}, learned from {counted(found['learned_from'], 'rule')}; "
        f"{found['left_out']:,} left out, of which a trial failed or a metric is no number",
        f"{found['candidates']:,} rules were simulated and weighed: they tell as much as "
        f"{found['effective_samples']:.0f} draws from the posterior itself",
        *(_calibrated(name, one) for name, one in found["calibration"].items() if one),
        f"of the sampled rules, on {counted(found['datasets'], 'dataset')} that no search has seen, "
        f"{hold}{100 * found['failed']:.0f} % fail in one trial or more",
    ]


def _calibrated(name: str, found: Mapping[str, Any]) -> str:
    worst = min(found["p"], key=found["p"].get)
    covered = [100 * share for share in found["in_middle_90"].values()]
    passed = "passed" if found["passed"] else "FAILED"
    return (
        f"calibration of the {name} {passed} on {counted(found['rules'], 'rule')}: ranks uniform with p = "
        f"{found['p'][worst]:.2g} at the least ({worst}); the middle 90 % hold {min(covered):.0f} to "
        f"{max(covered):.0f} %"
    )
