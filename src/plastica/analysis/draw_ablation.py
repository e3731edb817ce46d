"""Which terms matter, drawn: the increase of the loss without each of them."""

from typing import Any

from plastica.analysis.ablation import Ablation

Axes = Any  # matplotlib is loaded where it is used


def ablation(axes: Axes, result: Ablation, most: int = 20) -> Axes:
    """The `most` important terms, with two standard errors."""
    rows = result.ranked()[:most][::-1]
    names, _, increase, error = zip(*rows, strict=True)
    axes.barh(names, increase, xerr=[2 * e for e in error], color="0.6", error_kw={"linewidth": 0.7})
    axes.axvline(0, color="black", linewidth=0.5)
    axes.set_xscale("symlog", linthresh=max(1e-6, 0.1 * result.whole))
    axes.set(xlabel=f"increase of the held-out loss ({result.whole:.3g}) without the term")
    axes.tick_params(axis="y", labelsize=6)
    return axes
