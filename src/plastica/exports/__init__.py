"""Found rules for others: as a file of their language or simulator, which runs or compiles as it stands."""

from collections.abc import Mapping

from plastica.exports import brian2, python
from plastica.exports.target import Target

EXPORTS: Mapping[str, Target] = {
    "python": python.TARGET,
    "brian2": brian2.TARGET,
}
