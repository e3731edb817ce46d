"""A curve as small as a word: how a number fell or rose."""

import numpy as np
from numpy.typing import NDArray

from plastica.markup.element import Markup, element

WIDTH, HEIGHT, MARGIN = 160, 28, 2
MOST = 200  # points, of which no more can be seen


def sparkline(values: NDArray[np.float64], label: str) -> Markup:
    """A line through the values, on a logarithmic axis where all are above zero; nothing for less than two."""
    if len(values) < 2:
        return Markup()
    shown = values[np.linspace(0, len(values) - 1, min(MOST, len(values))).round().astype(int)]
    heights = np.log(shown) if (shown > 0).all() else shown
    low, high = heights.min(), heights.max()
    share = (heights - low) / (high - low) if high > low else np.full(len(heights), 0.5)
    across = np.linspace(MARGIN, WIDTH - MARGIN, len(share))
    down = MARGIN + (HEIGHT - 2 * MARGIN) * (1 - share)
    points = " ".join(f"{x:.1f},{y:.1f}" for x, y in zip(across, down, strict=True))
    line = element("polyline", points=points, fill="none", stroke="currentColor", stroke_width="1.2")
    size = {"width": str(WIDTH), "height": str(HEIGHT), "viewBox": f"0 0 {WIDTH} {HEIGHT}"}
    return element("svg", line, role="img", aria_label=label, **size)
