"""The catalogue of known rules: the one list of the literature, for baselines, targets, `fixed` and identification."""

from collections.abc import Mapping
from difflib import get_close_matches

from plastica.rules.catalogue.entry import Entry
from plastica.rules.catalogue.rate import RATE
from plastica.rules.catalogue.spikes import SPIKES

CATALOGUE: Mapping[str, Entry] = {entry.name: entry for entry in (*RATE, *SPIKES)}


def entry_of(name: str) -> Entry:
    """Raises ValueError, with a sentence, for a name that the catalogue does not have."""
    if name not in CATALOGUE:
        near = get_close_matches(name, CATALOGUE, n=1)
        hint = f"did you mean {near[0]}? " if near else ""
        raise ValueError(f"{name} is not a known rule: {hint}`plastica rules` lists them all")
    return CATALOGUE[name]
