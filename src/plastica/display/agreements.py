"""What the check of an exported file found, a line each."""

from collections.abc import Sequence

from plastica.display.lines import say
from plastica.exports.target import Agreement


def print_agreements(agreements: Sequence[Agreement]) -> None:
    for one in agreements:
        say(f"{_verdict(one)}  {one.what}{_distance(one)}")


def _verdict(one: Agreement) -> str:
    if not one.is_asked:
        return "     "
    return "ok   " if one.holds else "FAIL "


def _distance(one: Agreement) -> str:
    """How far apart, and how far that may be; what is only so or not has no numbers."""
    if one.tolerance == 0.0 and one.distance in (0.0, 1.0):
        return ""
    asked = f" (at most {one.tolerance:g})" if one.is_asked else ""
    return f": {one.distance:.2g}{asked}"
