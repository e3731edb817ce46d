"""The course of training of a rate network, drawn."""

from collections.abc import Sequence
from typing import Any

from plastica.analysis.learning_course import LearningCourse

Axes = Any  # matplotlib is loaded where it is used

LABELS = {  # where a metric's own name says too little
    "alignment": "|cos| with the nearest source",
    "length": "length of the weights",
    "overlap": "overlap, mean |cos|",
    "lateral_rms": "lateral weights, rms",
    "cosine": "cosine to the teacher",
    "wrong": "units that answer wrongly",
}
STYLES = (("black", "-"), ("tab:orange", "--"))  # the second rule lets the first be seen below it


def learning_course(axes: Axes, course: LearningCourse, name: str, rules: Sequence[str]) -> Axes:
    """One value over updates, a line for each of the named rules."""
    for row, (rule, (colour, dashes)) in enumerate(zip(rules, STYLES, strict=False)):
        axes.plot(course.updates, course.values[name][row], color=colour, linestyle=dashes, label=rule)
    axes.set(xlabel="update", ylabel=LABELS.get(name, name.replace("_", " ")), xscale="log", ylim=(0, None))
    return axes
