"""Plain values as a reader wants them."""

from typing import Any


def shown(value: Any) -> str:
    """Four digits of a number, yes or no, a dash where there is nothing, and text as it is."""
    if value is None:
        return "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:.4g}" if isinstance(value, float) else str(value)
