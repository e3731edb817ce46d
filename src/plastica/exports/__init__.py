"""Found rules for others: as a file of their language or simulator, which runs or compiles as it stands."""

from collections.abc import Mapping

from plastica.exports import brian2, json_text, latex, nest, nestml, python
from plastica.exports.target import Target

EXPORTS: Mapping[str, Target] = {
    "python": python.TARGET,
    "latex": latex.TARGET,
    "json": json_text.TARGET,
    "brian2": brian2.TARGET,
    "nestml": nestml.TARGET,
    "nest": nest.TARGET,
}
