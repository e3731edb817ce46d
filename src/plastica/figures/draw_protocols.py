"""What a rule makes of a single synapse, drawn: windows of spike timing and of rates, changes against activities."""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from plastica.analysis.protocols.response import Response, are_same
from plastica.figures.draw_legend import beside
from plastica.rules.base import Floats

Axes = Any  # matplotlib is loaded where it is used

COLOURS = ("black", "tab:blue", "tab:orange", "tab:green", "tab:red", "tab:purple")
THIN = 2e-3  # of the largest change: lines that are nearer than this lie on one another


def window_of_weights(axes: Axes, window: Response) -> Axes:
    """Change against lag at the lowest frequency, a line for each initial weight."""
    frequency, lags = window.axes["frequency_hz"][0], window.axes["lag_ms"]
    for label, colour, row in _lines(window.at(frequency_hz=frequency), window.axes["weight"], "w = {:g}"):
        _branches(axes, lags, row, color=colour, label=label)
    axes.set_title(_pairings(window, f" at {frequency:g} Hz"))
    return _against_lag(axes)


def window_of_frequencies(axes: Axes, window: Response) -> Axes:
    """Change against lag at the middle weight, a line for each frequency, up to half the time between two pairings:
    beyond that, a spike is nearer to one of the next pairing."""
    lags, weight = window.axes["lag_ms"], _middle(window)
    rows = window.at(weight=weight).copy()
    rows[np.abs(lags) > 500.0 / window.axes["frequency_hz"][:, None]] = np.nan
    for label, colour, row in _lines(rows, window.axes["frequency_hz"], "{:g} Hz"):
        _branches(axes, lags, row, color=colour, label=label)
    axes.set_title(_pairings(window, _at_weight(window, weight)))
    return _against_lag(axes)


def frequency(axes: Axes, response: Response) -> Axes:
    """Change against the frequency of pairings, a line for each lag, at the middle weight."""
    weight, styles = _middle(response), (("tab:blue", "o-"), ("tab:red", "o--"))
    for lag, (colour, style) in zip(response.axes["lag_ms"], styles, strict=True):
        values = response.at(weight=weight, lag_ms=lag)
        axes.plot(response.axes["frequency_hz"], values, style, markersize=2.5, color=colour, label=f"{lag:+g} ms")
    axes.set_title(_pairings(response, _at_weight(response, weight)))
    axes.set(xlabel="frequency (Hz)", ylabel="weight change", xlim=(0, None))
    return beside(_zero(axes), title="lag", alignment="left")


def triplets(axes: Axes, response: Response) -> Axes:
    """Change by triplets of both orders, for each pair of intervals, at the middle weight."""
    weight, names = _middle(response), response.axes["intervals_ms"]
    places = np.arange(len(names))
    for k, (order, colour) in enumerate(zip(response.axes["order"], ("tab:blue", "tab:red"), strict=True)):
        axes.bar(places + 0.4 * k - 0.2, response.at(weight=weight, order=order), 0.36, color=colour, label=order)
    axes.set_title(f"{response.held['repeats']} triplets at 1 Hz{_at_weight(response, weight)}")
    axes.set_xticks(places, names)
    axes.set(xlabel="first, second interval (ms)", ylabel="weight change")
    return beside(_zero(axes), handlelength=0.8)


def quadruplets(axes: Axes, response: Response) -> Axes:
    """Change against how far the two pairs of a quadruplet are apart, a line for each initial weight."""
    for label, colour, row in _lines(response.values["change"], response.axes["weight"], "w = {:g}"):
        _branches(axes, response.axes["separation_ms"], row, color=colour, label=label)
    axes.set_title(f"{response.held['repeats']} quadruplets at 1 Hz")
    axes.axvline(0, color="0.8", linewidth=0.5, zorder=0)
    axes.set(xlabel="pre-post first  |  post-pre first\nseparation of the pairs (ms)", ylabel="weight change")
    return beside(_zero(axes))


def rates(axes: Axes, response: Response) -> Axes:
    """Change per second against the postsynaptic rate, a colour for each presynaptic one, at the middle weight: means
    with two standard errors, and lines for the expectation where there is one, else through the means."""
    weight, post = _middle(response), response.axes["post_hz"]
    line = "expected_per_s" if "expected_per_s" in response.values else "change_per_s"
    for pre, colour in zip(response.axes["pre_hz"], COLOURS, strict=False):
        mean, error = (response.at(value, weight=weight, pre_hz=pre) for value in ("change_per_s", "standard_error"))
        axes.errorbar(post, mean, 2 * error, fmt="o", markersize=2.5, linewidth=0.7, color=colour)
        axes.plot(post, response.at(line, weight=weight, pre_hz=pre), color=colour, label=f"{pre:g} Hz")
    axes.set_title(f"Poisson trains{_at_weight(response, weight, 'change_per_s')}")
    axes.set(xlabel="postsynaptic rate (Hz)", ylabel="weight change per s")
    return beside(_zero(axes), title="pre", alignment="left")


