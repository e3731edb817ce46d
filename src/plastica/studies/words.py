"""A study's numbers as a person reads them, in a terminal and on a page."""

from collections.abc import Mapping
from typing import Any

from plastica.analysis.families import ANGLE_DEG, FACTOR

SHOWN = {"held_out": "held-out loss", "ratio": "over known rule", "angle": "angle", "trials": "trials"}
FAMILIES = {
    "family_by_angle": f"by angle (families lie {ANGLE_DEG:g}° apart on average)",
    "family_by_behaviour": f"by behaviour (families differ by a factor of {FACTOR:g} in loss or a metric)",
}


def columns(settings: list[dict[str, Any]]) -> dict[str, str]:
    """{key of a median: its title} of what any of the settings has."""
    return {key: title for key, title in SHOWN.items() if any(key in one["median"] for one in settings)}


def rate(one: Mapping[str, Any]) -> str:
    """How many runs of a setting succeed, with the interval of the probability."""
    if not one["judged"]:
        return "-"
    low, high = one["rate_interval"]
    return f"{one['succeed']} of {one['judged']} ({100 * low:.0f}-{100 * high:.0f} %)"


def median(one: Mapping[str, Any] | None) -> str:
    """With its interval, where there is one."""
    if one is None:
        return "-"
    low, high = one["interval"] or (one["median"], one["median"])
    interval = f" ({_number(low)} to {_number(high)})" if low < high else ""
    return f"{_number(one['median'])}{interval}"


def cells(one: Mapping[str, Any], shown: Mapping[str, str]) -> tuple[str, ...]:
    """The row of a setting: its name, how many runs are done and succeed, and medians."""
    medians = (median(one["median"].get(key)) for key in shown)
    return one["setting"] or "-", f"{one['done']} of {one['runs']}", rate(one), *medians


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 1000 else f"{value:.4g}"
