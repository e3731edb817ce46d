"""Virtual protocols: what a rule makes of a single synapse under the experiments of the literature, by its formulas."""

from plastica.analysis.protocols.of_rules import protocols, readable
from plastica.analysis.protocols.response import Response

__all__ = ["Response", "protocols", "readable"]
