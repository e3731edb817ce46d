"""What simulators of spikes ask of a source: rules that act at spikes."""

from plastica.errors import UserError
from plastica.exports.source import Source


def check_spikes(source: Source, to: str) -> None:
    """Raise UserError where a rule acts on rates."""
    for connection in source.network.connections:
        if "change" in source.rules[connection].formulas:
            raise UserError(
                f"--to {to}: the rule of {connection} changes weights by rates, and {to} has spikes only: take --to "
                "brian2, which writes its online version, or --to python"
            )