def change(axes: Axes, response: Response, weight: float) -> Axes:
    """Change in one update against y at a weight, a line for each x."""
    for label, colour, row in _lines(response.at(w=weight), response.axes["x"], "x = {:g}"):
        axes.plot(response.axes["y"], row, color=colour, label=label)
    axes.set_title(("any w" if response.is_same("change") else f"w = {weight:g}") + _held(response))
    axes.set(xlabel="postsynaptic activity y", ylabel="change / eta")
    return beside(_zero(axes))


def against(axes: Axes, response: Response) -> Axes:
    """The same against another quantity, the last of the axes."""
    quantity = list(response.axes)[-1]
    for label, colour, row in _lines(response.values["change"], response.axes["x"], "x = {:g}"):
        axes.plot(response.axes[quantity], row, color=colour, label=label)
    axes.set_title(_held(response).removeprefix(", "))
    axes.set(xlabel=quantity, ylabel="change / eta")
    return beside(_zero(axes))


def mean(axes: Axes, response: Response, fixed: Response) -> Axes:
    """The mean change against the weight, with fixed points: full where they are stable."""
    weights, values = response.axes["w"], response.values["mean_change"]
    axes.plot(weights, values, color="black")
    for stable, fill, label in ((True, "black", "stable"), (False, "white", "unstable")):
        at = fixed.axes["w"][fixed.values["stable"] == stable]
        style: dict[str, Any] = {"color": "black", "markerfacecolor": fill, "markersize": 4, "zorder": 3}
        if at.size:
            axes.plot(at, np.zeros(at.size), "o", label=label, **style)
    _near(axes, weights, values, fixed.axes["w"])
    axes.set(xlabel="weight w", ylabel="mean change / eta")
    teacher = ", e of a teacher" if "e" in response.held else ""
    axes.set_title(f"x normal, y = {response.held['y']}{teacher}")
    return beside(_zero(axes), handlelength=0.8)


def _near(axes: Axes, weights: Floats, values: Floats, fixed: Floats) -> None:
    """Show the neighbourhood of fixed points, where what lies far out would hide it."""
    reach = max(1.5, 1.5 * float(np.max(np.abs(fixed), initial=0.0)))
    inside = values[(np.abs(weights) <= reach) & np.isfinite(values)]
    axes.set_xlim(-min(reach, weights[-1]), min(reach, weights[-1]))
    if inside.size and np.ptp(inside) > 0:
        margin = 0.05 * np.ptp(inside)
        axes.set_ylim(min(0.0, inside.min()) - margin, max(0.0, inside.max()) + margin)


def _lines(rows: Floats, places: Sequence[float] | Floats, label: str) -> Iterator[tuple[str | None, str, Floats]]:
    """Label, colour and values of each row; of rows that are all the same, one without a label."""
    rows = np.where(np.isfinite(rows), rows, np.nan)
    if are_same(rows, THIN):
        yield None, COLOURS[0], rows[0]
        return
    for place, colour, row in zip(places, COLOURS, rows, strict=False):
        yield label.format(place), colour, row


def _branches(axes: Axes, places: Floats, values: Floats, **style: Any) -> None:
    """Two lines, of negative and of positive places: nothing is known between them."""
    axes.plot(places[places < 0], values[places < 0], **style)
    axes.plot(places[places > 0], values[places > 0], **style | {"label": None})


def _against_lag(axes: Axes) -> Axes:
    axes.axvline(0, color="0.8", linewidth=0.5, zorder=0)
    axes.set(xlabel=r"lag $t_{\rm post} - t_{\rm pre}$ (ms)", ylabel="weight change")
    return beside(_zero(axes))


def _zero(axes: Axes) -> Axes:
    axes.axhline(0, color="black", linewidth=0.5, zorder=0)
    return axes


def _pairings(response: Response, rest: str) -> str:
    return f"{response.held['repeats']} pairings{rest}"


def _at_weight(response: Response, weight: float, value: str = "change") -> str:
    """The weight of a panel, where the change depends on it."""
    return "" if response.is_same(value) else f", w = {weight:g}"


def _middle(response: Response) -> float:
    """The weight of panels that show other things than its effect."""
    weights = response.axes["weight"]
    return float(weights[len(weights) // 2])


def _held(response: Response) -> str:
    return "".join(f", {name} = {value:g}" for name, value in response.held.items() if not isinstance(value, str))
